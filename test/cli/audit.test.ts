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

test("verify compares with what was posted in Slack: a log that was cut off or written anew is found", async () => {
  const [last] = await store.auditTrail({ limit: 1 });
  const posted = `3:${last?.hash}`;
  expect(await audit("verify", "--posted", posted)).toEqual({
    exitCode: 0,
    out: "3 entries, the chain holds\n",
  });
  expect(await audit("verify", "--posted", "3")).toMatchObject({ exitCode: 64 });
  const other = `3:${"0".repeat(64)}`;
  expect((await audit("verify", "--posted", other)).out).toContain("Entry 3 differs from its anchor.");
  // Somebody with the key, who leaves all that the machine has in agreement.
  const forged = await makePlace("SQLite");
  const anew = await forged.open();
  for (const host of ["web-1", "web-2"])
    await anew.transaction((tx) =>
      tx.audit({ at: 1, actor: "local:ops", via: "terminal", action: "run.start", host, detail: {} }),
    );
  const real = store;
  store = anew;
  try {
    expect(await audit("verify")).toMatchObject({ exitCode: 0 });
    const cut = await audit("verify", "--posted", posted);
    expect(cut).toMatchObject({ exitCode: 2 });
    expect(cut.out).toContain("The log ends at entry 2, but 3 was anchored.");
  } finally {
    store = real;
    await forged.end();
  }
  await store.purgeAudit({ before: 2 * 86_400_000, now: 1, limit: 9, sinks: [] });
  const old = await audit("verify", "--posted", `1:${"0".repeat(64)}`);
  expect(old).toMatchObject({ exitCode: 0 });
  expect(old.out).toContain("Entry 1 was purged: it cannot be compared with what was posted.");
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
