import type { z } from "zod";
import type { Journal } from "../parsers/journal.ts";
import { isInJournal } from "../parsers/nginx-logs.ts";
import type { Stat } from "../parsers/stat.ts";
import { type FactSet, known } from "./facts.ts";
import { programOf, type Listeners } from "./listeners.ts";
import type { LogView } from "./log-view.ts";
import { reloadFacts } from "./nginx-reload.ts";
import type { NginxView } from "./nginx-view.ts";
import { statusFacts } from "./status-pages.ts";
import type { ProcessTable } from "./process-table.ts";
import type { NginxFacts } from "./host-schema.ts";
import type { Services } from "./services.ts";

/** nginx itself: is it there, what does it run, is what it runs what is on disk. */
export function nginxFacts(
  view: NginxView,
  facts: FactSet,
  services: Services,
  listeners: Listeners,
  table: ProcessTable,
  log: LogView,
  nowS: number,
): z.infer<typeof NginxFacts> {
  const processes = view.processes;
  const masters = processes?.filter((p) => p.role === "master" && !p.old) ?? [];
  const workers = processes?.filter((p) => p.role === "worker" && !p.shuttingDown) ?? [];
  const host = masters.filter((m) => table.byPid.get(m.pid)?.containerId === undefined);
  const master = host[0] ?? masters[0];
  const unit = unitOf(master?.pid, services, table);
  const youngest = Math.min(...workers.map((w) => w.ageSeconds));
  const pending = Number.isFinite(youngest) ? pendingFiles(facts, nowS - youngest) : undefined;
  const links = facts.results("nginx-netns").find((r) => r.end === "exited");
  const net = links ? [...links.stdout.matchAll(/net:\[(\d+)\]/g)].map((m) => m[1]) : [];
  const ports = new Set(
    (view.routes?.servers ?? []).flatMap((s) => s.listens.map((l) => l.port)).filter((p) => p !== undefined),
  );
  const taken = listeners.all.find(
    (l) => l.tcp && ports.has(l.tcp.port) && l.process !== undefined && !isNginx(l.process.args),
  );
  const emerg = log.lines.findLast((l) => l.record.level === "emerg" && nowS - l.at < 86_400);
  const test = view.test;
  const reload = reloadFacts(view, log, listeners, nowS);
  return known<z.infer<typeof NginxFacts>>({
    running: processes === undefined ? undefined : masters.length > 0,
    masters: processes === undefined ? undefined : masters.length,
    workers: processes === undefined ? undefined : workers.length,
    user:
      workers.find((w) => w.user !== "root")?.user ??
      view.routes?.main.user ??
      view.build?.user ??
      (facts.result("os")?.stdout.includes("debian") ? "www-data" : undefined),
    version: view.build?.version,
    flavour: master?.flavour ?? view.build?.flavour,
    unit: unit?.id,
    unitState: unit?.activeState,
    configTest: test === undefined || test.ok === undefined ? undefined : test.ok ? "ok" : "failed",
    configError: test?.ok === false ? test.emerg?.message.replace(/ \(SSL: .*$/, "") : undefined,
    configFile: test?.ok === false ? test.emerg?.file : undefined,
    configLine: test?.ok === false ? test.emerg?.line : undefined,
    configPending: pending === undefined ? undefined : pending.some((f) => f.sure),
    pendingFiles: pending?.map((f) => f.path),
    ...reload,
    // What ends in a reload is offered only then.
    reloadable:
      test?.ok === undefined ? undefined : test.ok && unit !== undefined && reload.reloadHolder === undefined,
    inContainer: master ? table.byPid.get(master.pid)?.containerId !== undefined : undefined,
    netnsDiffers: net.length >= 2 ? net[0] !== net[1] : undefined,
    listening:
      listeners.tcpSeen && ports.size > 0
        ? listeners.all.some((l) => l.tcp !== undefined && ports.has(l.tcp.port))
        : undefined,
    blindLog: blindLog(view, facts),
    logDeleted: deletedLog(facts),
    workerCrashes: log.seen
      ? log.lines.filter((l) => l.record.class === "worker-exited" && nowS - l.at < 900).length
      : undefined,
    noSpaceErrors: log.seen
      ? log.lines.filter((l) => l.record.errno === 28 && nowS - l.at < 900).length
      : undefined,
    ...statusFacts(facts),
    workerConnections: view.routes?.main.workerConnections,
    ...mainPlaces(view),
    openFilesLimit: openFilesLimit(facts),
    ...tempDir(log, facts, nowS),
    oldMaster: processes === undefined ? undefined : processes.some((p) => p.role === "master" && p.old),
    portOwner: taken
      ? (programOf(taken) ?? "another process")
      : listeners.tcpSeen && ports.size > 0
        ? ""
        : undefined,
    emerg: emerg?.record.message.slice(0, 300),
  });
}

/** Where the main block may be edited. */
function mainPlaces(view: NginxView): Partial<z.infer<typeof NginxFacts>> {
  const { at, rlimitAt, connectionsAt } = view.routes?.main ?? {};
  return {
    mainFile: at?.file,
    mainLine: at?.line,
    mainWord: at?.text,
    rlimitFile: rlimitAt?.file,
    rlimitLine: rlimitAt?.line,
    rlimit: rlimitAt?.text,
    connectionsFile: connectionsAt?.file,
    connectionsLine: connectionsAt?.line,
  };
}

/** The temp folder that the log says was refused; the folders of its levels are made anew by nginx's user. */
function tempDir(log: LogView, facts: FactSet, nowS: number): Partial<z.infer<typeof NginxFacts>> {
  const refused = log.lines.findLast(
    ({ record, at }) => record.class === "temp-file-failed" && record.errno === 13 && nowS - at < 900,
  );
  const path = /^(\/.*?)(?:\/\d{1,2}){0,3}\/\d{10}$/.exec(refused?.record.subject ?? "")?.[1];
  if (path === undefined) return {};
  const seen = facts
    .results("temp-dir")
    .find((r) => r.end === "exited" && r.exitCode === 0 && r.argv.at(-1) === path);
  return { tempDir: path, tempDirOwner: seen?.stdout.trim() };
}

function openFilesLimit(facts: FactSet): number | undefined {
  const limits = facts.results("worker-limits").find((r) => r.end === "exited" && r.exitCode === 0)?.stdout;
  const soft = /^Max open files\s+(\d+)/m.exec(limits ?? "")?.[1];
  return soft === undefined ? undefined : Number(soft);
}

export function isNginx(args: string): boolean {
  return /^(nginx|angie|openresty|freenginx|tengine): /.test(args);
}

function unitOf(
  pid: number | undefined,
  services: Services,
  table: ProcessTable,
): { id: string; activeState?: string | undefined } | undefined {
  const named = pid === undefined ? undefined : table.byPid.get(pid)?.unit;
  const unit =
    (named === undefined ? undefined : services.units.get(named)) ??
    ["nginx.service", "openresty.service", "angie.service", "freenginx.service"]
      .map((id) => services.units.get(id))
      .find((u) => u?.loadState === "loaded");
  return unit?.id.endsWith(".service") ? unit : undefined;
}

/** Configuration files changed after the youngest worker began: on disk, but not in force. Within a second of it is not sure. */
function pendingFiles(facts: FactSet, since: number): { path: string; sure: boolean }[] | undefined {
  const stats = facts.all<Stat>("config-ages").flatMap((f) => f.value.files);
  if (stats.length === 0) return undefined;
  return stats.flatMap((f) =>
    f.mtime !== undefined && f.mtime >= since - 1 ? [{ path: f.path, sure: f.mtime > since + 2 }] : [],
  );
}

/** Why nginx's errors may be written nowhere that was read. */
function blindLog(view: NginxView, facts: FactSet): string | undefined {
  const main = view.routes?.main.errorLogs ?? [];
  const logs = [...main, ...(view.routes?.servers ?? []).flatMap((s) => s.request.errorLogs)];
  if (logs.some((l) => l.namedOff)) return "error_log off writes to a file named off";
  if (logs.some((l) => l.path === "/dev/null")) return "error_log /dev/null";
  const quiet = logs.find((l) => ["crit", "alert", "emerg"].includes(l.level));
  if (quiet) return `error_log at level ${quiet.level}`;
  const heard = facts
    .all<Journal>("error-journal", "error-journal-again")
    .some((f) => f.value.entries.length > 0);
  const elsewhere = logs.find(
    (l) => (l.kind === "syslog" || l.kind === "stderr" || l.kind === "memory") && !(heard && isInJournal(l)),
  );
  return elsewhere ? `error_log goes to ${elsewhere.kind}` : undefined;
}

function deletedLog(facts: FactSet): boolean | undefined {
  const fds = facts.results("nginx-fds").filter((r) => r.end === "exited" && r.exitCode === 0);
  if (fds.length === 0) return undefined;
  return fds.some((r) => /-> \S*(?:error|log)\S* \(deleted\)/.test(r.stdout));
}
