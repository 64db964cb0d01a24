import type { FrontProbe, VerificationPlan } from "../domain/fix.ts";
import type { Command } from "../domain/command.ts";
import type { HostLine } from "./host-line.ts";
import {
  type Answer,
  directCommand,
  frontCommand,
  isGood,
  listenCommand,
  type Listening,
  readAnswer,
  readListening,
  readRoom,
  readUnit,
  type Room,
  roomCommand,
  type UnitState,
  unitCommand,
} from "./host-probes.ts";
import { type LogMark, markLog, newLines, type NewLines } from "./log-mark.ts";
import type { Clock } from "./ports.ts";

/** One look at the host, with what the plan asks for. */
export interface Look {
  readonly at: number;
  readonly fronts: readonly {
    readonly probe: FrontProbe;
    readonly answer: Answer;
    readonly good: boolean | undefined;
  }[];
  readonly unit: UnitState | undefined;
  readonly direct: Answer | undefined;
  readonly listening: Listening | undefined;
  /** Of the file systems that the plan names; absent when it names none or they could not be looked at. */
  readonly room?: readonly Room[];
  /** How far nginx's error log had come; absent when the plan names none or it could not be read. */
  readonly log?: LogMark;
}

export interface Verified {
  readonly plan: VerificationPlan;
  readonly before: Look | undefined;
  readonly after: Look;
  /** Through nginx: gone after k good answers in a row, unknown when there is no front or none could be asked. */
  readonly symptom: "gone" | "there" | "unknown";
  /** The unit over stableMs; "none": the plan names no unit. */
  readonly unit: "stable" | "restarted" | "down" | "unknown" | "none";
  /** Whether a file system has more room than before; absent: the plan names none. */
  readonly room?: "gained" | "none" | "unknown";
  /** A front that answered well before the fix and does not now. */
  readonly worse: boolean;
  /** Good answers in a row. */
  readonly streak: number;
  /** New lines in the error log; absent: not known. */
  readonly log?: NewLines;
}

/** Looks before a fix: at what it is measured by afterwards. */
export async function lookBefore(line: HostLine, plan: VerificationPlan, clock: Clock): Promise<Look> {
  const [seen, log] = [await look(line, plan, clock, "short"), await markLog(line, plan)];
  return log === undefined ? seen : { ...seen, log };
}

/** Looks once. @param depth "short": fronts and unit only; "full": the backend itself and the listeners too */
export async function look(
  line: HostLine,
  plan: VerificationPlan,
  clock: Clock,
  depth: "short" | "full",
): Promise<Look> {
  const commands: Command[] = plan.fronts.map((p, i) => frontCommand(p, `front-${i}`));
  if (plan.unit !== undefined) commands.push(unitCommand(plan.unit, "unit"));
  if (plan.room !== undefined) commands.push(roomCommand(plan.room, "room"));
  if (depth === "full" && plan.target !== null) {
    const direct = directCommand(plan, "direct");
    if (direct !== undefined) commands.push(direct);
    commands.push(listenCommand(plan.target, "listen"));
  }
  const results = new Map((commands.length === 0 ? [] : await line.wave(commands)).map((r) => [r.id, r]));
  const room = readRoom(results.get("room"));
  return {
    ...(room === undefined ? {} : { room }),
    at: clock.now(),
    fronts: plan.fronts.map((probe, i) => {
      const answer = readAnswer(results.get(`front-${i}`));
      return { probe, answer, good: isGood(probe, answer) };
    }),
    unit: readUnit(results.get("unit")),
    direct: results.has("direct") ? readAnswer(results.get("direct")) : undefined,
    listening: plan.target === null ? undefined : readListening(results.get("listen"), plan.target),
  };
}

function allWell(l: Look, plan: VerificationPlan, before: Look | undefined): boolean {
  if (roomVerdict(plan, before, l) === "none") return false;
  if (l.fronts.some((f) => f.good !== true)) return false;
  return plan.unit === undefined || l.unit === undefined || l.unit.active === "active";
}

function sameLife(a: UnitState, b: UnitState): boolean {
  return a.pid === b.pid && a.restarts === b.restarts;
}

