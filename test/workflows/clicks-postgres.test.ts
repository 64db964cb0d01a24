import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { aCause, aDiagnosisOf, ANN, offerOf, Stage } from "../support/fix-stage.ts";
import { ENGINES, makePlace, type Place, until } from "../support/place.ts";

const postgres = ENGINES.find((e) => e.engine.startsWith("PostgreSQL"));
const script = new URL("../support/clicking-process.ts", import.meta.url).pathname;

/** Two bots in processes of their own: what a lock in memory would hide, they show. */
describe.skipIf(postgres?.skipped !== false)(`clicks on ${postgres?.engine}`, () => {
  let place: Place | undefined;
  const bots: ReturnType<typeof spawn>[] = [];
  afterEach(async () => {
    for (const bot of bots.splice(0)) bot.kill("SIGKILL");
    await place?.end();
  });

  test("of 100 people at once one wins, the fix runs once, and 99 are told who it was", async () => {
    place = await makePlace("PostgreSQL");
    const { dir, url } = place;
    const store = await place.open();
    const now = Date.now();
    const ran = join(dir, "ran");
    // Verified by one look: the test is about who decides.
    const verify = { ...new Stage().bound.verify, successes: 1, stableMs: 0, everyMs: 10 };
    const stage = new Stage({ verify });
    await store.transaction(async (tx) => {
      const request = { host: "web-1", playbook: "502" };
      await tx.insertRun({ id: "run-1", request, actor: ANN, state: "queued", createdAt: now });
      await tx.finishRun("run-1", "done", now, aDiagnosisOf([aCause()]));
      await tx.insertOffers([offerOf(stage.bound, now)]);
    });
    const lines: string[] = [];
    for (const bot of [0, 1]) {
      const people = Array.from({ length: 50 }, (_, i) => `U${String(bot * 50 + i).padStart(9, "0")}`);
      const orders = { dir, url, instance: `bot-${bot}`, people, ran };
      const child = spawn(process.execPath, [script, JSON.stringify(orders)], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
      bots.push(child);
    }
    await until("both are ready", () => lines.filter((l) => l === "ready").length === 2, 60_000);
    for (const bot of bots) bot.stdin?.write("go\n");
    const told = (): { id: string; kind: string; text: string }[] =>
      lines.filter((l) => l.startsWith("{")).map((l) => JSON.parse(l));
    await until("all were answered", () => told().length === 100, 60_000);
    const [winner, ...more] = told().filter((t) => t.kind === "approved");
    expect(more).toEqual([]);
    const others = told().filter((t) => t.id !== winner?.id);
    expect(others).toHaveLength(99);
    expect(others.filter((t) => !t.text.startsWith(`${winner?.id} approved it`))).toEqual([]);
    const [approval, ...further] = await store.approvals({ limit: 10 });
    expect(further).toEqual([]);
    const ended = async (): Promise<boolean> =>
      (await store.approval(approval?.id ?? ""))?.state === "finished";
    await until("the fix ended", ended, 60_000);
    expect(await store.approval(approval?.id ?? "")).toMatchObject({
      outcome: "fixed",
      votes: [{ by: winner?.id }],
    });
    expect(readFileSync(ran, "utf8").split("\n").filter(Boolean)).toHaveLength(1);
    expect(await store.auditVerify()).not.toHaveProperty("brokenAt");
  }, 180_000);
});
