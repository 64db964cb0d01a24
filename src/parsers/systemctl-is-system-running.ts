import { z } from "zod";
import { ran, type Output } from "./output.ts";

const STATES = [
  "initializing",
  "starting",
  "running",
  "degraded",
  "maintenance",
  "stopping",
  "offline",
  "unknown",
] as const;

export const isSystemRunningSchema = z.object({ state: z.enum(STATES) });
export type IsSystemRunning = z.infer<typeof isSystemRunningSchema>;

/** The state of systemd as a whole; "offline" means that systemd is not process 1. The exit code is 1 for most states. */
export function parseIsSystemRunning(output: Output): IsSystemRunning | undefined {
  if (!ran(output)) return undefined;
  const word = output.stdout.trim();
  const state = STATES.find((one) => one === word);
  return state === undefined ? undefined : { state };
}
