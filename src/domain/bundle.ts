import { z } from "zod";
import { ENDS } from "./command.ts";

/** Everything a run collected, redacted: what `--save` writes and `replay` reads (design §2). */
export const BundledCommand = z.object({
  id: z.string(),
  wave: z.number().int(),
  argv: z.array(z.string()),
  stdout: z.string(),
  stderr: z.string(),
  exitCode: z.number().int().nullable(),
  end: z.enum(ENDS),
  durationMs: z.number(),
  privileged: z.boolean(),
});
export type BundledCommand = z.infer<typeof BundledCommand>;

/** A request the bot made itself over the network, from where it stands. */
export const Bundle = z.object({
  schema: z.literal("502/bundle@1"),
  runId: z.string(),
  host: z.string(),
  playbook: z.string(),
  vhost: z.string().optional(),
  url: z.string().optional(),
  health: z.object({ path: z.string(), expect: z.array(z.number()) }).optional(),
  /** Epoch milliseconds at which the run began, by the bot's clock. */
  startedAt: z.number(),
  durationMs: z.number(),
  hostKey: z.string(),
  /** Said when the host could not be reached: nothing was run. */
  unreachable: z.object({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
  commands: z.array(BundledCommand),
});
export type Bundle = z.infer<typeof Bundle>;
