import { afterEach, beforeEach, expect, test } from "vitest";
import type { ProbeAnswer } from "../../src/domain/probe.ts";
import type { Sight } from "../../src/domain/watch.ts";
import type { Clock } from "../../src/workflows/ports.ts";
import { addSilence } from "../../src/workflows/silences.ts";
import { siteRound, type SiteWatchWorld, type WatchedSite } from "../../src/workflows/watch-site.ts";
import { type ChannelStage, channelStage } from "../support/channel-stage.ts";
import { recorded, replayedShell } from "../support/replayed-shell.ts";

let now = 1_795_000_000_000;
const clock: Clock = {
  now: () => now,
  wait: (_ms, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
};
const hosts = ["web-1", "web-2"];
const shop: WatchedSite = {
  name: "shop.example.test",
  url: "https://shop.example.test/",
  on: ["@web"],
  everyMs: 60_000,
};

let answer: ProbeAnswer;
let asked: string[];
let stage: ChannelStage;
let world: SiteWatchWorld;
beforeEach(async () => {
  [answer, asked] = [{ kind: "answered", status: 200 }, []];
  stage = await channelStage({
    hosts,
    groups: { web: hosts },
    clock,
    shell: replayedShell(() => recorded("stopped")),
  });
  world = {
    ...stage.world,
    watch: { channel: "C0OPS00001", rounds: 3 },
    watchedSites: () => [shop],
    probe: async (url) => {
      asked.push(url);
      return answer;
    },
  };
});
afterEach(() => stage.end());

async function rounds(count: number, site = shop): Promise<Sight[]> {
  const seen: Sight[] = [];
  for (let n = 0; n < count; n += 1) {
    now += 60_000;
    seen.push(await siteRound(world, site));
  }
  return seen;
}
const notes = async () => (await stage.posted()).filter((p) => p.body.kind === "note");
const titles = async (): Promise<unknown[]> => (await notes()).map((p) => p.body["title"]);

test("nothing is said of a site that serves, redirects or asks for a login", async () => {
  for (const status of [200, 301, 401, 404]) {
    answer = { kind: "answered", status };
    expect(await rounds(3)).toEqual(["healthy", "healthy", "healthy"]);
  }
  expect(await stage.posted()).toEqual([]);
  expect(new Set(asked)).toEqual(new Set([shop.url]));
});

test("the third 502 in a row is said, its hosts are diagnosed in that thread, and the end is said there", async () => {
  await rounds(3);
  answer = { kind: "answered", status: 502 };
  await rounds(2);
  expect(await stage.posted()).toEqual([]);
  await rounds(5);
  const [root, ...others] = await notes();
  expect(others).toEqual([]);
  expect(root?.body).toMatchObject({ title: "shop.example.test answers 502", mood: "failing" });
  expect(String(root?.body["text"])).toContain("from where the bot stands");
  const [report, ...more] = await stage.store.reports({ limit: 9 });
  expect(more).toEqual([]);
  expect(report).toMatchObject({
    title: "the hosts of shop.example.test",
    runs: [{ host: "web-1" }, { host: "web-2" }],
    destination: { channel: "C0OPS00001", threadKey: root?.key },
  });
  answer = { kind: "answered", status: 200 };
  await rounds(4);
  const end = (await notes())[1];
  expect(end).toMatchObject({
    threadKey: root?.key,
    body: { title: "shop.example.test is healthy again", mood: "healthy" },
  });
  expect(String(end?.body["text"])).toContain("It lasted 7 minutes.");
});

test("one host behind the site is a run of its own, with its buttons, in the thread", async () => {
  answer = { kind: "failed", because: "the connection was refused" };
  await rounds(3, { ...shop, on: ["web-2"] });
  const [root] = await notes();
  expect(root?.body).toMatchObject({ title: "shop.example.test does not answer" });
  expect(await stage.store.runs({ limit: 9 })).toMatchObject([
    { request: { host: "web-2" }, destination: { channel: "C0OPS00001", threadKey: root?.key } },
  ]);
});

test("a site the bot cannot get to is neither well nor ill; later failures begin threads of their own", async () => {
  answer = { kind: "unseen", because: "its name could not be resolved" };
  await rounds(4);
  expect(await titles()).toEqual(["shop.example.test cannot be seen"]);
  expect(await stage.store.runs({ limit: 9 })).toEqual([]);
  answer = { kind: "answered", status: 200 };
  await rounds(3);
  answer = { kind: "answered", status: 503 };
  await rounds(3);
  const all = await notes();
  expect(all.map((n) => n.body["title"])).toEqual([
    "shop.example.test cannot be seen",
    "shop.example.test is healthy again",
    "shop.example.test answers 503",
  ]);
  expect(all.map((n) => n.threadKey)).toEqual([undefined, all[0]?.key, undefined]);
});

test("while all its hosts are silenced nothing is posted, and the diagnosis is made for the record", async () => {
  const actor = { id: "U0ADA00001", via: "slack", fullMember: true } as const;
  await addSilence(world, { actor, target: "@web", ms: 3_600_000, reason: "work" });
  answer = { kind: "answered", status: 502 };
  await rounds(3);
  expect(await stage.posted()).toEqual([]);
  expect(await stage.store.runs({ limit: 9 })).toHaveLength(2);
  const trail = await stage.store.auditTrail({ limit: 20 });
  expect(trail.filter((e) => e.action === "watch-changed")).toMatchObject([
    { actor: "watch:site:shop.example.test", detail: { seen: "failing" } },
  ]);
});
