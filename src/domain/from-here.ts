import { z } from "zod";

/** What one address of a public name answered to the bot's own request, from where the bot stands. */
const PublicAnswer = z.object({
  address: z.string(),
  /** 0: no answer. */
  status: z.number().int(),
  /** Why there was none. */
  error: z.string().optional(),
});
export type PublicAnswer = z.infer<typeof PublicAnswer>;

/** A public name asked at each of its addresses. */
export const FromHere = z.object({ url: z.string(), answers: z.array(PublicAnswer) });
export type FromHere = z.infer<typeof FromHere>;

/** Answers that mean a fault of the site; 0 is no answer at all. */
const BAD = new Set([0, 500, 502, 503, 504]);

/** Whether a site is down as seen from here: for everyone, at some of its addresses, or not at all. */
export function reachOf({ answers }: FromHere): "unresolved" | "everywhere" | "somewhere" | "nowhere" {
  const bad = answers.filter((a) => BAD.has(a.status)).length;
  if (answers.length === 0) return "unresolved";
  return bad === 0 ? "nowhere" : bad === answers.length ? "everywhere" : "somewhere";
}
