import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Schedule } from "../../src/domain/schedule.ts";
import { type Child, startChild } from "../support/child.ts";
import { postedIn } from "../support/channel-stage.ts";
import { ENGINES, makePlace, type OpenedStore, type Place, until } from "../support/place.ts";

const postgres = ENGINES[1];
const hosts = ["web-1", "web-2", "web-3"];
let place: Place;
let store: OpenedStore;
const children: Child[] = [];
beforeEach(async () => {
  if (postgres.skipped) return;
  place = await makePlace(postgres.engine);
  store = await place.open();
});
afterEach(async () => {
  for (const child of children) await child.kill();
  if (!postgres.skipped) await place.end();
});

function bot(slow: boolean): Child {
  const child = startChild({ dir: place.dir, url: place.url, hosts, slow }, "report-process.ts");
  children.push(child);
  return child;
}

describe.skipIf(postgres.skipped)(`one schedule under two bots on ${postgres.engine}`, () => {
  test(
    "one killed by SIGKILL in the middle: exactly one report, of all hosts",
    { timeout: 240_000 },
    async () => {
      const now = Date.now();
      const due = new Date(now - 60_000);
      const daily: Schedule = {
        id: "daily",
        when: "daily",
        cron: `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`,
        zone: "UTC",
        channel: "C0OPS00001",
        on: ["@web"],
        quiet: false,
        paused: false,
        owner: "people",
        createdBy: "U0ADA00001",
        createdAt: now - 180_000,
        countsFrom: now - 180_000,
      };
      await store.transaction((tx) => tx.putSchedule(daily));
      const first = bot(true);
      await first.saw(/opened 2/);
      const second = bot(false);
      await second.saw(/ready/);
      await first.kill();
      await until(
        "the report is done",
        async () => (await store.reports({ limit: 5 })).some((r) => r.state === "done"),
        200_000,
      );
      const reports = await store.reports({ limit: 5 });
      expect(reports.map((r) => r.summary?.lines.map((l) => [l.host, l.verdict]))).toEqual([
        hosts.map((h) => [h, "healthy"]),
      ]);
      const posted = await postedIn(store);
      expect(posted.filter((p) => p.body.kind === "report")).toHaveLength(1);
      expect(posted.filter((p) => p.body.kind === "report-details")).toHaveLength(1);
      // The host that was done before the kill was not diagnosed again.
      expect(await store.runs({ limit: 9 })).toHaveLength(3);
    },
  );
});
