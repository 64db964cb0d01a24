import type { NginxServer } from "../parsers/nginx-routes.ts";
import type { LogLine } from "./log-view.ts";
import type { Route } from "./topology.ts";

/**
 * The route of a vhost that nginx serves, as its log shows, though no file on disk has it any more: what is known is
 * the name and, from the same line, where the request went. Its settings are nginx's defaults.
 */
export function lostVhost(record: LogLine["record"], servers: readonly NginxServer[]): Route | undefined {
  const { server: name, upstream: up, stream } = record;
  if (name === undefined || !/^[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9.-]+$/.test(name)) return undefined;
  if (stream === true || up === undefined || servers.some((s) => s.logName === name)) return undefined;
  const place = { file: "", line: 0 };
  const server: NginxServer = {
    context: "http",
    ...place,
    endLine: 0,
    listens: [],
    names: [name],
    logName: name,
    locations: [],
    actions: { rewrites: [], internal: false, stubStatus: false },
    request: {
      errorLogs: [],
      accessLogs: [],
      errorPages: [],
      clientMaxBodySize: 1024 ** 2,
      clientBodyTimeoutMs: 60_000,
      keepaliveTimeoutMs: 75_000,
      mirrors: [],
      resolvers: [],
      resolverTimeoutMs: 30_000,
      limitReq: [],
      limitConn: [],
    },
  };
  const raw = `${up.scheme}://${up.address ?? `unix:${up.unix}`}`;
  return {
    vhost: name,
    server,
    pass: {
      kind: "proxy",
      raw,
      ...place,
      inherited: false,
      variables: [],
      resolution: "literal",
      alternatives: [],
    },
    peer: null,
  };
}
