import type { NginxProcess } from "../parsers/ps-roles.ts";
import type { Stat } from "../parsers/stat.ts";
import type { FactSet } from "./facts.ts";
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
 */
export function ofPresent(
  view: LogView,
  processes: readonly NginxProcess[],
  facts: FactSet,
  nowS: number,
): LogView {
  const workers = processes.filter((p) => p.role === "worker");
  const masters = processes.filter((p) => p.role === "master").map((p) => p.ageSeconds);
  const startedAt = masters.length === 0 ? -Infinity : nowS - Math.max(...masters);
  const ages = workers.filter((w) => !w.shuttingDown).map((w) => w.ageSeconds);
  const began = ages.length === 0 ? -Infinity : nowS - Math.max(...ages);
  const changedAt = changedBefore(began, facts);
  const forChange = changedAt !== undefined && began - changedAt <= FOR_CHANGE_S;
  const former = (line: LogLine): boolean => {
    const kind = kindOf(line.record);
    if (BY_START.has(kind) && line.at < startedAt) return true;
    if (!BY_SETTINGS.has(kind) || changedAt === undefined) return false;
    return line.at < changedAt || (forChange && isOfFormer(line, workers, nowS));
  };
  return { ...view, lines: view.lines.filter((line) => !former(line)) };
}

/** When the newest change was made that workers which began then have loaded, epoch seconds; undefined: not seen. */
function changedBefore(began: number, facts: FactSet): number | undefined {
  const changes = facts
    .all<Stat>("config-ages")
    .flatMap((f) => f.value.files)
    .flatMap(({ mtime }) => (mtime !== undefined && mtime <= began + 1 ? [mtime] : []));
  return changes.length === 0 ? undefined : Math.max(...changes);
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
