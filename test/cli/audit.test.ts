import { afterEach, beforeEach, expect, test } from "vitest";
import { auditCommand } from "../../src/cli/audit.ts";
import { callOf } from "../../src/cli/call.ts";
import { parseWords } from "../../src/grammar/parse.ts";
import { makePlace, type OpenedStore, type Place } from "../support/place.ts";

let place: Place;
let store: OpenedStore;
beforeEach(async () => {
  place = await makePlace("SQLite");
  store = await place.open();
  await store.transaction(async (tx) => {
    for (const [n, host] of ["web-1", "web-2", "web-1"].entries())
      await tx.audit({
        at: n * 86_400_000,
        actor: "local:ops",
        via: "terminal",
        action: "run.start",
        host,
        detail: {},
      });
  });
});
afterEach(() => place.end());

async function audit(...words: string[]): Promise<{ exitCode: number; out: string }> {
  const parsed = parseWords(["audit", ...words], "terminal");
  if (!parsed.ok) throw new Error(parsed.message);
  const { exitCode, out = "" } = await auditCommand(store, callOf(parsed.request));
  return { exitCode, out };
}
const seqs = (out: string): unknown[] =>
  out
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line))
    .map((e) => (typeof e === "object" && e !== null && "seq" in e ? e.seq : undefined));

test("verify proves the chain, says from when on after a purge, and where it is broken", async () => {
  expect(await audit("verify")).toEqual({ exitCode: 0, out: "3 entries, the chain holds\n" });
  await store.purgeAudit({ before: 2 * 86_400_000, now: 1, limit: 9, sinks: [] });
  expect(await audit("verify")).toEqual({
    exitCode: 0,
    out: "2 entries, the chain holds from entry 3 on; those before it, until 1970-01-02, were purged after audit.keepDays\n",
  });
  await place.sql("update audit set actor = 'U0000FAKE9' where seq = 3");
  const broken = await audit("verify");
  expect(broken.exitCode).toBe(2);
  expect(broken.out).toContain("the chain is broken at entry 3");
});

test("show gives one host's newest first, export all of them oldest first, as JSON lines", async () => {
  expect(seqs((await audit("show", "web-1")).out)).toEqual([3, 1]);
  expect(seqs((await audit("show")).out)).toEqual([3, 2, 1]);
  expect(seqs((await audit("export")).out)).toEqual([1, 2, 3]);
  expect(seqs((await audit("export", "web-2")).out)).toEqual([2]);
  expect(JSON.parse((await audit("export", "web-2")).out)).toMatchObject({
    schema: "502/audit@1",
    id: expect.stringMatching(/^[0-9a-f]{64}$/),
    time: "1970-01-02T00:00:00.000Z",
    action: "run.start",
  });
});
