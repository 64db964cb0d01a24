import type { Command, CommandResult } from "../domain/command.ts";
import { parseDf } from "../parsers/df.ts";
import type { FrontProbe, PeerProbe, VerificationPlan } from "../domain/fix.ts";

const AGENT = "fiveohtwo-probe";
const CURL = ["curl", "-sS", "-o", "/dev/null", "--max-time", "8", "--noproxy", "*", "-A", AGENT];
const WRITE = ["-w", "%{http_code} %{time_total}\\n"];
/** What a request that met nginx but no backend answers; 0 is no answer at all. */
const BAD = new Set([0, 500, 502, 503, 504]);

function command(id: string, argv: readonly string[], sudo: Command["sudo"] = "never"): Command {
  return { id, argv, sudo, timeoutMs: 10_000, maxBytes: 65_536 };
}

/** One GET through the host's own nginx, marked, without query string. */
export function frontCommand(p: FrontProbe, id: string): Command {
  const address = p.address.includes(":") ? `[${p.address}]` : p.address;
  const path = p.path.split("?")[0] ?? "/";
  const where =
    p.scheme === "http"
      ? ["-H", `Host: ${p.vhost}`, `http://${address}:${p.port}${path}`]
      : ["--resolve", `${p.vhost}:${p.port}:${address}`, "-k", `https://${p.vhost}:${p.port}${path}`];
  const proxied = p.proxied === true ? ["--haproxy-protocol"] : [];
  return command(id, [...CURL, ...WRITE, ...proxied, ...where]);
}

/** One GET straight to the backend; undefined for a unix socket, whose protocol a request may not fit. */
export function directCommand(plan: VerificationPlan, id: string): Command | undefined {
  if (plan.target === null || plan.target.startsWith("unix:")) return undefined;
  const front = plan.fronts[0];
  const path = front?.path.split("?")[0] ?? "/";
  const named = front === undefined ? [] : ["-H", `Host: ${front.vhost}`];
  return command(id, [...CURL, ...WRITE, ...named, `http://${plan.target}${path}`]);
}

export function unitCommand(unit: string, id: string): Command {
  const fields = "LoadState,ActiveState,SubState,MainPID,NRestarts,UnitFileState,Result";
  return command(id, ["systemctl", "show", "--no-pager", `--property=${fields}`, "--", unit]);
}

/** The listening sockets, as the checks of the playbook read them (the same sudo rule allows it). */
export function listenCommand(target: string, id: string): Command {
  return command(id, ["ss", target.startsWith("unix:") ? "-Hlxnpe" : "-Hltnpe"], "try");
}

/** How full file systems are, as the playbooks' own check asks. */
export function roomCommand(mounts: readonly string[], id: string): Command {
  return command(id, ["df", "-Pk", "--", ...mounts]);
}

/** Room on one file system. */
export interface Room {
  readonly mount: string;
  readonly freeKb: number;
}

/** @returns undefined when it could not be looked at */
export function readRoom(r: CommandResult | undefined): readonly Room[] | undefined {
  const df = r === undefined ? undefined : parseDf(r);
  return df?.filesystems.map((f) => ({ mount: f.mount, freeKb: f.available }));
}

/** What a request got: status 0 means no answer; undefined that it could not be made. */
export interface Answer {
  readonly status: number | undefined;
  readonly seconds?: number;
  /** curl's own exit code, e.g. 7: refused. */
  readonly curl?: number;
}

export function readAnswer(r: CommandResult | undefined): Answer {
  if (r === undefined || r.end !== "exited" || r.exitCode === null || r.exitCode === 127)
    return { status: undefined };
  const m = /^(\d{3}) ([\d.]+)/m.exec(r.stdout);
  if (m === null) return r.exitCode === 0 ? { status: undefined } : { status: 0, curl: r.exitCode };
  return { status: Number(m[1]), seconds: Number(m[2]), curl: r.exitCode };
}

/** @returns undefined when it could not be looked at */
export function isGood(p: FrontProbe, a: Answer): boolean | undefined {
  if (a.status === undefined) return undefined;
  return p.expect.length > 0 ? p.expect.includes(a.status) : !BAD.has(a.status);
}

export interface UnitState {
  readonly active: string;
  readonly sub: string;
  readonly pid: number;
  readonly restarts: number;
  readonly boot: string;
}

/** @returns undefined when it could not be looked at */
export function readUnit(r: CommandResult | undefined): UnitState | undefined {
  if (r === undefined || r.end !== "exited" || r.exitCode !== 0) return undefined;
  const fields = new Map(
    r.stdout.split("\n").flatMap((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()] as const];
    }),
  );
  const active = fields.get("ActiveState");
  if (active === undefined) return undefined;
  return {
    active,
    sub: fields.get("SubState") ?? "",
    pid: Number(fields.get("MainPID") ?? 0),
    restarts: Number(fields.get("NRestarts") ?? 0),
    boot: fields.get("UnitFileState") ?? "",
  };
}

export interface Listening {
  readonly found: boolean;
  /** e.g. "node, pid 812"; absent when the owner is not visible. */
  readonly owner?: string;
}

/** @returns undefined when it could not be looked at */
export function readListening(r: CommandResult | undefined, target: string): Listening | undefined {
  if (r === undefined || r.end !== "exited" || r.exitCode !== 0) return undefined;
  const wanted = target.startsWith("unix:")
    ? target.slice(5)
    : `:${target.slice(target.lastIndexOf(":") + 1)}`;
  const line = r.stdout.split("\n").find((l) => {
    const words = l.trim().split(/\s+/);
    return target.startsWith("unix:") ? words.includes(wanted) : words[3]?.endsWith(wanted) === true;
  });
  if (line === undefined) return { found: false };
  const m = /users:\(\("([^"]+)",pid=(\d+)/.exec(line);
  return m === null ? { found: true } : { found: true, owner: `${m[1]}, pid ${m[2]}` };
}

/** One GET to a peer in its own scheme; what speaks no HTTP is asked for the connection, a socket for its listener. */
export function peerCommand(peer: PeerProbe, plan: VerificationPlan, id: string): Command {
  if (peer.target.startsWith("unix:")) return listenCommand(peer.target, id);
  const front = plan.fronts[0];
  const named = front === undefined ? [] : ["-H", `Host: ${front.vhost}`];
  const scheme = peer.scheme === "https" ? "https" : "http";
  const path = front?.path.split("?")[0] ?? "/";
  return command(id, [...CURL, ...WRITE, "-k", ...named, `${scheme}://${peer.target}${path}`]);
}

/** curl's exit codes for no connection: the name, the proxy, the connection itself, the time. */
const NO_CONNECTION = new Set([5, 6, 7, 28]);

/** @returns undefined when the peer could not be asked */
export function peerAnswers(peer: PeerProbe, r: CommandResult | undefined): boolean | undefined {
  if (peer.target.startsWith("unix:")) return readListening(r, peer.target)?.found;
  const { status, curl } = readAnswer(r);
  if (status === undefined) return undefined;
  if (peer.scheme === "http" || peer.scheme === "https") return !BAD.has(status);
  return curl === undefined || !NO_CONNECTION.has(curl);
}
