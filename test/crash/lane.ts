import { spawn } from "node:child_process";
import { noteOf } from "../../src/wording/approval.ts";
import { makePlace, type OpenedStore } from "../support/place.ts";
import { startCountingHost } from "./host.ts";
import type { Orders } from "./orders.ts";

/** One bot's orders, but for where it lives. */
export type Death = Pick<Orders, "kind" | "from" | "killAt" | "task" | "instance">;

/** What a lane came to. */
export interface LaneResult {
  readonly kills: number;
  readonly doubleRuns: readonly string[];
  readonly lostApprovals: readonly string[];
  readonly unanswered: readonly string[];
  /** What went wrong besides: a bot that ended in an error, a broken audit chain. */
  readonly troubles: readonly string[];
  /** How the fixes ended. */
  readonly outcomes: readonly string[];
  /** Points that the last bot passed. */
  readonly passed: number;
}

/** What the lanes of an engine share. */
export interface LaneTime {
  /** No more bots are to die. */
  over(): boolean;
  /** Told of every kill. */
  died(): void;
}

const BOT_MS = 400_000;
/** So long after it is up another replica has ended what a dead one left: a lease of 30 s, and the look after it. */
const TAKEOVER_MS = 40_000;

/** Bots that die one after another on one state and one host; the last lives and ends what is left. */
export async function runLane(
  engine: string,
  deaths: readonly Death[],
  time?: LaneTime,
): Promise<LaneResult> {
  const place = await makePlace(engine);
  const host = await startCountingHost();
  const said: string[] = [];
  const troubles: string[] = [];
  let kills = 0;
  let passed = 0;
  try {
    const { dir, url } = place;
    const at = { dir, host: host.host, hostKey: host.hostKey, sitePort: host.sitePort };
    const store = await place.open();
    for (const death of deaths) {
      if (death.killAt !== undefined && time?.over() === true) continue;
      const end = await bot({ ...at, ...(url === undefined ? {} : { url }), ...death });
      said.push(...end.lines);
      if (end.signal === "SIGKILL" && !end.late) {
        kills += 1;
        time?.died();
      } else if (end.code !== 0)
        troubles.push(`${JSON.stringify(death)}: ${end.late ? "did not end" : end.error}`);
      const took = Number(/^ended after (\d+) ms$/m.exec(end.lines.join("\n"))?.[1] ?? 0);
      if (death.instance !== undefined && (took === 0 || took > TAKEOVER_MS))
        troubles.push(`${JSON.stringify(death)}: took over after ${took} ms`);
      passed = Number(/^passed (\d+)$/m.exec(end.lines.join("\n"))?.[1] ?? 0);
    }
    const audit = await store.auditVerify();
    if (audit.brokenAt !== undefined) troubles.push(`the audit chain is broken: ${audit.because ?? ""}`);
    return {
      kills,
      passed,
      troubles,
      outcomes: (await store.approvals({ limit: 100_000 })).map((a) => a.outcome ?? a.state),
      doubleRuns: twice(host.counted()),
      lostApprovals: await lost(store, said),
      unanswered: await unanswered(store, said),
    };
  } finally {
    await host.stop();
    await place.end();
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly error: string;
  readonly late: boolean;
}

function bot(orders: Orders): Promise<Ended> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/bot.ts`, JSON.stringify(orders)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let error = "";
  let late = false;
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (error = (error + chunk.toString()).slice(-2_000)));
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, BOT_MS);
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, lines: out.split("\n").filter(Boolean), error, late });
    });
  });
}

function twice(counted: readonly string[]): string[] {
  return [...new Set(counted.filter((line, i) => counted.indexOf(line) !== i))];
}

/** What somebody was told is approved, and has not been run to an end. */
async function lost(store: OpenedStore, said: readonly string[]): Promise<string[]> {
  const ids = said.flatMap((line) => /^approved (.+)$/.exec(line)?.[1] ?? []);
  const gone: string[] = [];
  for (const id of ids) {
    const a = await store.approval(id);
    if (a?.state !== "finished" || a.outcome === undefined)
      gone.push(`${id}: ${a?.state ?? "not stored"} ${a?.why ?? ""}`);
  }
  return gone;
}

/** Runs without a verdict in the outbox, and approvals whose end is not said there. */
async function unanswered(store: OpenedStore, said: readonly string[]): Promise<string[]> {
  const outbox = new Map((await store.outboxDue(100_000)).map((m) => [m.key, m.body]));
  const missing: string[] = [];
  for (const id of said.flatMap((line) => /^accepted (.+)$/.exec(line)?.[1] ?? [])) {
    const run = await store.run(id);
    const body: { state?: string } = JSON.parse(outbox.get(`run:${id}`) ?? "{}");
    if (run?.state !== "done" || body.state !== "done")
      missing.push(`${id}: ${run?.state ?? "not stored"}, said ${body.state}`);
  }
  for (const a of await store.approvals({ limit: 100_000 })) {
    const body: { note?: { text?: string } } = JSON.parse(outbox.get(`approval:${a.id}`) ?? "{}");
    const ended = a.state === "finished" || a.state === "superseded" || a.state === "expired";
    const fix = a.state === "superseded" ? undefined : (await store.offer(a.runId, a.fixId))?.payload;
    const bound: { fix?: Parameters<typeof noteOf>[1] } = JSON.parse(fix ?? "{}");
    if (!ended || body.note?.text !== noteOf(a, bound.fix).text)
      missing.push(`${a.id}: ${a.state}, said ${body.note?.text ?? "nothing"}`);
  }
  return missing;
}
