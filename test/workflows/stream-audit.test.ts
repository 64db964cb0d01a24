import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { auditFile } from "../../src/store/audit-file.ts";
import type { KeptEntry } from "../../src/workflows/keeping-store.ts";
import { type AuditSink, AuditStream, streamWarnings } from "../../src/workflows/stream-audit.ts";
import { startChild } from "../support/child.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { makePlace, type OpenedStore, type Place, until } from "../support/place.ts";

let place: Place;
let store: OpenedStore;
let clock: FakeClock;
beforeEach(async () => {
  place = await makePlace("SQLite");
  clock = new FakeClock();
  store = await place.open({ clock });
});
afterEach(() => place.end());

/** A sink that keeps what it gets, and fails while `away` is set. */
class Kept implements AuditSink {
  readonly name = "file /kept";
  readonly kind = "file";
  readonly got: number[] = [];
  away: string | undefined;

  async write(entries: readonly KeptEntry[]): Promise<void> {
    if (this.away !== undefined) throw new Error(this.away);
    this.got.push(...entries.map((e) => e.seq));
  }
}

const append = (count: number) =>
  store.transaction(async (tx) => {
    for (let n = 0; n < count; n += 1)
      await tx.audit({ at: n, actor: "local:ops", via: "terminal", action: "test", detail: {} });
  });
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const world = (owner = "one") => ({ store, clock, owner });

test("each entry comes once, in order, over pages and over restarts", async () => {
  const sink = new Kept();
  await append(450);
  const first = new AuditStream(world(), sink);
  expect(await first.drain()).toBe(true);
  expect(sink.got).toEqual(upTo(450));
  await first.release();
  await append(2);
  expect(await store.auditBehind([sink.name])).toEqual(new Map([[sink.name, 2]]));
  expect(await new AuditStream(world("two"), sink).drain()).toBe(true);
  expect(sink.got).toEqual(upTo(452));
});

test("a crash between writing and remembering gives the entries again, and loses none", async () => {
  const sink = new Kept();
  await append(3);
  const dying = new Proxy(store, {
    get: (target, name, receiver): unknown =>
      name === "markAuditSent"
        ? async () => Promise.reject(new Error("killed"))
        : Reflect.get(target, name, receiver),
  });
  const first = new AuditStream({ store: dying, clock, owner: "one" }, sink);
  await expect(first.drain()).rejects.toThrow("killed");
  await first.release();
  await append(1);
  await new AuditStream(world(), sink).drain();
  expect(sink.got).toEqual([1, 2, 3, ...upTo(4)]);
});

test("of two processes one writes; when it lets go the other goes on", async () => {
  const sink = new Kept();
  const [one, two] = [new AuditStream(world("one"), sink), new AuditStream(world("two"), sink)];
  await append(1);
  expect(await one.drain()).toBe(true);
  await append(1);
  expect(await two.drain()).toBe(false);
  expect(sink.got).toEqual([1]);
  await one.release();
  expect(await two.drain()).toBe(true);
  expect(sink.got).toEqual([1, 2]);
});

test("a sink that is away holds nothing up, is told of once, and gets everything when it is back", async () => {
  const sink = new Kept();
  sink.away = "/kept cannot be written: the file system is full.";
  const stream = new AuditStream(world(), sink);
  const told: (string | undefined)[] = [];
  const stop = new AbortController();
  const running = stream.run(stop.signal, (s) => told.push(s.failing?.why));
  await append(2);
  await until("the failure is seen", () => stream.failing !== undefined);
  await append(3);
  const [warning] = await streamWarnings([stream], store);
  expect(warning).toContain("The audit log's file is 5 entries behind since 20");
  expect(warning).toContain("the file system is full. Nothing is lost");
  sink.away = undefined;
  await until("it caught up", () => sink.got.length === 5);
  await until("it is well", () => stream.failing === undefined);
  expect(await streamWarnings([stream], store)).toEqual([]);
  await append(1);
  stop.abort();
  await running;
  expect(sink.got).toEqual(upTo(6));
  expect(told).toEqual(["/kept cannot be written: the file system is full.", undefined]);
  expect(await new AuditStream(world("next"), sink).drain()).toBe(true);
});

test("processes killed while they write leave no entry out of the file", async () => {
  const file = join(place.dir, "audit.jsonl");
  // A minute ahead: the lease of a killed process has ended.
  const later = { now: () => Date.now() + 60_000, wait: async () => undefined };
  const survivor = { store: await place.open({ clock: later }), clock: later, owner: "survivor" };
  const lines = (): string[] => (existsSync(file) ? readFileSync(file, "utf8").split("\n") : []);
  for (const wanted of [5, 25, 60]) {
    const child = startChild({ dir: place.dir, audit: 1_000_000, stream: file });
    await until("some lines are there", () => lines().length > wanted);
    await child.kill();
    const stream = new AuditStream(survivor, auditFile(file));
    expect(await stream.drain()).toBe(true);
    await stream.release();
  }
  const seen = new Set(
    lines().flatMap((line) => {
      const seq = /"seq":(\d+),.*\}$/.exec(line)?.[1];
      return seq === undefined ? [] : [Number(seq)];
    }),
  );
  const { entries } = await store.auditVerify();
  expect(entries).toBeGreaterThan(50);
  expect([...seen].toSorted((a, b) => a - b)).toEqual(upTo(entries));
});
