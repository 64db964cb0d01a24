import type { CommandResult } from "../domain/command.ts";
import type { FrontProbe } from "../domain/fix.ts";
import { matchLocation } from "../parsers/nginx-location-match.ts";
import type { NginxLocation } from "../parsers/nginx-locations.ts";
import type { NginxServer } from "../parsers/nginx-routes.ts";
import type { FactSet } from "./facts.ts";
import type { LogView } from "./log-view.ts";
import type { NginxView } from "./nginx-view.ts";
import { anybodys, recentRequests } from "./requests.ts";
import { kindOf } from "./log-kind.ts";
import { followsRequest, vhostName } from "./topology.ts";

/** The health path of a host, from the inventory; "/" where none is configured. */
export interface Health {
  readonly path: string;
  readonly expect: readonly number[];
}

/** A request the bot makes through the host's own nginx, and the place in the configuration it reaches. */
export interface Front {
  readonly probe: FrontProbe;
  readonly server: NginxServer;
  readonly location?: NginxLocation;
  /** Requests for this path failed lately. */
  readonly failed: boolean;
  /** Another place may have answered: a regular expression on the way could not be tried. */
  readonly unsure: boolean;
}

export interface FrontResult {
  readonly front: Front;
  readonly id: string;
  /** 0: no answer. */
  readonly status: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly error: string;
}

const RECENT_S = 15 * 60;
/** A path that can be asked for as it stands. */
export const PLAIN_PATH = /^\/[\w./~%+@:,-]{0,300}$/;
const MAX_PATHS = 4;

/** What to request: each vhost's health path, and what recently failed there (GET and HEAD only, newest first). */
export function frontsOf(
  nginx: NginxView,
  log: LogView,
  facts: FactSet,
  now: number,
  want: { readonly health: Health; readonly vhost?: string; readonly path?: string },
): Front[] {
  const { health, vhost: only } = want;
  const fronts: Front[] = [];
  for (const server of nginx.routes?.servers ?? []) {
    if (server.context !== "http") continue;
    const name = vhostName(server);
    if (only !== undefined && !server.names.includes(only) && name !== only) continue;
    const asked = want.path !== undefined && PLAIN_PATH.test(want.path) ? [want.path] : [];
    const failed = [...recentPaths(server, log, now), ...badPaths(server, nginx, log, facts, now)];
    const paths = new Set([...asked, health.path, ...failed]);
    for (const path of [...paths].slice(0, MAX_PATHS)) {
      const match = matchLocation(server, path);
      for (const listen of listensOf(server, match.location))
        fronts.push({
          probe: {
            vhost: requestName(server, log),
            ...listen,
            path,
            expect: path === health.path ? [...health.expect] : [],
          },
          server,
          ...(match.location === undefined ? {} : { location: match.location }),
          failed: failed.includes(path),
          unsure: match.untried.length > 0,
        });
    }
  }
  return fronts;
}

type Listen = Pick<FrontProbe, "scheme" | "address" | "port" | "proxied">;

/** Where a request is made: by TLS and without it where nginx asks the backend as it was asked itself. */
function listensOf(server: NginxServer, location: NginxLocation | undefined): Listen[] {
  const preferred = listenOf(server);
  if (preferred === undefined) return [];
  const plain =
    preferred.scheme === "https" && location?.pass !== undefined && followsRequest(location.pass)
      ? listenOf({ ...server, listens: server.listens.filter((l) => !l.ssl) })
      : undefined;
  return plain === undefined ? [preferred] : [preferred, plain];
}

/**
 * Where the host itself reaches a server: over TLS where that is offered, by the PROXY protocol where nothing else is;
 * undefined: on unix sockets and the like only.
 */
export function listenOf(server: Pick<NginxServer, "listens">): Listen | undefined {
  const listens = server.listens.filter(
    (l) => l.unix === undefined && l.port !== undefined && !l.udp && !l.quic,
  );
  const plain = listens.filter((l) => !l.proxyProtocol);
  const usable = plain.length > 0 ? plain : listens;
  const listen = usable.find((l) => l.ssl) ?? usable[0];
  if (listen?.port === undefined) return undefined;
  return {
    scheme: listen.ssl ? "https" : "http",
    address: reachable(listen.address),
    port: listen.port,
    ...(listen.proxyProtocol ? { proxied: true } : {}),
  };
}

function recentPaths(server: NginxServer, log: LogView, now: number): string[] {
  const paths: string[] = [];
  for (const { record, at, effect } of log.lines.toReversed()) {
    if (now - at > RECENT_S || record.server !== server.logName || effect === "none") continue;
    const request = record.request;
    if (fatal(log, record, at)) continue;
    if (!request || (request.method !== "GET" && request.method !== "HEAD")) continue;
    if (!PLAIN_PATH.test(request.path) || request.path.includes("..")) continue;
    if (!paths.includes(request.path)) paths.push(request.path);
    if (paths.length >= MAX_PATHS) break;
  }
  return paths;
}

