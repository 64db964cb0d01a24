import type { SsTcp, TcpListener } from "../parsers/ss-tcp.ts";
import type { SsUnix, UnixSocket } from "../parsers/ss-unix.ts";
import type { FactSet } from "./facts.ts";
import { ancestry, type Placed, type ProcessTable } from "./process-table.ts";
import type { Service } from "./service.ts";
import type { Peer } from "./topology.ts";

/** A listening socket with the process and unit behind it, as far as they were seen. */
export interface Listener {
  readonly tcp?: TcpListener;
  readonly unix?: UnixSocket;
  /** "127.0.0.1:3000" or a socket's path. */
  readonly at: string;
  readonly waiting: number;
  readonly backlog: number;
  readonly pid?: number;
  readonly process?: Placed;
  readonly unit?: string;
}

export interface Listeners {
  /** False: ss could not be asked. */
  readonly tcpSeen: boolean;
  readonly unixSeen: boolean;
  readonly all: readonly Listener[];
}

export function listeners(facts: FactSet, table: ProcessTable): Listeners {
  const tcp = facts.one<SsTcp>("tcp-listeners")?.listeners;
  const unix = facts.one<SsUnix>("unix-listeners")?.sockets;
  const all = [
    ...(tcp ?? []).map((t): Listener => ({
      tcp: t,
      at: addressOf(t),
      waiting: t.recvQ,
      backlog: t.sendQ,
      ...ownerOf(t.owners, t.cgroup, table),
    })),
    ...(unix ?? [])
      .filter((u) => u.state === "LISTEN")
      .map((u): Listener => ({
        unix: u,
        at: u.path,
        waiting: u.recvQ,
        backlog: u.sendQ,
        ...ownerOf(u.owners, undefined, table),
      })),
  ];
  return { tcpSeen: tcp !== undefined, unixSeen: unix !== undefined, all };
}

function addressOf(t: TcpListener): string {
  return `${t.address.includes(":") ? `[${t.address}]` : t.address}:${t.port}`;
}

/** Of several processes that share a socket, the one whose parent does not (the master). */
function ownerOf(
  owners: readonly { readonly pid: number }[] | undefined,
  cgroup: string | undefined,
  table: ProcessTable,
): Pick<Listener, "pid" | "process" | "unit"> {
  const pids = new Set((owners ?? []).map((o) => o.pid));
  const master = [...pids].find((pid) => !pids.has(table.byPid.get(pid)?.ppid ?? 0)) ?? [...pids][0];
  const process = master === undefined ? undefined : table.byPid.get(master);
  const named = /([^/]+\.(?:service|scope))(?:\/|$)/.exec(cgroup ?? "")?.[1];
  const unit = process?.unit ?? named;
  return {
    ...(master === undefined ? {} : { pid: master }),
    ...(process ? { process } : {}),
    ...(unit === undefined ? {} : { unit }),
  };
}

const WILDCARDS = new Set(["0.0.0.0", "*", "::"]);

/** True when a connection to the address reaches the listener. An IPv6 wildcard takes IPv4 unless it says v6only. */
export function accepts(t: TcpListener, address: string, port: number): boolean {
  if (t.port !== port) return false;
  if (t.address === address) return true;
  const v6 = address.includes(":");
  if (t.address === "0.0.0.0") return !v6;
  if (t.address === "*") return true;
  if (t.address === "::") return v6 || t.v6only === false;
  return false;
}

export interface Match {
  /** undefined: could not be seen. */
  readonly present: boolean | undefined;
  readonly exact: readonly Listener[];
  /** Listeners of the same port on other addresses. */
  readonly elsewhere: readonly Listener[];
}

/** Who listens for a peer of this host; addresses are the ones its name resolves to. */
export function listenersFor(all: Listeners, peer: Peer, addresses: readonly string[]): Match {
  if (peer.kind === "unix") {
    const exact = all.all.filter(
      (l) =>
        l.unix && (l.unix.path === peer.path || l.unix.path === peer.path?.replace(/^\/var\/run\//, "/run/")),
    );
    return { present: all.unixSeen ? exact.length > 0 : undefined, exact, elsewhere: [] };
  }
  const same = all.all.filter((l) => l.tcp?.port === peer.port);
  const exact = same.filter(
    (l) => l.tcp && addresses.some((a) => accepts(l.tcp as TcpListener, a, peer.port ?? 0)),
  );
  // Of a name nobody could resolve it is not known where somebody would have to listen.
  const seen = all.tcpSeen && addresses.length > 0;
  return {
    present: seen ? exact.length > 0 : undefined,
    exact,
    elsewhere: exact.length > 0 || !seen ? [] : same,
  };
}

/** True when the listener's process belongs to the service. */
export function ownedBy(l: Listener, service: Service, table: ProcessTable): boolean | undefined {
  if (service.kind === "docker")
    return l.process === undefined ? undefined : /docker-proxy|rootlessport/.test(l.process.args);
  if (l.pid === undefined && l.unit === undefined) return undefined;
  // A socket unit's socket is systemd's own.
  if (service.unit?.id.endsWith(".socket") === true && (l.pid === 1 || l.unit === "init.scope")) return true;
  if (service.kind === "pm2") {
    const pid = service.app?.app?.pid;
    return (
      pid !== undefined &&
      pid > 0 &&
      l.pid !== undefined &&
      ancestry(table, l.pid).some((p) => p.pid === pid || isClusterOf(p, service))
    );
  }
  if (service.kind === "supervisor") return /supervis/.test(l.unit ?? "") && service.state === "RUNNING";
  if (service.kind === "process") return service.key === `process:${l.pid}`;
  if (l.pid === 1 && service.unit) return service.unit.triggeredBy.length > 0;
  return l.unit === service.unit?.id;
}

/** In cluster mode pm2's daemon itself holds the socket. */
function isClusterOf(p: Placed, service: Service): boolean {
  return service.app?.app?.execMode === "cluster_mode" && p.args.includes(`God Daemon (${service.app.home})`);
}

/** A listener whose process outlived its unit: started before the unit's main process, or with no main process left. */
export function isOrphan(l: Listener, service: Service, table: ProcessTable): boolean | undefined {
  const unit = service.unit;
  if (service.kind === "pm2" && l.process) {
    const script = service.app?.app?.execPath ?? "";
    return (
      l.process.ppid === 1 &&
      script !== "" &&
      l.process.args.includes(script) &&
      ownedBy(l, service, table) === false
    );
  }
  if (!unit || l.unit !== unit.id || l.pid === undefined || l.pid === 1)
    return l.unit === undefined ? undefined : false;
  if (unit.mainPid !== undefined && unit.mainPid > 0) {
    return (
      l.process?.ppid === 1 &&
      l.pid !== unit.mainPid &&
      !ancestry(table, l.pid).some((p) => p.pid === unit.mainPid) &&
      (l.process.ageSeconds ?? 0) > (table.byPid.get(unit.mainPid)?.ageSeconds ?? 0)
    );
  }
  return (
    unit.activeState !== "active" && unit.activeState !== "activating" && unit.activeState !== "reloading"
  );
}

/** "docker-proxy", "node /srv/app.js": what a person calls the process. */
export function programOf(l: Listener): string | undefined {
  const named = l.tcp?.owners?.[0]?.name ?? l.unix?.owners?.[0]?.name;
  const args = l.process?.args;
  if (args === undefined) return named;
  return args.length > 80 ? `${args.slice(0, 77)}…` : args;
}

export { WILDCARDS };
