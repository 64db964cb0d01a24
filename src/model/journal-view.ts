import type { z } from "zod";
import type { AppLog } from "../parsers/app-log.ts";
import { eventsOf, type JournalEvent } from "../parsers/journal-events.ts";
import type { Journal, JournalEntry } from "../parsers/journal.ts";
import { type FactSet, known } from "./facts.ts";
import type { LogFacts } from "./service-schema.ts";
import type { Service } from "./service.ts";
import { fromFiles, joined, type ServiceLog } from "./service-log.ts";
import type { Peer } from "./topology.ts";
import { lastStart, lastError } from "./log-words.ts";

export interface Journals {
  /** True when its log says that the peer's port was taken when it wanted to listen. */
  wanted(key: string, peer: Peer, named: boolean): boolean;
  /** undefined: its journal was not read. */
  of(service: Service): ServiceLog | undefined;
  /** True when its log says that it listened for the peer at some time. */
  listened(key: string, peer: Peer): boolean;
}

/** The journals and log files that were read, by service. */
export function journals(facts: FactSet, nowMs: number, zoneMinutes: number | undefined): Journals {
  const byKey = new Map<string, ServiceLog>();
  for (const fact of facts.all<Journal>("journal", "journal-more")) {
    const unit = fact.argv.find((w) => w.startsWith("--unit="))?.slice("--unit=".length);
    if (unit === undefined || (fact.value.entries.length === 0 && fact.value.partial)) continue;
    byKey.set(`systemd:${unit}`, {
      entries: fact.value.entries,
      events: eventsOf(fact.value.entries),
      result: fact.id,
      partial: fact.value.partial,
    });
  }
  // A search by port finds lines of units nobody asked about: enough to know that they listened there.
  for (const fact of facts.all<Journal>("journal-port")) {
    for (const unit of new Set(fact.value.entries.map((e) => e.unit))) {
      if (unit === undefined || byKey.has(`systemd:${unit}`)) continue;
      const entries = fact.value.entries.filter((e) => e.unit === unit);
      byKey.set(`systemd:${unit}`, { entries, events: eventsOf(entries), result: fact.id, partial: true });
    }
  }
  const files = facts
    .all<AppLog>("app-logs", "container-logs")
    .map((f) => ({ path: f.argv.at(-1) ?? "", id: f.id, log: f.value }));
  return {
    of: (service) => {
      const file = fromFiles(service, files, nowMs, zoneMinutes);
      const journal = joined(byKey.get(service.key), ofInstances(service, byKey));
      // What systemd says of a unit stands in the journal alone.
      if (journal === undefined && service.unit !== undefined) return file && { ...file, partial: true };
      return joined(journal, file);
    },
    wanted: (key, peer, named) =>
      (byKey.get(key)?.events ?? []).some(
        (e) =>
          e.kind === "address-in-use" &&
          nowMs - e.at < 3_600_000 &&
          (listenedFor(e, peer) || (named && e.port === undefined && e.path === undefined)),
      ),
    listened: (key, peer) =>
      (byKey.get(key)?.events ?? []).some((e) => e.kind === "listening" && listenedFor(e, peer)),
  };
}

/** What a socket unit with Accept=yes starts for each connection, NAME@….service: their logs are its own (systemd.socket(5)). */
function ofInstances(service: Service, byKey: ReadonlyMap<string, ServiceLog>): ServiceLog | undefined {
  const name = /^(.+)\.socket$/.exec(service.unit?.id ?? "")?.[1];
  // One that does not listen starts nothing: its own log says why.
  if (name === undefined || service.unit?.activeState !== "active") return undefined;
  const logs = [...byKey].flatMap(([key, log]) => (key.startsWith(`systemd:${name}@`) ? [log] : []));
  const [first] = logs;
  if (first === undefined) return undefined;
  const byTime = (a: { readonly at: number }, b: { readonly at: number }): number => a.at - b.at;
  return {
    entries: logs.flatMap(({ entries }) => entries).toSorted(byTime),
    events: logs.flatMap(({ events }) => events).toSorted(byTime),
    result: first.result,
    // Others were there before, whose logs nobody read.
    partial: true,
  };
}

function listenedFor(e: JournalEvent, peer: Peer): boolean {
  if (peer.kind === "unix") return e.path === peer.path;
  return e.port === peer.port;
}

/** How an attempt to start a unit ended, or that it began. */
const ATTEMPTS = new Set<JournalEvent["kind"]>([
  "starting",
  "started",
  "start-failed",
  "condition-failed",
  "dependency-failed",
]);

const FAILING = new Set(["failed", "activating", "deactivating"]);
/** A crash loop's last attempts; what came before is another story. */

const ATTEMPTS_MS = 10 * 60_000;

