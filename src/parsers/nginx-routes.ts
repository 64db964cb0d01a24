import type { NginxConfig } from "./nginx-config.ts";
import type { NginxDirective } from "./nginx-directives.ts";
import { IMPLICIT_LISTEN, parseNginxListen } from "./nginx-listen.ts";
import type { NginxListen } from "./nginx-listen.ts";
import { locationsIn } from "./nginx-locations.ts";
import type { LocationContext, NginxLocation } from "./nginx-locations.ts";
import { errorLogsOf, logFormatsOf } from "./nginx-logs.ts";
import type { NginxErrorLog, NginxLogFormat, NginxPaths } from "./nginx-logs.ts";
import { findNginxPass } from "./nginx-pass.ts";
import type { NginxPass } from "./nginx-pass.ts";
import { ownActionsOf, requestSettingsOf } from "./nginx-request-settings.ts";
import type { NginxOwnActions, NginxRequestSettings } from "./nginx-request-settings.ts";
import { levelOf, numberOf, textOf } from "./nginx-scope.ts";
import type { NginxScope } from "./nginx-scope.ts";
import { present, upstreamSettingsOf, writtenAt } from "./nginx-settings.ts";
import type { NginxUpstreamSettings, NginxWritten } from "./nginx-settings.ts";
import type { NginxGiven } from "./nginx-variables.ts";
import { parseNginxUpstream } from "./nginx-upstreams.ts";
import type { NginxUpstream } from "./nginx-upstreams.ts";

export interface NginxServer {
  readonly context: "http" | "stream" | "mail";
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  /** Never empty for http. */
  readonly listens: readonly NginxListen[];
  /** As written; "" when there is none. */
  readonly names: readonly string[];
  /** What the error log prints as `server:`; for stream the listen address stands there instead. */
  readonly logName: string;
  readonly locations: readonly NginxLocation[];
  readonly actions: NginxOwnActions;
  readonly request: NginxRequestSettings;
  /** A stream server's proxy_pass and its settings. */
  readonly pass?: NginxPass;
  readonly upstream?: NginxUpstreamSettings;
}

interface NginxMain {
  /** undefined: the user nginx was built with. */
  readonly user?: string;
  readonly group?: string;
  /** A number, or "auto". */
  readonly workerProcesses: string;
  readonly workerConnections: number;
  readonly workerRlimitNofile?: number;
  /** A line of the main block, that of worker_rlimit_nofile and that of worker_connections: where an edit may be made. */
  readonly at?: NginxWritten;
  readonly rlimitAt?: NginxWritten;
  readonly connectionsAt?: NginxWritten;
  readonly pid?: string;
  readonly errorLogs: readonly NginxErrorLog[];
}

export interface NginxRoutes {
  readonly main: NginxMain;
  readonly servers: readonly NginxServer[];
  readonly upstreams: readonly NginxUpstream[];
  readonly logFormats: readonly NginxLogFormat[];
}

/** The effective model of a configuration: every server and location with what it inherits. Never throws. */
export function nginxRoutes(config: Pick<NginxConfig, "directives">, paths: NginxPaths = {}): NginxRoutes {
  const top = levelOf(config.directives);
  const servers: NginxServer[] = [];
  const upstreams: NginxUpstream[] = [];
  const logFormats: NginxLogFormat[] = [];
  for (const context of ["http", "stream", "mail"] as const) {
    for (const { block = [] } of top.get(context) ?? []) {
      const scope = [levelOf(block), top];
      const groups = context === "mail" ? [] : block.filter(({ name }) => name === "upstream");
      const parsed = groups.map((group) =>
        parseNginxUpstream(group, context === "stream" ? "stream" : "http"),
      );
      upstreams.push(...parsed);
      if (context === "http") logFormats.push(...logFormatsOf(block));
      const names = new Set(parsed.map(({ name }) => name.toLowerCase()));
      const blocks = block.filter(({ name }) => name === "server");
      const tls = tlsPlaces(blocks);
      for (const server of blocks) {
        servers.push(serverOf(server, context, scope, { upstreams: names, paths }, tls));
      }
    }
  }
  return { main: mainOf([top], paths), servers, upstreams, logFormats };
}

