import { z } from "zod";
import { ENDS } from "./command.ts";
import { FromHere } from "./from-here.ts";

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
  /** The machine it ran on, where that is not the run's host. */
  host: z.string().optional(),
});
export type BundledCommand = z.infer<typeof BundledCommand>;

/** Another machine that failing peers of the host are on. */
export const BundledMachine = z.object({
  /** Its name in the inventory; absent: it is not in it. */
  name: z.string().optional(),
  /** The peers' addresses and names that mean it. */
  addresses: z.array(z.string()),
  contact: z.string().optional(),
  /** Absent: it was not reached. */
  hostKey: z.string().optional(),
  /** Why it was not looked at, and what would change that. */
  withheld: z.object({ because: z.string(), remedy: z.string().optional() }).optional(),
});
export type BundledMachine = z.infer<typeof BundledMachine>;

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
  machines: z.array(BundledMachine).optional(),
  fromHere: FromHere.optional(),
});
export type Bundle = z.infer<typeof Bundle>;