function unitVerdict(plan: VerificationPlan, first: Look | undefined, last: Look): Verified["unit"] {
  if (plan.unit === undefined) return "none";
  if (last.unit === undefined) return "unknown";
  if (first?.unit !== undefined && !sameLife(first.unit, last.unit)) return "restarted";
  if (last.unit.active !== "active") return "down";
  return first?.unit === undefined ? "unknown" : "stable";
}

/**
 * Checks after a fix that the symptom is gone: waits settleMs, asks through nginx every everyMs until `successes`
 * rounds in a row were good or withinMs have passed, then watches the unit for stableMs and looks once more at all.
 * @param before the look taken before the fix; undefined after a crash
 * @param patience "once" when a command has failed already and waiting would mend nothing
 */
export async function verifyFix(
  line: HostLine,
  plan: VerificationPlan,
  clock: Clock,
  before: Look | undefined,
  patience: "full" | "once" = "full",
): Promise<Verified> {
  if (patience === "full") await clock.wait(plan.settleMs);
  const deadline = clock.now() + (patience === "full" ? plan.withinMs : 0);
  const blind = plan.fronts.length === 0 && plan.unit === undefined && plan.room === undefined;
  const wanted = blind || patience === "once" ? 1 : plan.successes;
  let streak = 0;
  let first: Look | undefined;
  let anchor: Look | undefined;
  for (;;) {
    const l = await look(line, plan, clock, "short");
    first ??= l;
    if (allWell(l, plan, before)) {
      anchor = streak === 0 || changed(anchor, l) ? l : anchor;
      streak = anchor === l ? 1 : streak + 1;
    } else streak = 0;
    // On a slow host a row of good answers that began in time may end after the deadline.
    const begunInTime = streak > 0 && anchor !== undefined && anchor.at <= deadline;
    if (streak >= wanted || (clock.now() + plan.everyMs > deadline && !begunInTime)) break;
    await clock.wait(plan.everyMs);
  }
  const reached = streak >= wanted;
  const well = reached ? await markLog(line, plan) : undefined;
  if (reached && anchor !== undefined) await clock.wait(Math.max(0, anchor.at + plan.stableMs - clock.now()));
  const after = await look(line, plan, clock, "full");
  const log = await newLines(line, plan, before?.log, well);
  return {
    plan,
    before,
    after,
    streak,
    symptom: symptomOf(after, reached),
    unit: unitVerdict(plan, reached ? anchor : first, after),
    worse: isWorse(before, after),
    ...roomOf(plan, before, after),
    ...(log === undefined ? {} : { log }),
  };
}

/** Less than this, in kB, is the noise of a host that works. */
const LEAST_KB = 1024;

/** Whether one of the file systems has more room; without a look before it cannot be told. */
function roomVerdict(
  plan: VerificationPlan,
  before: Look | undefined,
  now: Look,
): NonNullable<Verified["room"]> | undefined {
  if (plan.room === undefined) return undefined;
  if (before?.room === undefined || now.room === undefined) return "unknown";
  const then = new Map(before.room.map((r) => [r.mount, r.freeKb]));
  return now.room.some((r) => r.freeKb >= (then.get(r.mount) ?? r.freeKb) + LEAST_KB) ? "gained" : "none";
}

function roomOf(plan: VerificationPlan, before: Look | undefined, after: Look): Pick<Verified, "room"> {
  const room = roomVerdict(plan, before, after);
  return room === undefined ? {} : { room };
}

/** A unit that was restarted between two good rounds begins its row again. */
function changed(anchor: Look | undefined, l: Look): boolean {
  return anchor?.unit !== undefined && l.unit !== undefined && !sameLife(anchor.unit, l.unit);
}

function symptomOf(after: Look, reached: boolean): Verified["symptom"] {
  if (after.fronts.length === 0) return "unknown";
  if (after.fronts.some((f) => f.good === false)) return "there";
  if (after.fronts.some((f) => f.good === undefined)) return "unknown";
  return reached ? "gone" : "there";
}

/** True when a front answered well before and badly now. */
function isWorse(before: Look | undefined, after: Look): boolean {
  if (before === undefined) return false;
  return after.fronts.some((f, i) => f.good === false && before.fronts[i]?.good === true);
}
