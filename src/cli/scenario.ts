import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { stringify } from "yaml";
import type { Bundle } from "../domain/bundle.ts";
import { type Diagnosis, exitCodeOf } from "../domain/diagnosis.ts";
import type { LoadedPlaybook } from "../workflows/collect.ts";
import { replayRun } from "../workflows/execute-run.ts";
import type { Call } from "./call.ts";
import { type Answer, document, failure, USAGE } from "./output.ts";
import { readBundle } from "./replay.ts";

const NAME = /^[a-z0-9][a-z0-9-]{0,80}$/;
const WITHOUT_CAUSE = ["healthy", "undetermined", "unreachable"] as const;

/**
 * `502 scenario add BUNDLE --expect CAUSE`: a folder with the bundle and what its diagnosis must say, which
 * test/scenarios.test.ts replays from then on. Grade and target are written down when the diagnosis is as
 * expected; when it is not, the scenario is kept all the same and fails until it is.
 * @param folder - where scenarios live
 */
export async function scenarioCommand(
  playbooks: ReadonlyMap<string, LoadedPlaybook>,
  folder: string,
  call: Call,
): Promise<Answer> {
  const wrong = (code: string, message: string, hint: string): Answer =>
    failure(call.json, code, message, hint, USAGE);
  const { what = "", bundle: path = "" } = call.args;
  if (what !== "add")
    return wrong("usage", `scenario takes add, not "${what}"`, "502 scenario add BUNDLE --expect CAUSE");
  const bundle = readBundle(path);
  if ("message" in bundle) return wrong("bad-bundle", bundle.message, "write one with: 502 HOST --save FILE");
  const loaded = playbooks.get(bundle.playbook);
  if (!loaded)
    return wrong("unknown-playbook", `there is no playbook ${bundle.playbook}`, "see: 502 playbooks");
  const expected = call.text("expect");
  const verdict = WITHOUT_CAUSE.find((v) => v === expected);
  const known = loaded.playbook.causes.some((cause) => cause.id === expected);
  if (expected === undefined || (verdict === undefined && !known)) {
    const message =
      expected === undefined
        ? "--expect is missing"
        : `the playbook ${bundle.playbook} has no cause ${expected}`;
    return wrong("usage", message, "name the cause that is right, or healthy or undetermined");
  }
  const name =
    call.text("name") ?? `${expected}-${bundle.host}`.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-");
  if (!NAME.test(name)) return wrong("usage", `${name} is no name`, "use small letters, digits and -");
  const home = join(folder, name);
  if (existsSync(home)) return wrong("exists", `${home} exists already`, "choose another with --name NAME");
  const { diagnosis } = await replayRun(bundle, loaded);
  const expectation = expectationOf(diagnosis, expected, verdict);
  write(home, bundle, { title: diagnosis.headline, hostname: bundle.host, expect: expectation.expect });
  if (call.json) return document({ name, folder: home, ...expectation }, expectation.holds ? 0 : 1);
  const got = diagnosis.causes[0]?.id ?? diagnosis.verdict;
  const state = expectation.holds
    ? "its diagnosis is as expected"
    : `it fails until the diagnosis is ${expected}: now it is ${got}`;
  return { exitCode: expectation.holds ? 0 : 1, out: `${home}: ${state}\n` };
}

function expectationOf(
  d: Diagnosis,
  expected: string,
  verdict: (typeof WITHOUT_CAUSE)[number] | undefined,
): { readonly holds: boolean; readonly expect: Readonly<Record<string, unknown>> } {
  if (verdict !== undefined) {
    const exit = verdict === "healthy" ? 0 : 3;
    return { holds: d.verdict === verdict, expect: { verdict, exit } };
  }
  const [first] = d.causes;
  const holds = d.verdict === "cause-found" && first?.id === expected;
  if (!holds || !first)
    return { holds: false, expect: { verdict: "cause-found", cause: expected, exit: [1, 2] } };
  const { grade, target } = first;
  return { holds, expect: { verdict: d.verdict, cause: expected, grade, target, exit: exitCodeOf(d) } };
}

function write(home: string, bundle: Bundle, expected: unknown): void {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "bundle.json.gz"), gzipSync(JSON.stringify(bundle), { level: 9 }));
  writeFileSync(join(home, "expected.yaml"), stringify(expected));
}
