import { z } from "zod";

/**
 * The kinds of facts a rule may name. A fact that was not seen is absent, and an expression that needs it is
 * unknown: neither true nor false. No fact exists for one cause only.
 */
export const text = z.string().optional();
export const int = z.int().optional();
export const num = z.number().optional();
export const flag = z.boolean().optional();
export const texts = z.array(z.string()).optional();
