import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ENGINES } from "../support/place.ts";
import { type Death, type LaneResult, type LaneTime, runLane } from "./lane.ts";
import type { Kind } from "./orders.ts";

/**
 * Kills bots with SIGKILL at every point of a command with its fix (kill-points.ts), and their successors while they
 * look up what was left; then counts what ran twice, what was lost and who was left without an answer.
 * `npm run test:crash [-- --kills N] [--lanes N] [--minutes N] [--engine SQLite|PostgreSQL]`; PostgreSQL needs
 * FIVEOHTWO_TEST_DATABASE_URL. Standard error tells what happens; the last line of each engine is JSON. When the minutes
 * are over no more bots are killed, what was left is ended and counted, and too few kills fail the test.
 */

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

const WANTED = option("kills", 200);
const LANES = option("lanes", 4);
const MINUTES = option("minutes", 45);
const TELL_EACH = 20;
const only = process.argv.includes("--engine")
  ? process.argv[process.argv.indexOf("--engine") + 1]
  : undefined;
/** Points of a bot's start that is looking up a fix; later ones belong to its own run. */
const START_POINTS = 24;

const END: Death = { kind: "works", from: "start", task: "end" };

/** How many points a command with its fix has when nobody dies. */
async function pointsOf(engine: string, kind: Kind): Promise<number> {
  const { passed, troubles } = await runLane(engine, [{ kind, from: "run", task: "run" }]);
  if (passed < 20) throw new Error(`a fix that nobody kills passed ${passed} points: ${troubles.join("; ")}`);
  return passed;
}

/** Every point of both kinds of fix, then pairs: dead in mid-fix, and its successor dead while it looks that up. */
async function deathsOf(engine: string): Promise<Death[][]> {
  const deaths: Death[][] = [];
  const middle = new Map<Kind, number>();
  for (const kind of ["works", "worse"] as const) {
    const points = await pointsOf(engine, kind);
    middle.set(kind, Math.round(points * 0.65));
    for (let killAt = 1; killAt <= points; killAt += 1)
      deaths.push([{ kind, from: "run", task: "run", killAt }]);
  }
  for (let n = 0; deaths.flat().length < WANTED * 1.1 || n < START_POINTS; n += 1) {
    const kind: Kind = n % 2 === 0 ? "works" : "worse";
    const killAt = (middle.get(kind) ?? 40) + (n % 7);
    deaths.push([
      { kind, from: "run", task: "run", killAt },
      { kind, from: "start", task: "run", killAt: 1 + (n % START_POINTS) },
    ]);
  }
  // Fewer were asked for: some of every part.
  const part = Math.max(1, Math.floor((deaths.flat().length * 0.9) / WANTED));
  const some = deaths.filter((_, i) => i % part === 0);
  // One bot has an SQLite file; on PostgreSQL another replica may come upon what a dead one left.
  return engine.startsWith("PostgreSQL") ? [...takenOver(middle), ...some] : some;
}

/** Dead in mid-fix, and another replica that has to wait for the dead one's lease. */
function takenOver(middle: ReadonlyMap<Kind, number>): Death[][] {
  return Array.from({ length: 2 * LANES }, (_, n): Death[] => {
    const kind: Kind = n < LANES ? "works" : "worse";
    const killAt = (middle.get(kind) ?? 40) + n;
    return [
      { kind, from: "run", task: "run", killAt },
      { ...END, instance: "bot-2" },
    ];
  });
}

async function runEngine(engine: string): Promise<boolean> {
  const begun = Date.now();
  const deaths = await deathsOf(engine);
  const results: LaneResult[] = [];
  const time: LaneTime = {
    over: () => Date.now() - begun > MINUTES * 60_000,
    died: () => {
      deadSoFar += 1;
      if (deadSoFar % TELL_EACH === 0)
        process.stderr.write(`${engine}: ${deadSoFar} kills, ${seconds()} s\n`);
    },
  };
  let deadSoFar = 0;
  const seconds = (): number => Math.round((Date.now() - begun) / 1000);
  const killed = (): number => results.reduce((sum, r) => sum + r.kills, 0);
  // A bot whose run had fewer points than it was to die at lives: the early points make up for it.
  for (let round = deaths; killed() < WANTED && results.length < 10 * LANES && !time.over();) {
    process.stderr.write(`${engine}: ${round.flat().length} deaths in ${LANES} lanes\n`);
    const lanes = Array.from({ length: LANES }, (_, lane) =>
      round.filter((_, i) => i % LANES === lane).flat(),
    );
    results.push(...(await Promise.all(lanes.map((lane) => runLane(engine, [...lane, END], time)))));
    round = deaths.filter((d) => d.every((one) => one.instance === undefined)).slice(0, WANTED - killed());
  }
  const all = (pick: (r: LaneResult) => readonly string[]): string[] => results.flatMap(pick);
  const kills = killed();
  const found = {
    doubleRuns: all((r) => r.doubleRuns),
    lostApprovals: all((r) => r.lostApprovals),
    unanswered: all((r) => r.unanswered),
    troubles: all((r) => r.troubles),
  };
  for (const [what, list] of Object.entries(found))
    for (const one of list) process.stderr.write(`${what}: ${one}\n`);
  const outcomes = all((r) => r.outcomes);
  const tally = [...new Set(outcomes)].map((o) => `${outcomes.filter((e) => e === o).length} ${o}`);
  process.stderr.write(`${engine}: ${seconds()} s; fixes: ${tally.join(", ")}\n`);
  const { doubleRuns, lostApprovals, unanswered, troubles } = found;
  const line = {
    engine,
    kills,
    doubleRuns: doubleRuns.length,
    lostApprovals: lostApprovals.length,
    unanswered: unanswered.length,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return kills >= WANTED && Object.values(found).every((list) => list.length === 0) && troubles.length === 0;
}

const cache = mkdtempSync(join(tmpdir(), "fiveohtwo-compiled-"));
process.env["NODE_COMPILE_CACHE"] = cache;
let good = true;
for (const { engine, skipped } of ENGINES) {
  if (only !== undefined && !engine.startsWith(only)) continue;
  if (skipped) process.stderr.write(`skipped: ${engine}\n`);
  else good = (await runEngine(engine)) && good;
}
rmSync(cache, { recursive: true, force: true });
process.exitCode = good ? 0 : 1;
