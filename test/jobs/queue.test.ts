import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Job } from "../../src/workflows/ports.ts";
import { startChild, type Child } from "../support/child.ts";
import { ENGINES, makePlace, until, type OpenedStore, type Place } from "../support/place.ts";

for (const { engine, skipped } of ENGINES) {
  describe.skipIf(skipped)(`the queue on ${engine}`, () => {
    let place: Place;
    let store: OpenedStore;
    /** How far ahead the clock of the store under test is, in milliseconds (SQLite). */
    let ahead = 0;
    const clock = { now: () => Date.now() + ahead, wait: async () => undefined };
    const children: Child[] = [];
    beforeEach(async () => {
      ahead = 0;
      place = await makePlace(engine);
      store = await place.open({ clock, onError: () => undefined });
    });
    afterEach(async () => {
      for (const child of children.splice(0)) await child.kill();
      await place.end();
    });

    const child = (orders: object): Child => {
      const { dir, url } = place;
      const started = startChild(url === undefined ? { dir, ...orders } : { dir, url, ...orders });
      children.push(started);
      return started;
    };
    const put = (ref: string, more: { dueAt?: number; singleton?: string } = {}, by = store) =>
      by.transaction((tx) => tx.enqueue({ kind: "apply-fix", ref, ...more }));
    /** Ends the pauses between attempts. */
    const hurry = async (): Promise<void> => {
      ahead += 60_000;
      if (place.url !== undefined) {
        await place.sql(
          "update pgboss.job set start_after = now() - interval '1 second' where state = 'retry'",
        );
      }
    };
    /** Works in the background and remembers. */
    async function worker(
      handle: (job: Job) => Promise<void> = async () => undefined,
      opts: { by?: OpenedStore; onlyRefs?: ReadonlySet<string>; concurrency?: number } = {},
    ) {
      const jobs: Job[] = [];
      const { by = store, ...rest } = opts;
      const remember = async (job: Job): Promise<void> => {
        jobs.push(job);
        await handle(job);
      };
      const working = await by.queue.work({ "apply-fix": remember }, { concurrency: 1, ...rest });
      return { jobs, refs: () => jobs.map((j) => j.ref), stop: () => working.stop() };
    }

    test("delivers a job once", async () => {
      const first = await worker();
      await put("ap-1");
      await until("it ran", () => first.jobs.length === 1);
      await first.stop();
      expect(first.jobs[0]).toMatchObject({ kind: "apply-fix", ref: "ap-1", attempt: 1 });
      const second = await worker();
      await put("ap-2");
      await until("the next ran", () => second.jobs.length > 0);
      await second.stop();
      expect(second.refs()).toEqual(["ap-2"]);
    });

    test("leaves kinds without a handler to others", async () => {
      const fixes = await worker();
      await store.transaction((tx) => tx.enqueue({ kind: "report", ref: "sch-1" }));
      await put("ap-1");
      await until("the fix ran", () => fixes.jobs.length === 1);
      const reports: string[] = [];
      const other = await store.queue.work(
        { report: async (j) => void reports.push(j.ref) },
        { concurrency: 1 },
      );
      await until("the report ran", () => reports.length === 1);
      await Promise.all([fixes.stop(), other.stop()]);
      expect(fixes.refs()).toEqual(["ap-1"]);
    });

    test("waits for the due time", async () => {
      const w = await worker();
      const due = Date.now() + 900;
      await put("later", { dueAt: due });
      await put("now");
      await until("both ran", () => w.jobs.length === 2);
      expect(Date.now()).toBeGreaterThanOrEqual(due - 20);
      await w.stop();
      expect(w.refs()).toEqual(["now", "later"]);
    });

    test("tries a failed job again after a pause", async () => {
      const started: number[] = [];
      const w = await worker(async (job) => {
        started.push(Date.now());
        if (job.attempt === 1) throw new Error("not yet");
      });
      await put("ap-1");
      await until("the second attempt", () => w.jobs.length === 2);
      await w.stop();
      expect(w.jobs.map((j) => j.attempt)).toEqual([1, 2]);
      expect((started[1] ?? 0) - (started[0] ?? 0)).toBeGreaterThan(400);
      expect(await store.queue.dead(9)).toEqual([]);
    });

    test("gives up after five attempts and says why", async () => {
      const w = await worker(async (job) => {
        throw new Error(`broken ${job.attempt}`);
      });
      await put("ap-1");
      for (let n = 1; n <= 5; n += 1) {
        await until(`attempt ${n}`, () => w.jobs.length >= n);
        if (n < 5) await until("it is put off, or on", async () => (await hurry(), w.jobs.length > n));
      }
      await until("it is dead", async () => (await store.queue.dead(9)).length === 1);
      await put("ap-2");
      await until("the next one is not held up", () => w.refs().includes("ap-2"));
      await w.stop();
      expect(w.refs().filter((r) => r === "ap-1")).toHaveLength(5);
      expect((await store.queue.dead(9)).find((d) => d.ref === "ap-1")).toMatchObject({
        kind: "apply-fix",
        attempt: 5,
        error: "Error: broken 5",
      });
      const at = (await store.queue.dead(1))[0]?.at ?? 0;
      expect(at).toBeGreaterThan(Date.now() - 120_000);
      expect((await store.depths()).dead).toBe(1);
    });

    test("a singleton waits once, and again while one is active", async () => {
      await put("one", { singleton: "C1", dueAt: Date.now() + 60_000 });
      await put("two", { singleton: "C1" });
      await put("other", { singleton: "C2" });
      let release!: () => void;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const w = await worker(() => gate, { concurrency: 4 });
      await until("both began", () => w.jobs.length === 2);
      expect(w.refs().sort()).toEqual(["one", "other"]);
      await put("three", { singleton: "C1" });
      await put("four", { singleton: "C1" });
      await until("the next began", () => w.jobs.length === 3);
      release();
      await w.stop();
      expect(w.refs()[2]).toBe("three");
    });

    test("a singleton enqueued while the waiting one is being taken is not lost", async () => {
      const others = [store, await place.open(), await place.open()] as const;
      let seen = 0;
      const w = await worker(async () => {
        const { length } = await store.outboxDue(99);
        seen = Math.max(seen, length);
      });
      const message = { channel: "C1", body: "{}", createdAt: 1 };
      for (let n = 0; n < 30; n += 1) {
        await (others[n % 3] ?? store).transaction(async (tx) => {
          await tx.putOutbox({ ...message, id: `msg-${n}`, key: `k-${n}` });
          await tx.enqueue({ kind: "apply-fix", ref: "drain", singleton: "C1" });
        });
      }
      await until("a job that began after the last commit", () => seen === 30, 5000);
      await w.stop();
      expect(w.jobs.length).toBeLessThanOrEqual(30);
    });

    test("works as many at a time as it is told", async () => {
      let running = 0;
      let most = 0;
      const gates: (() => void)[] = [];
      const w = await worker(
        async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise<void>((resolve) => gates.push(resolve));
          running -= 1;
        },
        { concurrency: 3 },
      );
      for (let n = 0; n < 6; n += 1) await put(`ap-${n}`);
      await until("three began", () => gates.length === 3);
      for (let n = 0; n < 6; n += 1) {
        await until(`gate ${n}`, () => gates.length > n);
        gates[n]?.();
      }
      await w.stop();
      expect(most).toBe(3);
      expect(new Set(w.refs()).size).toBe(6);
    });

    test("stop waits for the job in hand and takes no other", async () => {
      let release!: () => void;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const w = await worker(() => gate);
      await put("ap-1");
      await until("it began", () => w.jobs.length === 1);
      await put("ap-2");
      let stopped = false;
      const stopping = w.stop().then(() => (stopped = true));
      expect(stopped).toBe(false);
      release();
      await stopping;
      expect(w.refs()).toEqual(["ap-1"]);
    });

    test("a terminal takes only its own jobs; beside a bot each runs once", async () => {
      const bot = await place.open({ onError: () => undefined });
      await bot.claimInstance("bot");
      await put("bots-0", {}, bot);
      const mine = new Set<string>();
      const terminal = await worker(undefined, { onlyRefs: mine });
      mine.add("mine-0");
      await put("mine-0");
      await until("the terminal ran its own", () => terminal.jobs.length === 1);
      expect(terminal.refs()).toEqual(["mine-0"]);

      const botWorker = await worker(undefined, { by: bot, concurrency: 2 });
      for (let n = 1; n <= 15; n += 1) {
        mine.add(`mine-${n}`);
        await put(`mine-${n}`);
        await put(`bots-${n}`, {}, bot);
      }
      const all = () => [...terminal.refs(), ...botWorker.refs()];
      await until("all ran", () => all().length >= 32);
      await Promise.all([terminal.stop(), botWorker.stop()]);
      expect(all().sort()).toEqual([...new Set(all())].sort());
      expect(all()).toHaveLength(32);
      expect(terminal.refs().filter((r) => r.startsWith("bots"))).toEqual([]);
    });

    test("a bot killed in mid-job gets the job again when it restarts", { timeout: 60_000 }, async () => {
      const victim = child({ claim: "bot", hang: "all" });
      await victim.saw(/^claimed$/);
      await put("ap-1");
      expect(await victim.saw(/^began/)).toBe("began ap-1 1");
      await victim.kill();
      const heir = await place.open({ onError: () => undefined });
      await heir.claimInstance("bot");
      const w = await worker(undefined, { by: heir });
      // SQLite: at once, the claim shows that the other is gone. PostgreSQL: when its heartbeat is missed.
      await until(
        "it is delivered again",
        () => w.jobs.length === 1,
        place.url === undefined ? 5000 : 40_000,
      );
      await w.stop();
      expect(w.jobs[0]).toMatchObject({ ref: "ap-1", attempt: 2 });
    });

    test("a terminal's job passes to the bot when the terminal was killed", { timeout: 60_000 }, async () => {
      await put("ap-1");
      const terminal = child({ hang: ["ap-1"] });
      await terminal.saw(/^began ap-1 1$/);
      await terminal.kill();
      const w = await worker();
      ahead = 30_000;
      await until("it is delivered again", () => w.jobs.length === 1, 40_000);
      await w.stop();
      expect(w.jobs[0]).toMatchObject({ ref: "ap-1", attempt: 2 });
    });
  });
}
