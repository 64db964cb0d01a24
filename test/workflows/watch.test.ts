import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Bundle } from "../../src/domain/bundle.ts";
import { ShellError } from "../../src/domain/shell-error.ts";
import { afterRound, type Sight, type WatchState } from "../../src/domain/watch.ts";
import { addSilence } from "../../src/workflows/silences.ts";
import { startRun } from "../../src/workflows/start-run.ts";
import type { Host } from "../../src/domain/host.ts";
import type { Clock } from "../../src/workflows/ports.ts";
import { type HostWatchWorld, watchRound } from "../../src/workflows/watch-host.ts";
import { workRun } from "../../src/workflows/work-run.ts";
import { type ChannelStage, channelStage } from "../support/channel-stage.ts";
import { recorded, replayedShell } from "../support/replayed-shell.ts";

let now = 1_795_000_000_000;
const clock: Clock = {
  now: () => now,
  wait: (_ms, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
};
const healthy = recorded("healthy");
const stopped = recorded("stopped");

let reply: Bundle | Error = healthy;
let stage: ChannelStage;
let world: HostWatchWorld;
let host: Host;
beforeEach(async () => {
  reply = healthy;
  stage = await channelStage({ hosts: ["web-1", "web-2"], clock, shell: replayedShell(() => reply) });
  const found = stage.world.findHost("web-1");
  if (found === undefined) throw new Error("no host");
  host = { ...found, watchMs: 60_000 };
  world = { ...stage.world, watch: { channel: "C0OPS00001", rounds: 3 }, watched: () => [host] };
  const started = await startRun(world, {
    request: { host: "web-1", playbook: "502" },
    actor: { id: "local:ada", via: "terminal" },
  });
  if ("run" in started) await workRun(world, started.run.id);
});
afterEach(() => stage.end());

async function rounds(count: number): Promise<Sight[]> {
  const seen: Sight[] = [];
  for (let n = 0; n < count; n += 1) {
    now += 60_000;
    seen.push(await watchRound(world, host));
  }
  return seen;
}
const watchRuns = async (): Promise<number> =>
  (await stage.store.runs({ limit: 50 })).filter((r) => r.actor.via === "watch").length;

describe("a watch", () => {
  test("says nothing of a host that is well", async () => {
    expect(await rounds(5)).toEqual(Array(5).fill("healthy"));
    expect(await stage.posted()).toEqual([]);
    expect(await watchRuns()).toBe(0);
  });

  test("diagnoses when three of three rounds fail, not before, and closes when healthy", async () => {
    await rounds(3);
    reply = stopped;
    expect(await rounds(2)).toEqual(["failing", "failing"]);
    expect(await watchRuns()).toBe(0);
    await rounds(1);
    const [run] = (await stage.store.runs({ limit: 9 })).filter((r) => r.actor.via === "watch");
    expect(run?.destination).toEqual({ channel: "C0OPS00001" });
    await rounds(4);
    expect(await watchRuns()).toBe(1);
    reply = healthy;
    await rounds(3);
    const note = (await stage.posted()).find((p) => p.body.kind === "note");
    expect(note).toMatchObject({
      threadKey: `run:${run?.id ?? ""}`,
      body: { title: "web-1 is healthy again", mood: "healthy" },
    });
    // Seven rounds of a minute each failed.
    expect(String(note?.body["text"])).toContain("It lasted 7 minutes.");
    await rounds(3);
    expect((await stage.posted()).filter((p) => p.body.kind === "note")).toHaveLength(1);
  });

  test("a round in between that is well starts the count anew", async () => {
    await rounds(3);
    for (let n = 0; n < 3; n += 1) {
      reply = stopped;
      await rounds(2);
      reply = healthy;
      await rounds(1);
    }
    expect(await watchRuns()).toBe(0);
  });

  test("what cannot be looked at is neither well nor ill", async () => {
    await rounds(3);
    reply = new ShellError("connect-timeout", "no answer", "");
    expect(await rounds(3)).toEqual(["unseen", "unseen", "unseen"]);
    expect((await stage.posted()).map((p) => p.body["title"])).toEqual(["web-1 cannot be seen"]);
    expect(await watchRuns()).toBe(0);
  });

  test("what is said of a later failure is no reply to an old one", async () => {
    await rounds(3);
    for (const bundle of [stopped, healthy]) {
      reply = bundle;
      await rounds(3);
    }
    reply = new ShellError("connect-timeout", "no answer", "");
    await rounds(3);
    const unseen = (await stage.posted()).find((p) => p.body["title"] === "web-1 cannot be seen");
    expect(unseen?.threadKey).toBeUndefined();
    reply = healthy;
    await rounds(3);
    const again = (await stage.posted()).find((p) => p.body["title"] === "web-1 can be seen again");
    expect(again?.threadKey).toBe(unseen?.key);
    expect((await stage.posted()).filter((p) => p.body.kind === "note")).toHaveLength(3);
  });

  test("a host that could never be looked at is said to be unseen", async () => {
    reply = new ShellError("connect-timeout", "no answer", "");
    const found = stage.world.findHost("web-2");
    if (found === undefined) throw new Error("no host");
    host = { ...found, watchMs: 60_000 };
    for (let n = 0; n < 4; n += 1) {
      await rounds(1);
      const [run] = await stage.store.runs({ host: "web-2", limit: 1 });
      await workRun(world, run?.id ?? "");
    }
    expect((await stage.posted()).map((p) => p.body["title"])).toEqual(["web-2 cannot be seen"]);
  });

  test(
    "forty hosts behind a dead bastion are one message, which says who is back",
    { timeout: 90_000 },
    async () => {
      await stage.end();
      const names = Array.from({ length: 40 }, (_, i) => `web-${i + 1}`);
      const dead = new ShellError("hop-timeout", "bastion-1 did not answer.", "is it up?");
      let back = new Set<string>();
      stage = await channelStage({
        hosts: names,
        clock,
        via: () => "bastion-1",
        shell: replayedShell((name) => (back.has(name) ? healthy : dead)),
      });
      world = { ...stage.world, watch: { channel: "C0OPS00001", rounds: 3 }, watched: () => [] };
      const all = names.flatMap((name) => stage.world.findHost(name) ?? []);
      // Each had been diagnosed once, so that there is something to be asked again.
      for (const name of names) {
        const id = `run-${name}`;
        const request = { host: name, playbook: "502" };
        const actor = { id: "local:ada", via: "terminal" } as const;
        await stage.store.transaction(async (tx) => {
          await tx.insertRun({ id, request, actor, state: "queued", createdAt: now });
          await tx.saveBundle(id, { ...healthy, host: name });
          await tx.finishRun(id, "done", now, undefined);
        });
      }
      const everyone = async (count: number): Promise<void> => {
        for (let n = 0; n < count; n += 1) {
          now += 60_000;
          for (const one of all) await watchRound(world, one);
        }
      };
      await everyone(4);
      const [only, ...others] = await stage.posted();
      expect(others).toEqual([]);
      expect(only?.body["title"]).toBe(
        "The bastion bastion-1 does not let us through: 40 hosts cannot be seen",
      );
      for (const name of names) expect(String(only?.body["text"])).toContain(name);
      back = new Set(["web-7"]);
      await everyone(3);
      expect(await stage.posted()).toMatchObject([
        { key: only?.key, body: { title: expect.stringContaining("39 hosts cannot be seen") } },
      ]);
      expect(JSON.stringify(await stage.posted())).toContain("Seen again: web-7.");
      back = new Set(names);
      await everyone(4);
      expect((await stage.posted()).map((p) => [p.body["title"], p.threadKey])).toEqual([
        [expect.stringContaining("bastion-1"), undefined],
        ["All 40 hosts can be seen again", only?.key],
      ]);
      expect((await stage.store.memos("watch")).map((m) => m.key)).not.toContain("unseen:bastion-1");
    },
  );

  test("a failure that a silence held back is said when it is over, its end only when it was said", async () => {
    await rounds(3);
    const silence = () =>
      addSilence(world, {
        actor: { id: "U0ADA00001", via: "slack", fullMember: true },
        target: "web-1",
        ms: 10 * 60_000,
        reason: "work",
      });
    const finished = async (): Promise<number> => {
      const [run] = await stage.store.runs({ limit: 1 });
      await workRun(world, run?.id ?? "");
      return watchRuns();
    };
    await silence();
    reply = stopped;
    await rounds(4);
    expect(await finished()).toBe(1);
    await rounds(8);
    expect(await finished()).toBe(2);
    const [run] = await stage.store.runs({ limit: 1 });
    expect(run).toMatchObject({ actor: { via: "watch" }, destination: { channel: "C0OPS00001" } });
    reply = healthy;
    await rounds(4);
    expect((await stage.posted()).find((p) => p.body.kind === "note")).toMatchObject({
      threadKey: `run:${run?.id ?? ""}`,
      body: { title: "web-1 is healthy again" },
    });
    const said = (await stage.posted()).length;
    await silence();
    reply = stopped;
    await rounds(3);
    reply = healthy;
    await rounds(12);
    expect(await stage.posted()).toHaveLength(said);
  });

  test("a host that gave nothing to ask is not diagnosed at every beat; old requests are renewed once", async () => {
    reply = { ...healthy, commands: healthy.commands.filter((c) => !c.id.startsWith("front")) };
    const found = stage.world.findHost("web-2");
    if (found === undefined) throw new Error("no host");
    host = { ...found, watchMs: 60_000 };
    const bare = (await stage.store.runs({ limit: 50 })).length;
    await rounds(1);
    const [run] = await stage.store.runs({ host: "web-2", limit: 1 });
    await workRun(world, run?.id ?? "");
    await stage.place.sql("delete from bundle");
    await rounds(30);
    expect((await stage.store.runs({ limit: 50 })).length - bare).toBe(1);
    await rounds(40);
    expect((await stage.store.runs({ limit: 50 })).length - bare).toBe(2);
  });

  test("requests of a diagnosis a day ago are asked for anew, once", async () => {
    await rounds(1);
    now += 24 * 60 * 60_000;
    await rounds(1);
    const [run] = await stage.store.runs({ host: "web-1", limit: 1 });
    expect(run?.actor.via).toBe("watch");
    await workRun(world, run?.id ?? "");
    expect(await rounds(5)).toEqual(Array(5).fill("healthy"));
    expect(await watchRuns()).toBe(1);
    expect(await stage.posted()).toEqual([]);
  });

  test("runs only the requests of the last diagnosis", async () => {
    const asked: string[] = [];
    const { shell } = world;
    const spied: HostWatchWorld = {
      ...world,
      shell: {
        open: async (...args) => {
          const session = await shell.open(...args);
          return {
            ...session,
            runWave: async (commands) => {
              asked.push(...commands.map((c) => c.argv[0] ?? ""));
              return session.runWave(commands);
            },
          };
        },
      },
    };
    await watchRound(spied, host);
    expect(new Set(asked)).toEqual(new Set(["curl"]));
  });
});

test("says a change only after so many equal rounds, each change once, whatever is seen", () => {
  const sight = fc.constantFrom<Sight>("healthy", "failing", "unseen");
  fc.assert(
    fc.property(fc.array(sight, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (all, needed) => {
      let state: WatchState | undefined;
      let said: Sight = "healthy";
      all.forEach((seen, i) => {
        const next = afterRound(state, seen, needed, i);
        state = next.state;
        if (next.say === undefined) return;
        expect(next.say).not.toBe(said);
        expect(i + 1).toBeGreaterThanOrEqual(needed);
        expect(new Set(all.slice(i + 1 - needed, i + 1))).toEqual(new Set([next.say]));
        said = next.say;
      });
      const last = all.slice(-needed);
      const settled = all.length >= needed && new Set(last).size === 1;
      expect(settled ? last[0] : said).toBe(said);
    }),
  );
});
