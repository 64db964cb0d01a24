import type { Diagnosis } from "./product.ts";
import type { Scenario } from "./scenario.ts";

const healthy = {
  grade: undefined,
  target: undefined,
  verdict: "healthy" as const,
  cause: undefined,
  alsoFind: [],
  exit: 0,
  orHealthy: false,
};

/**
 * Compares a diagnosis and its exit code with what a scenario expects: its verdict, its first
 * cause, and that a control has no button. Gives one sentence for each difference; none: right.
 */
export function judge(
  { group, expect }: Pick<Scenario, "group" | "expect">,
  diagnosis: Diagnosis,
  exit: number | null,
): string[] {
  const wrong: string[] = [];
  const [first] = diagnosis.causes;
  const say = (what: string, wanted: unknown, got: unknown): void => {
    if (wanted !== got) wrong.push(`${what} is ${String(got)}, not ${String(wanted)}`);
  };
  if (expect.orHealthy && diagnosis.verdict === "healthy") {
    return judge({ group, expect: { ...expect, ...healthy } }, diagnosis, exit);
  }
  // A fault that shows once in a hundred runs must tell itself then: the hosts are gone afterwards.
  const said = `${diagnosis.verdict} (${diagnosis.headline})`;
  if (diagnosis.verdict !== expect.verdict) say("the verdict", expect.verdict, said);
  const exits = [expect.exit].flat();
  if (exit === null || !exits.includes(exit)) say("the exit code", exits.join(" or "), exit);
  if (expect.cause !== undefined) {
    const right = [expect.cause, ...expect.alsoAccept];
    if (first === undefined || !right.includes(first.id)) {
      say("the first cause", right.join(" or "), first?.id ?? "none");
    }
  }
  if (expect.verdict === "healthy") {
    say("the number of causes", 0, diagnosis.causes.length);
  }
  if (group === "control") say("the number of fixes", 0, diagnosis.fixes.length);
  if (expect.grade !== undefined) say("the grade", expect.grade, first?.grade);
  if (expect.target !== undefined) say("the target", expect.target, first?.target);
  if (expect.host !== undefined) say("the cause's host", expect.host, first?.host ?? null);
  const { blind } = expect;
  if (blind !== undefined && !diagnosis.blindSpots.some((b) => b.because.includes(blind)))
    wrong.push(`no blind spot says "${blind}"`);
  const ids = diagnosis.causes.map(({ id }) => id);
  for (const id of expect.alsoFind) if (!ids.includes(id)) wrong.push(`${id} was not found`);
  for (const { id } of diagnosis.fixes)
    if (expect.noFix.some((prefix) => id.startsWith(prefix))) wrong.push(`the fix ${id} was offered`);
  for (const id of expect.never) if (ids.includes(id)) wrong.push(`${id} was named`);
  return wrong;
}

/** The id of the offered fix that a scenario expects, or why there is none. */
export function offered(prefix: string, diagnosis: Diagnosis): string | undefined {
  // Of the first cause, else of one beside it.
  const ids = diagnosis.causes.flatMap(({ fixes }) => fixes);
  return ids.find((id) => id.startsWith(prefix));
}

/** Is the answer, its verdict and its first cause, the one that a scenario expects? */
export function rightAtFirst({ expect }: Pick<Scenario, "expect">, diagnosis: Diagnosis): boolean {
  const [first] = diagnosis.causes;
  if (expect.orHealthy && diagnosis.verdict === "healthy") return first === undefined;
  if (diagnosis.verdict !== expect.verdict) return false;
  if (expect.verdict === "healthy") return first === undefined;
  return expect.cause === undefined || [expect.cause, ...expect.alsoAccept].includes(first?.id ?? "");
}

/** Causes graded proven that are known to be wrong: the first one where it is another, and the red herrings. */
export function provenWrong({ expect }: Pick<Scenario, "expect">, diagnosis: Diagnosis): string[] {
  const proven = diagnosis.causes.filter(({ grade }) => grade === "proven").map(({ id }) => id);
  const [first] = diagnosis.causes;
  const firstIsWrong = first !== undefined && !rightAtFirst({ expect }, diagnosis);
  return proven.filter((id) => expect.never.includes(id) || (firstIsWrong && id === first.id));
}