/** The backend refused connections right after it had dropped this request: asking again might bring it down again. */
function fatal(log: LogView, record: LogView["lines"][number]["record"], at: number): boolean {
  if (!["premature", "reset"].includes(kindOf(record))) return false;
  const peer = record.upstream?.address ?? record.upstream?.unix;
  return log.lines.some(
    (l) =>
      l.at >= at &&
      l.at - at < 120 &&
      ["refused", "no-file"].includes(kindOf(l.record)) &&
      (l.record.upstream?.address ?? l.record.upstream?.unix) === peer,
  );
}

/** Paths the access log shows with a 5xx lately: a 502 that the backend made itself leaves no error line. */
function badPaths(
  server: NginxServer,
  nginx: NginxView,
  log: LogView,
  facts: FactSet,
  now: number,
): string[] {
  // What left a line was judged by it already: it may be the request that brings the backend down. A line
  // without an effect (a FastCGI backend's warning) judged nothing.
  const logged = new Set(log.lines.filter((l) => l.effect !== "none").map((l) => l.record.request?.path));
  const bad = (recentRequests(server, nginx, facts, now) ?? anybodys(server, nginx, facts, now)).filter(
    (r) =>
      (r.status ?? 0) >= 500 &&
      (r.method === "GET" || r.method === "HEAD") &&
      !/fiveohtwo/.test(r.userAgent ?? ""),
  );
  return [...new Set(bad.toReversed().map((r) => r.path ?? ""))]
    .filter((p) => PLAIN_PATH.test(p) && !p.includes("..") && !logged.has(p))
    .slice(0, 2);
}

/** A name that reaches the server: a wildcard's or regular expression's from the log, else a plausible one. */
function requestName(server: NginxServer, log: LogView): string {
  const plain = server.names.find(
    (n) => n !== "" && n !== "_" && /^[A-Za-z0-9.-]+$/.test(n) && !n.startsWith("."),
  );
  if (plain !== undefined) return plain;
  const seen = log.lines.findLast((l) => l.record.server === server.logName && l.record.host !== undefined)
    ?.record.host;
  if (seen !== undefined && /^[A-Za-z0-9.-]+(:\d+)?$/.test(seen)) return seen.replace(/:\d+$/, "");
  const wildcard = server.names.find((n) => n.startsWith("*.") || n.startsWith("."));
  return wildcard === undefined ? "localhost" : `www${wildcard.replace(/^\*/, "")}`;
}

function reachable(address: string | undefined): string {
  if (address === undefined || address === "0.0.0.0" || address === "*") return "127.0.0.1";
  return address === "::" ? "::1" : address;
}

/** The URL and curl's --resolve for a probe; together they name it. */
export function frontUrl(p: FrontProbe): { readonly url: string; readonly resolve: string } {
  const address = p.address.includes(":") ? `[${p.address}]` : p.address;
  return { url: `${p.scheme}://${p.vhost}:${p.port}${p.path}`, resolve: `${p.vhost}:${p.port}:${address}` };
}

/** In the order of their waves. */
const FRONT_CHECKS = ["front", "front-proxied", "front-again"];

/** The answers to the fronts that were asked; the newest where one was asked twice. */
export function frontResults(fronts: readonly Front[], facts: FactSet): FrontResult[] {
  const out: FrontResult[] = [];
  for (const front of fronts) {
    const { url, resolve } = frontUrl(front.probe);
    const asked = FRONT_CHECKS.flatMap((check) => facts.results(check)).filter(
      (r) => r.argv.at(-1) === url && r.argv[r.argv.indexOf("--resolve") + 1] === resolve,
    );
    const result = asked.findLast((r) => r.end === "exited");
    if (result) out.push({ front, id: result.id, ...readCurl(result) });
  }
  return out;
}

/** `-w "%{http_code} %{time_connect} %{time_starttransfer} %{time_total} %{size_header} %{size_download}\n"` */
export function readCurl(r: CommandResult): {
  status: number;
  seconds: number;
  bytes: number;
  error: string;
  connectSeconds: number;
  headerBytes: number;
} {
  const match = /(?:^|\n)(\d{3}) ([\d.,]+) ([\d.,]+) ([\d.,]+) (\d+) (\d+)\s*(?:\n|$)/.exec(`${r.stdout}\n`);
  const number = (text: string | undefined): number => Number((text ?? "0").replace(",", "."));
  return {
    status: Number(match?.[1] ?? 0),
    connectSeconds: number(match?.[2]),
    seconds: number(match?.[4]),
    headerBytes: Number(match?.[5] ?? 0),
    bytes: Number(match?.[6] ?? 0),
    error: /curl: \(\d+\)[^\n]*/.exec(r.stderr + r.stdout)?.[0] ?? "",
  };
}
