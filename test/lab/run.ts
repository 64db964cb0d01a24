import { appendFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { baseRoot } from "./base.ts";
import { type LabHost, stopAll } from "./host.ts";
import { judge, offered, provenWrong, rightAtFirst } from "./judge.ts";
import { ask, play, wellRequest } from "./play.ts";
import { until } from "./process.ts";
import { type Neighbour, Product } from "./product.ts";
import { keep as keepBundles } from "./recording.ts";
import { grantRights } from "./rights.ts";
import { type Scenario, scenarios } from "./scenario.ts";
import { prelude } from "./stack.ts";
import { type Row, summary, table } from "./table.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    group: { type: "string" },
    all: { type: "boolean", default: false },
    dry: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    rights: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
    from: { type: "string", default: "1" },
    rows: { type: "string" },
  },
});

/** Plays one scenario and lets the product diagnose and mend it. Never throws. */
async function one(name: string, scenario: Scenario): Promise<Row> {
  const row: Row = { name, expected: scenario.expect.cause ?? scenario.expect.verdict };
  const hosts: LabHost[] = [];
  let product: Product | undefined;
  const began = performance.now();
  try {
    const host = await play(scenario, (booted) => void hosts.push(booted));
    row.playedMs = Math.round(performance.now() - began);
    if (values.dry) return row;
    // The rules are printed for one host; a second machine would need its own.
    const granted = values.rights && scenario.user === "ops" && scenario.second === undefined;
    product = granted
      ? await grantRights(host, scenario)
      : await Product.on(host, scenario.user, neighbour(scenario, hosts[1]));
    await diagnose(name, scenario, host, product, row);
  } catch (error) {
    row.wrong = [...(row.wrong ?? []), error instanceof Error ? error.message : String(error)];
  } finally {
    await product?.close();
    for (const host of hosts)
      await (values.keep ? host.leave() : host.stop()).catch((error: unknown) => {
        row.wrong = [...(row.wrong ?? []), `the host was not removed: ${String(error)}`];
      });
  }
  return row;
}

/** The second machine as 502.yml is to know it. */
function neighbour({ second }: Scenario, host: LabHost | undefined): Neighbour | undefined {
  if (second === undefined || host === undefined || !second.known) return undefined;
  const { addresses, contact } = second;
  return { host, addresses, ...(contact === undefined ? {} : { contact }) };
}

async function diagnose(
  name: string,
  scenario: Scenario,
  host: LabHost,
  product: Product,
  row: Row,
): Promise<void> {
  const { expect, symptom } = scenario;
  const bundles = values.record ? await keepBundles(name, scenario) : undefined;
  const { diagnosis, exit, ms } = await product.diagnose(bundles?.before);
  row.got = diagnosis.causes[0]?.id ?? diagnosis.verdict;
  row.grade = diagnosis.causes[0]?.grade ?? "";
  row.ms = ms;
  row.first = rightAtFirst(scenario, diagnosis);
  row.provenWrong = provenWrong(scenario, diagnosis);
  row.control = scenario.group === "control";
  row.buttons = diagnosis.fixes.length;
  row.fixAsked = expect.fix !== undefined;
  row.wrong = judge(scenario, diagnosis, exit);
  if (expect.fix !== undefined) {
    const fixId = offered(expect.fix, diagnosis);
    if (fixId === undefined) row.wrong.push(`no fix ${expect.fix}… is offered`);
    else {
      if (scenario.afterDiagnosis !== "") await host.sh(prelude + scenario.afterDiagnosis);
      const before = await hashes(host, expect.untouched);
      const { outcome, why } = await product.fix(diagnosis.runId, fixId);
      row.fixId = fixId;
      row.fix = outcome;
      if (outcome !== expect.outcome) row.wrong.push(`the fix ${fixId} ended ${outcome}: ${why}`);
      if (expect.why !== undefined && !why.includes(expect.why))
        row.wrong.push(`the fix's reason has no "${expect.why}": ${why}`);
      const after = await hashes(host, expect.untouched);
      if (after !== before) row.wrong.push(`the fix left files changed: ${before} is now ${after}`);
      if (expect.outcome !== "fixed") return;
      const well = wellRequest(symptom);
      await until(`the answer ${symptom.healthy} after the fix`, 15, async () => {
        return (await ask(host, well)) === symptom.healthy;
      });
      if (bundles !== undefined) await product.diagnose(bundles.after);
    }
  }
}

/** The files' checksums, modes and owners, as one text. */
async function hashes(host: LabHost, files: readonly string[]): Promise<string> {
  let text = "";
  for (const file of files) {
    const name = `'${file.replaceAll("'", `'\\''`)}'`;
    text += (await host.exec(`sha256sum ${name} && stat -c '%a %U:%G' ${name}`)).stdout;
  }
  return text;
}

async function main(): Promise<void> {
  const names = values.only?.split(",") ?? [];
  const wanted = (await scenarios(names)).filter(([, { group, slow, core }]) => {
    if (values.group !== undefined && group !== values.group) return false;
    return (core && !slow) || values.all || names.length > 0 || values.group !== undefined;
  });
  // The core first: a run of hours that is cut off has then shown the most important ones.
  const inOrder = wanted.toSorted(([, a], [, b]) => Number(b.core) - Number(a.core));
  const chosen = inOrder.slice(Math.max(1, Number(values.from)) - 1);
  if (chosen.length === 0) throw new Error("No scenario was chosen: none would be checked.");
  await baseRoot(console.error);
  const rows: Row[] = [];
  const queue = [...chosen];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const row = await one(...next);
      rows.push(row);
      if (values.rows !== undefined) await appendFile(values.rows, `${JSON.stringify(row)}\n`);
      const problem = row.wrong?.length ? `FAIL ${row.wrong.join("; ")}` : "ok";
      console.error(`${String(rows.length).padStart(3)}/${chosen.length} ${row.name}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, worker));
  console.log(table(rows));
  console.log(summary(rows));
  if (rows.some((row) => (row.wrong ?? []).length > 0)) process.exitCode = 1;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => void stopAll().finally(() => process.exit(130)));
}
await main();
