import type { z } from "zod";
import { known } from "./facts.ts";
import type { LocationFacts, UpstreamFacts } from "./route-schema.ts";
import { followsRequest, type Route } from "./topology.ts";

/** The settings in force where a request is passed on. */
export function locationFacts(route: Route): z.infer<typeof LocationFacts> {
  const s = route.settings;
  const request = route.location?.request ?? route.server.request;
  const page = request.errorPages.find((p) => p.codes.includes(502));
  return known<z.infer<typeof LocationFacts>>({
    path: route.location
      ? `${route.location.modifier === "" ? "" : `${route.location.modifier} `}${route.location.path}`
      : undefined,
    directive: `${route.pass.kind}_pass ${route.pass.raw}`,
    scheme: route.peer?.scheme ?? route.pass.target?.scheme ?? route.pass.kind,
    followsRequest: followsRequest(route.pass),
    file: route.pass.file || undefined,
    line: route.pass.line,
    module: route.pass.kind,
    to: route.pass.raw,
    own: s === undefined || route.pass.inherited ? undefined : [...s.own],
    readTimeoutWritten: s?.readTimeoutAt?.text,
    readTimeoutFile: s?.readTimeoutAt?.file,
    readTimeoutLine: s?.readTimeoutAt?.line,
    readTimeoutMs: s?.readTimeoutMs,
    connectTimeoutMs: s?.connectTimeoutMs,
    sendTimeoutMs: s?.sendTimeoutMs,
    bufferSize: s?.bufferSize ?? 4096,
    httpVersion: s?.httpVersion ?? "1.0",
    nextUpstream: s?.nextUpstream.join(" "),
    sslServerName: s?.tls.serverName,
    sslName: s?.tls.name,
    sslVerify: s?.tls.verify,
    sslCertificate: s === undefined ? undefined : (s.tls.certificate ?? ""),
    connectionHeader: s?.connection,
    caches502: s && s.cache !== undefined && s.cachedStatuses.some((one) => one === "any" || one === "502"),
    upgradeHeader: s === undefined ? undefined : s.upgrade !== undefined,
    interceptErrors: s?.interceptErrors,
    errorPage502:
      page === undefined
        ? undefined
        : `${page.replacement === "keep" ? "" : `=${page.replacement} `}${page.target}`,
    returns: route.location?.actions.return?.code,
    usesVariable: route.pass.variables.length > 0,
    resolver: [...request.resolvers],
    authRequest: request.authRequest,
    proxyBind: s?.bind,
    sendsProxyProtocol: s?.proxyProtocol,
  });
}

/** @param failing how many of the group's peers have nobody listening */
export function upstreamFacts(route: Route, failing: number): z.infer<typeof UpstreamFacts> {
  const group = route.upstream;
  if (!group)
    return {
      group: false,
      peers: 1,
      failing,
      keepalive: 0,
      maxConns: 0,
      allDown: false,
      failTimeoutMs: 10_000,
    };
  const servers = group.servers;
  return known<z.infer<typeof UpstreamFacts>>({
    name: group.name,
    group: true,
    peers: servers.length,
    down: servers.filter((s) => s.down).length,
    backup: servers.filter((s) => s.backup).length,
    failing,
    keepalive: group.keepalive ?? 0,
    keepaliveTimeoutMs: group.keepaliveTimeoutMs,
    failTimeoutMs: Math.max(0, ...servers.map((s) => s.failTimeoutMs)),
    maxConns: Math.max(0, ...servers.map((s) => s.maxConns)),
    allDown: servers.length > 0 && servers.every((s) => s.down),
  });
}
