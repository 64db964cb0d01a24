import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Bundle } from "../src/domain/bundle.ts";
import { type Diagnosis, exitCodeOf } from "../src/domain/diagnosis.ts";
import type { BoundFix } from "../src/domain/fix.ts";
import { replayRun } from "../src/workflows/execute-run.ts";
import { judge, provenWrong, rightAtFirst } from "./lab/judge.ts";
import { checksOf, citedBy, gist, type Loss, proven, without } from "./support/losses.ts";
import { recorded, shippedPlaybooks } from "./support/recorded.ts";

const scenarios = recorded();
const playbooks = shippedPlaybooks();
async function replay(bundle: Bundle): ReturnType<typeof replayRun> {
  const loaded = playbooks.get(bundle.playbook);
  if (!loaded) throw new Error(`there is no playbook ${bundle.playbook}`);
  return replayRun(bundle, loaded);
}

async function diagnose(bundle: Bundle): Promise<Diagnosis> {
  return (await replay(bundle)).diagnosis;
}

/** What people read of a fix before they approve it. */
function readOf({ fix, preconditions }: BoundFix): string {
  const { title, commands, verify, rollback } = fix;
  return JSON.stringify({ title, commands, verify, rollback, names: preconditions.map((p) => p.name) });
}

const how = fc.constantFrom<Loss>("removed", "denied");

// Patterns of their own, not those of the redaction that they judge.
const SECRETS: Readonly<Record<string, RegExp>> = {
  "a private key": /-----BEGIN [A-Z ]*PRIVATE KEY-----(?!\s*(?:\[|redacted|…))/i,
  "a Slack token": /\bxox[abposr]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}/,
  "an AWS key": /\bAKIA[0-9A-Z]{16}\b/,
  "a bearer token": /\bbearer\s+(?!\[|\*|redacted)[A-Za-z0-9._~+/-]{12,}/i,
  "a password in a URL": /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']+:(?!\[|\*|redacted|%)[^\s/@"']{3,}@/i,
  "a password":
    /\b(?:password|passwd|secret|api_?key|token)["']?\s*[=:]\s*["']?(?!\[|\*|redacted|null|true|false|required|"|\$)[A-Za-z0-9+/_-]{8,}/i,
  "a mail address": /\b[a-z0-9._%+-]+@(?!\d)[a-z0-9-]+\.(?:com|org|net|test|io|de)\b/i,
};

test("there are scenarios, and enough of them", () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(10);
});

describe.each(scenarios)("$name", ({ expected, bundle, after }) => {
  let full: Diagnosis;
  let bound: readonly BoundFix[];

  beforeAll(async () => {
    ({ diagnosis: full, bound } = await replay(bundle));
  });

  test("is diagnosed as expected, twice to the same bytes", async () => {
    const { group, expect: wanted } = expected;
    expect(judge({ group, expect: wanted }, full, exitCodeOf(full))).toEqual([]);
    expect(rightAtFirst({ expect: wanted }, full)).toBe(true);
    expect(provenWrong({ expect: wanted }, full)).toEqual([]);
    expect(JSON.stringify(await diagnose(bundle))).toBe(JSON.stringify(full));
  });

  test("no template stands in what people read of its fixes", () => {
    for (const each of bound) expect(readOf(each)).not.toContain("${");
  });

  test("after the fix its cause is gone", async ({ skip }) => {
    skip(after === undefined, "nothing was mended in it");
    const then = await diagnose(after ?? bundle);
    const { fix } = expected.expect;
    // Of several faults the fix mends its own.
    const mended =
      full.causes.find((c) => fix !== undefined && c.fixes.some((id) => id.startsWith(fix))) ??
      full.causes[0];
    const same = then.causes.filter((c) => c.id === mended?.id && c.target === mended.target);
    expect(same).toEqual([]);
  });

  test("holds no secret", () => {
    for (const text of [bundle, after].filter((b) => b !== undefined).map((b) => JSON.stringify(b)))
      for (const [what, pattern] of Object.entries(SECRETS))
        expect({ [what]: pattern.exec(text)?.[0] }).toEqual({ [what]: undefined });
  });

  test("with checks removed or denied nothing else becomes proven", async () => {
    const known = new Set(proven(full));
    const checks = checksOf(bundle);
    const some = fc.oneof(
      fc.subarray(checks, { minLength: 1, maxLength: 1 }),
      fc.subarray(checks, { minLength: 1 }),
    );
    const losses = some
      .chain((lost) => fc.tuple(...lost.map((check) => fc.tuple(fc.constant(check), how))))
      .map((entries) => new Map(entries));
    await fc.assert(
      fc.asyncProperty(losses, async (lost) => {
        const seen = await diagnose(without(bundle, lost));
        expect(proven(seen).filter((id) => !known.has(id))).toEqual([]);
      }),
      { numRuns: 10, seed: 502 },
    );
  }, 60_000);

  test("a removed check that no evidence cites changes nothing", async () => {
    const cited = citedBy(full);
    const others = checksOf(bundle).filter((id) => !cited.has(id));
    const [chosen] = fc.sample(fc.subarray(others, { maxLength: 10 }), { numRuns: 1, seed: 502 });
    for (const check of chosen ?? []) {
      const seen = await diagnose(without(bundle, new Map([[check, "removed"]])));
      expect({ without: check, ...gist(seen) }).toEqual({ without: check, ...gist(full) });
    }
  });
});