/** The part of the log that is about the service's present life. */
function present(
  service: Service,
  log: ServiceLog,
  nowMs: number,
): { readonly entries: readonly JournalEntry[]; readonly events: readonly JournalEvent[] } {
  const unit = service.unit;
  if (!unit) return log;
  const last = log.entries.at(-1)?.at ?? nowMs;
  const started = log.events.findLast((e) => e.kind === "started" || e.kind === "starting")?.at;
  const since =
    FAILING.has(unit.activeState ?? "") || (unit.nRestarts ?? 0) > 0
      ? last - ATTEMPTS_MS
      : ((unit.activeState === "active" ? (unit.execMainStartAt ?? unit.activeEnterAt) : started) ??
          last - ATTEMPTS_MS) - 1500;
  return {
    entries: log.entries.filter((e) => e.at >= since),
    events: log.events.filter((e) => e.at >= since),
  };
}

/** The facts of a service's own log. */
export function logFacts(
  service: Service,
  all: Journals,
  nowMs: number,
  listening: (address: string, port: number) => boolean | undefined,
  requiredFailed?: string,
): z.infer<typeof LogFacts> {
  const log = all.of(service);
  if (!log) return { seen: false };
  const { entries, events } = present(service, log, nowMs);
  const has = (...kinds: JournalEvent["kind"][]): boolean => events.some((e) => kinds.includes(e.kind));
  const lastAttempt = log.events.findLast((e) => ATTEMPTS.has(e.kind));
  const inUse = events.findLast((e) => e.kind === "address-in-use");
  const dependency = events.findLast(
    (e) => e.kind === "dependency-refused" || e.kind === "dependency-unresolved",
  );
  // systemd says that a required unit failed, not which: the unit's own Requires= tells.
  const required =
    lastAttempt?.kind === "dependency-failed" && service.unit?.activeState !== "active"
      ? (requiredFailed ?? "a unit it requires")
      : undefined;
  const step = events.findLast(
    (e) => e.kind === "exec-step-failed" || e.kind === "env-file-missing" || e.kind === "unit-invalid",
  );
  const dependencyName =
    dependency &&
    (dependency.address !== undefined && dependency.port !== undefined
      ? `${dependency.address}:${dependency.port}`
      : (dependency.address ?? dependency.name));
  const down =
    dependency?.port === undefined
      ? dependency?.kind === "dependency-unresolved"
      : listening(dependency.address ?? "127.0.0.1", dependency.port) === false;
  const facts: { [K in keyof z.infer<typeof LogFacts>]: z.infer<typeof LogFacts>[K] | undefined } = {
    seen: !log.partial,
    kinds: [...new Set(events.map((e) => e.kind))],
    lastError: lastError(entries, events),
    addressInUse: inUse !== undefined,
    addressInUsePort: inUse?.port,
    exits:
      events.filter((e) => e.kind === "main-exited" || e.kind === "failed").length > 0
        ? Math.max(
            events.filter((e) => e.kind === "main-exited").length,
            events.filter((e) => e.kind === "scheduled-restart").length,
          )
        : 0,
    startLimit: has("start-limit"),
    skipped: lastAttempt?.kind === "condition-failed" ? lastAttempt.message.slice(0, 300) : undefined,
    oomKilled: has("oom-killed"),
    heapOom: has("heap-oom"),
    segfault: has("segfault"),
    permissionDenied: has("permission-denied"),
    missingModule: has("module-not-found"),
    missingFile: has("file-not-found"),
    dependencyFailed: required !== undefined || dependency !== undefined,
    dependencyRefused: required ?? dependencyName,
    dependencyDown: required !== undefined || (dependency ? down : false),
    execStep: step?.message.replace(/^\S+: /, "").slice(0, 200),
    workerTimeout: has("gunicorn-worker-timeout"),
    harakiri: has("uwsgi-harakiri"),
    maxChildren: has("fpm-max-children", "listen-queue-full"),
    slowScript: has("fpm-slow"),
    initFailed: has("fpm-init-failed"),
    terminateTimeout: has("fpm-terminate-timeout"),
    childSignal: has(
      "worker-died",
      "fpm-child-signal",
      "gunicorn-worker-signal",
      "gunicorn-worker-exited",
      "uwsgi-worker-died",
    ),
    disallowedClient: has("fpm-client-disallowed"),
    requestTooBig: has("uwsgi-block-size"),
    wrongProtocol: has("uwsgi-modifier", "gunicorn-invalid-request"),
    unhandled: has("uwsgi-empty-response", "uwsgi-no-app"),
    tooManyFiles: has("too-many-open-files"),
    listening: [
      ...new Set(
        events
          .filter((e) => e.kind === "listening")
          .map((e) => e.path ?? `${e.address ?? ""}:${e.port ?? ""}`),
      ),
    ],
    served: events.slice(lastStart(events) + 1).some((e) => e.kind === "listening"),
    leftOver: has("left-over-process", "remains-running"),
    stackTrace: has("traceback", "exception"),
    spanS:
      entries.length > 1 ? Math.round(((entries.at(-1)?.at ?? 0) - (entries[0]?.at ?? 0)) / 1000) : undefined,
  };
  return known(log.partial ? said(facts) : facts);
}

/** Of a log that was read in part, what it says; that it does not say the rest is not known. */
function said(facts: z.infer<typeof LogFacts>): z.infer<typeof LogFacts> {
  return Object.fromEntries(
    Object.entries(facts).filter(
      ([key, value]) =>
        key === "seen" || !(value === false || value === 0 || (Array.isArray(value) && value.length === 0)),
    ),
  );
}
