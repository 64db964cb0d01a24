import type { z } from "zod";
import type { JournalEntry } from "../parsers/journal.ts";
import type { Unit } from "../parsers/systemctl-show.ts";
import { isLoopback } from "./addresses.ts";
import { known } from "./facts.ts";
import type { Journals } from "./journal-view.ts";
import type { ProcessTable } from "./process-table.ts";
import type { AppFacts, ContainerFacts, UnitFacts } from "./service-schema.ts";
import type { Service } from "./service.ts";
import type { Services } from "./services.ts";
import { endOf } from "./unit-end.ts";

const CODES = { exited: 1, killed: 2, dumped: 3 } as const;

/** A unit's facts as rules name them. Ages in seconds by the host's clock. */
export function unitFacts(
  service: Service,
  all: Services,
  table: ProcessTable,
  logs: Journals,
  nowMs: number,
  boot: Boot,
  people: readonly PersonalCommand[] = [],
  files?: readonly string[],
): z.infer<typeof UnitFacts> {
  const unit = service.unit;
  if (!unit) return {};
  const ago = (at: number | undefined): number | undefined =>
    at === undefined || at <= 0 ? undefined : Math.max(0, Math.round((nowMs - at) / 1000));
  const log = logs.of(service);
  const lived = (log?.events ?? [])
    .filter((e) => e.kind === "started" || e.kind === "stopped" || e.kind === "deactivated")
    .map((e) => sameBoot(e.at, e.bootId, boot));
  const startedThisBoot =
    (unit.execMainStartMonotonicUs ?? 0) > 0 || (unit.activeEnterAt ?? 0) > 0 || lived.includes(true)
      ? true
      : lived.includes(undefined)
        ? undefined
        : false;
  const stop = stopOf(unit, log?.events ?? [], people);
  const sockets = unit.triggeredBy.map((id) => all.units.get(id)).filter((u) => u !== undefined);
  return known<z.infer<typeof UnitFacts>>({
    id: unit.id,
    loadState: unit.loadState,
    activeState: unit.activeState,
    subState: unit.subState,
    unitFileState: unit.unitFileState,
    result: unit.result,
    endedBy: endOf(unit),
    mainPid: unit.mainPid,
    exitCode: unit.execMainCode === undefined ? 0 : CODES[unit.execMainCode],
    exitStatus: unit.execMainStatus,
    restarts: unit.nRestarts,
    startedAgoS: ago(unit.execMainStartAt ?? unit.activeEnterAt),
    stoppedAgoS: ago(unit.inactiveEnterAt ?? stop?.at),
    everStarted:
      (unit.execMainStartMonotonicUs === undefined || log === undefined || log.partial) &&
      startedThisBoot !== true
        ? undefined
        : startedThisBoot,
    enabled: enabledOf(unit, sockets),
    installable:
      unit.unitFileState === undefined
        ? undefined
        : ["enabled", "disabled", "enabled-runtime", "indirect"].includes(unit.unitFileState),
    needDaemonReload: unit.needDaemonReload,
    canReload: unit.canReload,
    restartPolicy: unit.restart,
    triggeredBy: [...unit.triggeredBy],
    socketState: sockets[0]?.activeState ?? (unit.triggeredBy.length === 0 ? undefined : "unknown"),
    processesLeft: table.seen ? table.all.some((p) => p.unit === unit.id) : undefined,
    memoryMaxBytes: unit.memoryMax,
    memoryBytes: unit.memoryCurrent,
    // A mask is a link in /etc or /run: what would run stands in another folder.
    fileBelowMask: files === undefined ? undefined : files.some((f) => !/^\/(etc|run)\//.test(f)),
    user: unit.user,
    runtimeDir:
      unit.properties["RuntimeDirectory"] === undefined ? undefined : unit.runtimeDirectory.join(" "),
    type: unit.type,
    ending: unit.activeState === "deactivating" ? unit.subState : undefined,
    conflicts: conflictsOf(unit, all).join(", ") || undefined,
    requiredFailed: requiredFailed(service, all),
    stoppedBy: stop?.by ?? (unit.activeState === "inactive" ? "an unknown hand" : undefined),
    stoppedByPerson: stop ? stop.person && nowMs - stop.at < PERSON_MS : undefined,
  });
}

/** Running units that cannot run beside this one: a start of it would stop them. */
function conflictsOf(unit: Unit, all: Services): string[] {
  const named = ["Conflicts", "ConflictedBy"].flatMap((key) => (unit.properties[key] ?? "").split(/\s+/));
  return named.filter((id) => ["active", "activating"].includes(all.units.get(id)?.activeState ?? ""));
}

/** A unit that must be there for this one, and has failed. */
export function requiredFailed(service: Service, all: Services): string | undefined {
  return service.unit?.requires.find((id) => all.units.get(id)?.activeState === "failed");
}

/** The present boot: its id where it was read, and when it began. */
export interface Boot {
  readonly id: string | undefined;
  readonly atMs: number | undefined;
}

function sameBoot(at: number, bootId: string | undefined, boot: Boot): boolean | undefined {
  if (boot.id !== undefined && bootId !== undefined) return bootId === boot.id;
  if (boot.atMs === undefined) return false;
  // Ages are whole seconds: what was logged at the boot's own moment may be of the life before it.
  return Math.abs(at - boot.atMs) < 3000 ? undefined : at > boot.atMs;
}

function enabledOf(unit: Unit, sockets: readonly Unit[]): boolean | undefined {
  if (unit.unitFileState === undefined) return undefined;
  return (
    ["enabled", "enabled-runtime", "static", "alias", "generated"].includes(unit.unitFileState) ||
    sockets.some((s) => s.unitFileState === "enabled")
  );
}

/** A stop by hand counts as somebody's intention for so long. */
const PERSON_MS = 30 * 60_000;

/** A command somebody ran through sudo, from the journal of sudo. */
export interface PersonalCommand {
  readonly at: number;
  readonly by: string;
  readonly command: string;
}

/** Who did what with sudo lately: "ops : TTY=pts/0 ; PWD=/home/ops ; USER=root ; COMMAND=/usr/bin/systemctl stop shop". */
export function personalCommands(entries: readonly JournalEntry[]): PersonalCommand[] {
  return entries.flatMap((e) => {
    const match = /^\s*(\S+) : .*?COMMAND=(.*)$/.exec(e.message);
    // Who reads a log changes nothing; the bot itself looks for these words.
    if (match === null || /^\S*journalctl\b/.test(match[2] ?? "")) return [];
    return [{ at: e.at, by: match[1] ?? "", command: match[2] ?? "" }];
  });
}

function stopOf(
  unit: Unit,
  events: readonly { readonly kind: string; readonly at: number }[],
  people: readonly PersonalCommand[],
): { at: number; by: string; person: boolean } | undefined {
  const stopping = events.findLast((e) => e.kind === "stopping");
  if (!stopping || unit.activeState === "active") return undefined;
  const name = unit.id.replace(/\.service$/, "");
  const who = people.findLast(
    (p) =>
      Math.abs(p.at - stopping.at) < 15_000 &&
      /\b(stop|disable|kill|mask)\b/.test(p.command) &&
      p.command.includes(name),
  );
  return {
    at: stopping.at,
    by: who ? `${who.by} (sudo ${who.command.slice(0, 80)})` : "a stop request",
    person: who !== undefined,
  };
}

/** pm2's application as rules name it. */
export function appFacts(service: Service, nowMs: number): z.infer<typeof AppFacts> {
  const pm2 = service.app;
  if (!pm2) return {};
  const app = pm2.app;
  const upS =
    app?.startedAt === undefined ? undefined : Math.max(0, Math.round((nowMs - app.startedAt) / 1000));
  const status = pm2.daemon === true && app?.status !== "unknown" ? app?.status : undefined;
  const restarting =
    status === "waiting restart" || (status === "online" && (app?.restarts ?? 0) >= 3 && (upS ?? 999) < 15);
  return known<z.infer<typeof AppFacts>>({
    name: service.name,
    status,
    restarts: app?.restarts,
    unstableRestarts: app?.unstableRestarts,
    upS,
    exitCode: app?.exitCode,
    user: pm2.user,
    home: pm2.home,
    userHome: /^(\/.+)\/\.pm2$/.exec(pm2.home)?.[1],
    path: pm2.path,
    pid: app?.pid,
    mode: app?.execMode,
    daemon: pm2.daemon,
    dumped: pm2.dumped,
    saves: pm2.saves === undefined ? undefined : [...pm2.saves],
    drops: pm2.drops === undefined ? undefined : [...pm2.drops],
    bootUnit: pm2.bootUnit?.id,
    bootUnitState: pm2.bootUnit?.unitFileState ?? "not installed",
    script: app?.execPath,
    interpreter: app?.interpreter,
    crashing: status === undefined ? undefined : restarting,
  });
}

/** True when what `ss` names, as "0.0.0.0:3000", takes what docker forwards to the port: not on loopback alone. */
function takes(at: string, port: number): boolean {
  return at.endsWith(`:${port}`) && !isLoopback(at.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""));
}

