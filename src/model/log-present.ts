import type { NginxProcess } from "../parsers/ps-roles.ts";
import { kindOf } from "./log-kind.ts";
import type { LogLine, LogView } from "./log-view.ts";

/** Failures that nginx's own settings decide, and those that its limits at its start decide, too. */
const BY_SETTINGS = new Set(["too-big-header", "worker-connections", "no-files"]);
const BY_START = new Set(["no-files"]);

/** A reload this soon after a change was made for it, seconds. */
const FOR_CHANGE_S = 120;

/**
 * The log without what a former configuration is to blame for: what fitted none of its buffers and limits was not tried
 * with those of the present one.
 * @param changedAt when the newest change of the configuration in force was made, epoch seconds; undefined: not seen
 */
export function ofPresent(
  view: LogView,
  processes: readonly NginxProcess[],
  changedAt: number | undefined,
  nowS: number,
): LogView {
  const workers = processes.filter((p) => p.role === "worker");
  const masters = processes.filter((p) => p.role === "master").map((p) => p.ageSeconds);
  const startedAt = masters.length === 0 ? -Infinity : nowS - Math.max(...masters);
  const ages = workers.filter((w) => !w.shuttingDown).map((w) => w.ageSeconds);
  const began = ages.length === 0 ? -Infinity : nowS - Math.max(...ages);
  const forChange = changedAt !== undefined && began - changedAt <= FOR_CHANGE_S;
  const former = (line: LogLine): boolean => {
    const kind = kindOf(line.record);
    if (BY_START.has(kind) && line.at < startedAt) return true;
    if (!BY_SETTINGS.has(kind) || changedAt === undefined) return false;
    return line.at < changedAt || (forChange && isOfFormer(line, workers, nowS));
  };
  return { ...view, lines: view.lines.filter((line) => !former(line)) };
}

/**
 * True when a line is of the configuration before: it was logged before nginx's workers began. Log and processes tell
 * seconds only: in the second of a reload it is the worker that logged the line that tells, and one that was busy with
 * its last requests may log later still.
 */
export function isOfFormer(
  { record, at }: LogLine,
  workers: readonly Pick<NginxProcess, "pid" | "ageSeconds" | "shuttingDown">[],
  nowS: number,
): boolean {
  const current = workers.filter((w) => !w.shuttingDown);
  if (workers.some((w) => w.shuttingDown && w.pid === record.pid)) return true;
  if (current.length === 0) return false;
  const beganS = nowS - Math.min(...current.map((w) => w.ageSeconds));
  if (at < beganS - 1) return true;
  return at <= beganS + 1 && !current.some((w) => w.pid === record.pid);
}