function mainOf(scope: NginxScope, paths: NginxPaths): NginxMain {
  const [user, group] = scope[0]?.get("user")?.[0]?.args ?? [];
  const events = [levelOf(scope[0]?.get("events")?.[0]?.block ?? [])];
  return {
    ...present("user", user),
    ...present("group", group ?? user),
    workerProcesses: textOf(scope, "worker_processes") ?? "1",
    workerConnections: numberOf(events, "worker_connections") ?? 512,
    ...present("workerRlimitNofile", numberOf(scope, "worker_rlimit_nofile")),
    ...present("at", writtenAt((scope[0]?.get("worker_processes") ?? scope[0]?.get("user"))?.[0])),
    ...present("rlimitAt", writtenAt(scope[0]?.get("worker_rlimit_nofile")?.[0])),
    ...present("connectionsAt", writtenAt(events[0]?.get("worker_connections")?.[0])),
    ...present("pid", textOf(scope, "pid")),
    errorLogs: errorLogsOf(scope, paths),
  };
}

function serverOf(
  directive: NginxDirective,
  context: NginxServer["context"],
  outer: NginxScope,
  shared: Omit<LocationContext, "given">,
  tls: ReadonlySet<string>,
): NginxServer {
  const block = directive.block ?? [];
  const level = levelOf(block);
  const scope = [level, ...outer];
  const listens = listensIn(block);
  const names = (level.get("server_name") ?? []).flatMap(({ args }) => args);
  // Directives like `http2 on;` hold for every listen of the server.
  const http2 = textOf(scope, "http2") === "on";
  const fallback = level.has("listen") || context !== "http" ? [] : [IMPLICIT_LISTEN];
  const own = [...listens, ...fallback].map((each) => ({
    ...each,
    ssl: each.ssl || tls.has(placeOf(each)) || textOf(scope, "ssl") === "on",
    http2: each.http2 || http2,
  }));
  const locations = { ...shared, given: context === "http" ? givenBy(own) : new Map() };
  const pass = context === "stream" ? findNginxPass(level, scope, locations, true) : undefined;
  return {
    context,
    file: directive.file,
    line: directive.line,
    endLine: directive.endLine,
    listens: own,
    names: names.length === 0 ? [""] : names,
    logName: logNameOf(names[0] ?? ""),
    locations: context === "http" ? locationsIn(block, scope, locations) : [],
    actions: ownActionsOf(level),
    request: requestSettingsOf(scope, locations.paths),
    ...present("pass", pass),
    ...present("upstream", pass === undefined ? undefined : upstreamSettingsOf(scope, pass.kind)),
  };
}

function listensIn(block: readonly NginxDirective[]): NginxListen[] {
  return block
    .filter(({ name }) => name === "listen")
    .map(parseNginxListen)
    .filter((each) => each !== undefined);
}

const placeOf = ({ address, port, unix }: NginxListen): string => unix ?? `${address} ${port}`;

/** The sockets that speak TLS: one server's `ssl` is all servers' there. */
function tlsPlaces(servers: readonly NginxDirective[]): ReadonlySet<string> {
  return new Set(
    servers
      .flatMap(({ block = [] }) => listensIn(block))
      .filter(({ ssl }) => ssl)
      .map(placeOf),
  );
}

/** $scheme and $server_port are those of the listen by which a request came. */
function givenBy(listens: readonly NginxListen[]): NginxGiven {
  const ranges = listens.some(({ portEnd, unix }) => portEnd !== undefined || unix !== undefined);
  const each = (of: (listen: NginxListen) => string): string[] => [...new Set(listens.map(of))];
  return new Map([
    ["scheme", each(({ ssl, quic }) => (ssl || quic ? "https" : "http"))],
    ...(ranges ? [] : [["server_port", each(({ port }) => String(port))] as const]),
  ]);
}

/** ngx_http_core_merge_srv_conf: lower case, ".example.org" loses its dot, a regular expression keeps "~". */
function logNameOf(name: string): string {
  if (name.startsWith("~")) return name;
  return name.replace(/^\./, "").toLowerCase();
}

/** Every location below these, nested ones included, outer before inner. */
export function allLocations(locations: readonly NginxLocation[]): NginxLocation[] {
  return locations.flatMap((location) => [location, ...allLocations(location.locations)]);
}