/** A container as rules name it, with regard to the port nginx asks. */
export function containerFacts(
  service: Service,
  port: number | undefined,
  address: string | undefined,
  inside: readonly string[] | undefined,
  nowMs: number,
): z.infer<typeof ContainerFacts> {
  const c = service.container;
  if (!c) return {};
  return known<z.infer<typeof ContainerFacts>>({
    name: c.name,
    state: c.state,
    exitCode: c.exitCode,
    restarts: c.restarts,
    restartPolicy: c.restartPolicy,
    oomKilled: c.oomKilled,
    paused: c.paused,
    health: c.health,
    startedAgoS:
      c.startedAt === undefined ? undefined : Math.max(0, Math.round((nowMs - c.startedAt) / 1000)),
    published: c.published.map((p) => `${p.address}:${p.port}->${p.inside}`),
    inside: inside === undefined ? undefined : [...inside],
    listensWhereForwarded:
      inside === undefined || port === undefined
        ? undefined
        : c.published.some((p) => p.port === port && inside.some((at) => takes(at, p.inside))),
    networks: c.networks.map((n) => n.name),
    addresses: c.networks.map((n) => n.address).filter((a) => a !== ""),
    project: c.project,
    service: c.service,
    composeFile: c.composeFile,
    composeDir: c.composeDir,
    portPublished: port === undefined ? undefined : c.published.some((p) => p.port === port),
    addressMatches: address === undefined ? undefined : c.networks.some((n) => n.address === address),
  });
}
