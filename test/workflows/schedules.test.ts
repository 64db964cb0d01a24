import { afterEach, describe, expect, test } from "vitest";
import type { Actor } from "../../src/domain/run.ts";
import {
  addSchedule,
  pauseSchedule,
  planSchedule,
  removeSchedule,
  syncSchedules,
} from "../../src/workflows/manage-schedules.ts";
import { runScheduleNow, tickSchedules } from "../../src/workflows/run-schedules.ts";
import { addSilence, endSilence, silencedBy } from "../../src/workflows/silences.ts";
import type { Clock } from "../../src/workflows/ports.ts";
import { workReport } from "../../src/workflows/work-report.ts";
import { type ChannelStage, channelStage, stageWorld } from "../support/channel-stage.ts";
import { ENGINES } from "../support/place.ts";
import { recorded, replayedShell } from "../support/replayed-shell.ts";

const ada: Actor = { id: "U0ADA00001", via: "slack", channel: "C0OPS00001", fullMember: true };
const gus: Actor = { id: "U0GUS00004", via: "slack", fullMember: false };
const at = (text: string): number => Date.parse(text);

let now = at("2026-11-18T07:00:00Z");
const clock: Clock = {
  now: () => now,
  wait: (_ms, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
};
const shell = replayedShell(() => recorded("healthy"));
const hosts = ["web-1", "web-2"];
const options = { hosts, groups: { web: hosts }, shell, clock };
const request = { actor: ada, when: "weekdays 09:00 Europe/Berlin", channel: "C0OPS00001", on: ["@web"] };

let stage: ChannelStage;
async function begin(engine = "SQLite"): Promise<void> {
  now = at("2026-11-18T07:00:00Z");
  stage = await channelStage({ ...options, engine });
}
afterEach(() => stage.end());

describe("schedules", () => {
  test("the next three times are shown in the zone asked for", async () => {
    await begin();
    const planned = planSchedule(stage.world, request);
    expect(planned).toMatchObject({
      ok: true,
      next: [at("2026-11-18T08:00:00Z"), at("2026-11-19T08:00:00Z"), at("2026-11-20T08:00:00Z")],
    });
    expect(await stage.store.schedules()).toEqual([]);
  });

  test.each([
    [{ when: "sometimes" }, "says no time"],
    [{ when: "99 9 * * *" }, "cannot be used"],
    [{ when: "daily 09:00 Europe/Atlantis" }, "cannot be used"],
    [{ on: ["@db"] }, "no host or group @db"],
    [{ on: [] }, "Say which hosts"],
    [{ playbook: "503" }, "no playbook 503"],
    [{ actor: gus }, "may not schedule"],
  ])("%j is refused in words", async (change, text) => {
    await begin();
    expect(await addSchedule(stage.world, { ...request, ...change })).toMatchObject({
      ok: false,
      text: expect.stringContaining(text),
    });
  });

  test("is due once at its time, and not before", async () => {
    await begin();
    await addSchedule(stage.world, request);
    now = at("2026-11-18T07:59:59Z");
    expect(await tickSchedules(stage.world)).toEqual([]);
    now = at("2026-11-18T08:00:00Z");
    expect(await tickSchedules(stage.world)).toHaveLength(1);
    now = at("2026-11-18T08:30:00Z");
    expect(await tickSchedules(stage.world)).toEqual([]);
  });

  test("what was missed while the bot was down is run once, and said", async () => {
    await begin();
    await addSchedule(stage.world, request);
    now = at("2026-11-20T08:45:00Z");
    const [report, ...more] = await tickSchedules(stage.world);
    expect(more).toEqual([]);
    expect(report).toMatchObject({ dueAt: at("2026-11-20T08:00:00Z"), missedMs: 45 * 60_000 });
    expect(await tickSchedules(stage.world)).toEqual([]);
  });

  test("what came due during a pause is not made up", async () => {
    await begin();
    const added = await addSchedule(stage.world, request);
    const id = added.ok ? added.schedule.id : "";
    await pauseSchedule(stage.world, ada, id, true);
    now = at("2026-11-19T12:00:00Z");
    expect(await tickSchedules(stage.world)).toEqual([]);
    await pauseSchedule(stage.world, ada, id, false);
    expect(await tickSchedules(stage.world)).toEqual([]);
    now = at("2026-11-20T08:00:00Z");
    expect(await tickSchedules(stage.world)).toHaveLength(1);
  });

  test("a report covers the time since the one before, and is posted once with details and files", async () => {
    await begin();
    const added = await addSchedule(stage.world, request);
    const first = await runScheduleNow(stage.world, ada, added.ok ? added.schedule.id : "");
    expect(first).toMatchObject({ ok: true });
    now = at("2026-11-18T08:00:00Z");
    const [report] = await tickSchedules(stage.world);
    expect(report?.since).toBe(at("2026-11-18T07:00:00Z"));
    await workReport(stage.world, report?.id ?? "");
    await workReport(stage.world, report?.id ?? "");
    const posted = await stage.posted();
    expect(posted.map((p) => [p.key.replace(report?.id ?? "", "R"), p.threadKey === undefined])).toEqual([
      ["report:R", true],
      ["report:R:details", false],
      ["report:R:chart", false],
      ["report:R:csv", false],
      // Not uploaded where the details say all of it.
      ["report:R:text", false],
    ]);
  });

  test("of 502.yml are owned by the file; people may pause but not remove them", async () => {
    await begin();
    const written = {
      name: "daily",
      when: "daily 09:00",
      zone: "Europe/Berlin",
      channel: "C0OPS00001",
      on: ["@web"],
      quiet: true,
    };
    expect(
      await syncSchedules(stage.world, [written, { ...written, name: "odd", when: "sometimes" }]),
    ).toEqual([expect.stringContaining("odd")]);
    expect(await stage.store.schedules()).toMatchObject([
      { id: "daily", owner: "file", zone: "Europe/Berlin" },
    ]);
    expect(await removeSchedule(stage.world, ada, "daily")).toMatchObject({
      ok: false,
      text: expect.stringContaining("502.yml"),
    });
    expect(await pauseSchedule(stage.world, ada, "daily", true)).toMatchObject({ ok: true });
    await syncSchedules(stage.world, [written]);
    expect(await stage.store.schedules()).toMatchObject([{ paused: true }]);
    await syncSchedules(stage.world, []);
    expect(await stage.store.schedules()).toEqual([]);
  });

  test("a quiet schedule says nothing when all is well, as before", async () => {
    await begin();
    await syncSchedules(stage.world, [
      { name: "quiet", when: "daily 09:00", zone: "UTC", channel: "C0OPS00001", on: ["@web"], quiet: true },
    ]);
    now = at("2026-11-18T09:00:00Z");
    const [report] = await tickSchedules(stage.world);
    const done = await workReport(stage.world, report?.id ?? "");
    expect(done?.summary?.lines.map((l) => l.verdict)).toEqual(["healthy", "healthy"]);
    expect(await stage.posted()).toEqual([]);
  });

  test("unknown ids are answered with those there are", async () => {
    await begin();
    expect(await removeSchedule(stage.world, ada, "x")).toEqual({
      ok: false,
      text: "There is no schedule x. There are none yet.",
    });
    expect(await runScheduleNow(stage.world, ada, "x")).toMatchObject({ ok: false });
  });
});

for (const { engine, skipped } of ENGINES) {
  test.skipIf(skipped)(`replicas that wake together begin one report, on ${engine}`, async () => {
    await begin(engine);
    await addSchedule(stage.world, request);
    now = at("2026-11-18T08:00:00Z");
    const worlds = await Promise.all(
      [0, 1, 2].map(async () => stageWorld(options, await stage.place.open({ clock }), clock)),
    );
    const begun = await Promise.all([stage.world, ...worlds].map((w) => tickSchedules(w)));
    expect(begun.flat()).toHaveLength(1);
    expect(await stage.store.reports({ limit: 9 })).toHaveLength(1);
    expect(await stage.store.runs({ limit: 9 })).toHaveLength(2);
  });
}

describe("silences", () => {
  test("mute a host or its group for their time", async () => {
    await begin();
    expect(
      await addSilence(stage.world, { actor: ada, target: "@web", ms: 3_600_000, reason: "work" }),
    ).toMatchObject({ ok: true });
    expect(await silencedBy(stage.world, "web-1")).toMatchObject({ reason: "work" });
    expect(await silencedBy(stage.world, "db-1")).toBeUndefined();
    now += 3_600_001;
    expect(await silencedBy(stage.world, "web-1")).toBeUndefined();
  });

  test("end early, need a reason and a right, and a foreign one counts, too", async () => {
    await begin();
    await addSilence(stage.world, { actor: ada, target: "web-1", ms: 1000, reason: "work" });
    expect(await endSilence(stage.world, ada, "web-1")).toMatchObject({ ok: true });
    expect(await endSilence(stage.world, ada, "web-1")).toMatchObject({ ok: false });
    for (const change of [{ reason: " " }, { ms: 0 }, { target: "web-9" }, { actor: gus }]) {
      expect(
        await addSilence(stage.world, { actor: ada, target: "web-1", ms: 1000, reason: "work", ...change }),
      ).toMatchObject({ ok: false });
    }
    const foreign = { id: "am", target: "web-1", until: now + 1, reason: "theirs", by: "am", createdAt: 0 };
    expect(
      await silencedBy({ ...stage.world, foreignSilences: async () => [foreign] }, "web-1"),
    ).toMatchObject({ reason: "theirs" });
    const broken = async (): Promise<never> => Promise.reject(new Error("down"));
    expect(await silencedBy({ ...stage.world, foreignSilences: broken }, "web-1")).toBeUndefined();
  });
});
