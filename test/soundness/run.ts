import { parseArgs } from "node:util";
import * as fc from "fast-check";
import type { Bundle } from "../../src/domain/bundle.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import { replayRun } from "../../src/workflows/execute-run.ts";
import { checksOf, citedBy, gist, type Loss, proven, without } from "../support/losses.ts";
import { recorded, shippedPlaybooks } from "../support/recorded.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    /** Random subsets of each bundle's checks, beside each check alone. */
    subsets: { type: "string", default: "40" },
    seed: { type: "string", default: "502" },
    /** "1/2": the first half, so that two processes share the work. */
    part: { type: "string", default: "1/1" },
  },
});

const playbooks = shippedPlaybooks();
const LOSSES: readonly Loss[] = ["removed", "denied"];

async function diagnose(bundle: Bundle): Promise<Diagnosis> {
  const loaded = playbooks.get(bundle.playbook);
  if (!loaded) throw new Error(`there is no playbook ${bundle.playbook}`);
  return (await replayRun(bundle, loaded)).diagnosis;
}

/** Each check alone, then random subsets of at least two. */
function lossesOf(checks: readonly string[], count: number, seed: number): ReadonlyMap<string, Loss>[] {
  const alone = checks.flatMap((check) => LOSSES.map((loss) => new Map([[check, loss]])));
  const some = fc
    .subarray([...checks], { minLength: 2 })
    .chain((lost) =>
      fc.tuple(...lost.map((check) => fc.tuple(fc.constant(check), fc.constantFrom(...LOSSES)))),
    )
    .map((entries) => new Map(entries));
  return [...alone, ...fc.sample(some, { numRuns: count, seed })];
}

const total = { scenarios: 0, diagnoses: 0, otherProven: 0, changed: 0 };

function report(what: string, name: string, lost: ReadonlyMap<string, Loss>, now: string): void {
  const said = [...lost].map(([check, loss]) => `${check} ${loss}`).join(", ");
  console.log(`${what}: ${name} without ${said}: ${now}`);
}

const [part = 1, parts = 1] = values.part.split("/").map(Number);
const wanted = values.only?.split(",");
const chosen = recorded()
  .filter(({ name }) => wanted?.includes(name) ?? true)
  .filter((_, index) => index % parts === part - 1);
for (const { name, bundle } of chosen) {
  const full = await diagnose(bundle);
  const known = new Set(proven(full));
  const cited = citedBy(full);
  total.scenarios++;
  for (const lost of lossesOf(checksOf(bundle), Number(values.subsets), Number(values.seed))) {
    const seen = await diagnose(without(bundle, lost));
    total.diagnoses++;
    const wrong = proven(seen).filter((id) => !known.has(id));
    if (wrong.length > 0) {
      total.otherProven++;
      report(
        "another cause proven",
        name,
        lost,
        `${wrong.join(", ")} beside ${[...known].join(", ") || full.verdict}`,
      );
    }
    const [only, second] = [...lost];
    if (only === undefined || second !== undefined || only[1] !== "removed" || cited.has(only[0])) continue;
    const [was, is] = [JSON.stringify(gist(full)), JSON.stringify(gist(seen))];
    if (was === is) continue;
    total.changed++;
    report("changed by what nothing cites", name, lost, `${was} is ${is}`);
  }
}
console.log(JSON.stringify(total));
if (total.otherProven + total.changed > 0) process.exitCode = 1;
