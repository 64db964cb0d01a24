import { z } from "zod";

/** That somebody sees to a host's trouble. Times in epoch milliseconds. */
export const Claim = z.object({
  host: z.string(),
  by: z.string(),
  since: z.number(),
  /** The run under whose verdict it was last claimed. */
  runId: z.string(),
});
export type Claim = z.infer<typeof Claim>;

/** Nobody sees to one trouble for longer: an old claim must not keep others away from a new one. */
export const CLAIM_MS = 12 * 3_600_000;
