import { type JournalEvent } from "../parsers/journal-events.ts";
import type { JournalEntry } from "../parsers/journal.ts";

/** Where its present life begins; -1 when the log does not say. */
export function lastStart(events: readonly JournalEvent[]): number {
  return events.findLastIndex((e) => e.kind === "started" || e.kind === "stopped");
}

const TELLING = new Set<JournalEvent["kind"]>([
  "address-in-use",
  "address-not-available",
  "permission-denied",
  "module-not-found",
  "file-not-found",
  "missing-env",
  "syntax-error",
  "dependency-refused",
  "dependency-unresolved",
  "heap-oom",
  "segfault",
  "too-many-open-files",
  "no-space",
  "exception",
  "gunicorn-boot-failed",
  "exec-step-failed",
  "env-file-missing",
  "unit-invalid",
  "fpm-init-failed",
  "oom-killed",
  "migration-pending",
  "dependency-failed",
  "condition-failed",
]);

const ERRORLIKE =
  /error|exception|fatal|fail|cannot|unable|denied|refused|missing|not found|invalid|panic|abort/i;

function tellsMore(a: JournalEvent, b: JournalEvent): JournalEvent {
  const words = (e: JournalEvent): number => e.message.split("\n")[0]?.trim().split(/\s+/).length ?? 0;
  return words(b) >= words(a) ? b : a;
}

/** The line that says why: a known event's, else the last that looks like an error, else the application's last word. */
export function lastError(
  entries: readonly JournalEntry[],
  events: readonly JournalEvent[],
): string | undefined {
  const last = events.findLast((e) => TELLING.has(e.kind));
  // Node and Python print one error on several lines: "Error: listen EADDRINUSE: …" and then "  code: 'EADDRINUSE',".
  const event = last && events.filter((e) => e.kind === last.kind && last.at - e.at < 1000).reduce(tellsMore);
  if (event) return event.message.split("\n")[0]?.slice(0, 300);
  const own = entries.filter((e) => e.identifier !== "systemd" && e.pid !== 1);
  const line =
    own.findLast((e) => ERRORLIKE.test(e.message)) ??
    entries.findLast((e) => /exited|failed/i.test(e.message)) ??
    own.at(-1);
  return line?.message
    .split("\n")
    .find((l) => l.trim() !== "")
    ?.slice(0, 300);
}
