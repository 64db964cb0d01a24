import type { Diagnosis } from "../domain/diagnosis.ts";
import { listed } from "./headline.ts";

/**
 * What may be told to the users of a site while somebody works on it: no host, no cause, no promise of a time.
 * @returns undefined when users notice nothing: healthy, a mere risk, or nobody knows what they get
 */
export function forUsers(d: Pick<Diagnosis, "verdict" | "causes">): string | undefined {
  if (d.verdict === "healthy" || d.verdict === "unreachable") return undefined;
  const felt = d.causes.filter(
    (c) => (c.status ?? 0) >= 500 || (c.severity === "critical" && c.grade !== "unproven"),
  );
  if (felt.length === 0) return undefined;
  const all = [...new Set(felt.flatMap((c) => c.vhosts))];
  const sites = listed(all) || "The site";
  const slow = felt.every((c) => c.status === 504);
  const answers = all.length > 1 ? "answer" : "answers";
  const what = slow ? `${answers} too slowly or not at all` : "cannot be reached at the moment";
  return `${sites} ${what}. Please wait a few minutes and try again; if you sent something, look whether it arrived before you send it twice. We are on it.`;
}
