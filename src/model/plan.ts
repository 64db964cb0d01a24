import { deployPaths } from "./deploys.ts";
import { pm2Daemons } from "../parsers/ps-roles.ts";
import type { Plain } from "../parsers/plain.ts";
import { type Front, frontUrl } from "./fronts.ts";
import type { NginxView } from "./nginx-view.ts";
import { isLocalPeer, peerAddresses } from "./addresses.ts";
import type { Target } from "./host-model.ts";
import type { Plan } from "./plan-schema.ts";
import { spacePlan } from "./disk-facts.ts";
import type { Route } from "./topology.ts";
import { pm2Path } from "./pm2-services.ts";
import {
  otherNginx,
  logPaths,
  errorsInJournal,
  accessPaths,
  daemonBinary,
  masters,
  containerIds,
  slowLogs,
  resolverNames,
} from "./plan-names.ts";
import { userAgent, directRequest, sentHost, pathPeers, otherScheme } from "./plan-requests.ts";
import { unitsToRead, unloaded, lostPorts, mentions, appLogs } from "./plan-units.ts";
import { batch, uniqueBy } from "./lists.ts";
import { statusPages } from "./status-pages.ts";
import type { TargetContext } from "./target-context.ts";

/** What is worth looking at next; what was asked in an earlier wave is not asked again. */
export function planOf(
  c: TargetContext,
  view: NginxView,
  fronts: readonly Front[],
  targets: readonly Target[],
  routes: readonly Route[],
  runId: string,
): Plan {
  const { facts } = c;
  const agent = userAgent(runId);
  const asked = (check: string, word: string): boolean =>
    facts.results(check).some((r) => r.argv.includes(word) || r.argv.at(-1) === word);
  const requests = (some: readonly Front[]): Plan["fronts"] =>
    some
      .map((f) => ({ ...frontUrl(f.probe), host: f.probe.vhost, agent }))
      .filter((f) => !asked("front", f.url) && !asked("front-proxied", f.url));
  const peers = uniqueBy(
    routes.filter((r) => r.peer !== null),
    (r) => `${r.peer?.scheme} ${r.peer?.kind} ${r.peer?.host}:${r.peer?.port} ${r.peer?.path}`,
  );
  const failing = targets.filter(
    (t) => t.scope.symptom?.failing !== false && t.scope.symptom?.kind !== "none",
  );
  const errorLogs = logPaths(view, c);
  return {
    fronts: requests(fronts.filter((f) => f.probe.proxied !== true)),
    proxiedFronts: requests(fronts.filter((f) => f.probe.proxied === true)),
    statusPages: statusPages(view, agent),
    peers: peers.flatMap((r) => directRequest(r, c, agent)),
    socketPeers: peers
      .filter((r) => r.peer?.kind === "unix" && /^https?$/.test(r.peer.scheme))
      .map((r) => ({ path: r.peer?.path ?? "", url: "http://localhost/", host: sentHost(r), agent })),
    tlsPeers: failing
      .filter(
        (t) =>
          t.scope.symptom?.kind?.startsWith("tls") === true ||
          t.scope.location?.scheme === "https" ||
          t.scope.location?.scheme === "grpcs",
      )
      .filter((t) => t.scope.peer?.port !== undefined)
      .map((t) => ({
        connect: `${t.scope.peer?.host}:${t.scope.peer?.port}`,
        name: t.scope.location?.sslName?.replace(/^\$.*/, "") || t.scope.peer?.hostname || t.vhost,
      })),
    socketBatches: batch(
      peers.flatMap((r) =>
        r.peer?.path === undefined ? [] : [r.peer.path, r.peer.path.replace(/\/[^/]+$/, "") || "/"],
      ),
      24,
      "paths",
    ),
    socketPaths: peers
      .filter((r) => r.peer?.kind === "unix" && c.nginx.user !== undefined)
      .map((r) => ({ path: r.peer?.path ?? "", user: c.nginx.user ?? "" })),
    errorLogs: errorLogs.map((path) => ({ path })),
    errorsInJournal: errorsInJournal(view),
    accessLogs: accessPaths(view).map((path) => ({ path })),
    rotatedLogs:
      c.log.seen && c.log.lines.length === 0
        ? errorLogs.slice(0, 1).map((path) => ({ path: `${path}.1` }))
        : [],
    configBatches: batch(
      (view.config?.usedFiles.length ?? 0) > 0
        ? (view.config?.usedFiles ?? [])
        : (view.config?.files.map((f) => f.path) ?? []),
      100,
      "paths",
    ),
    tempDirs: c.nginx.tempDir === undefined ? [] : [{ path: c.nginx.tempDir }],
    poolBatches: batch(
      failing.flatMap(({ scope: { symptom, pool } }) =>
        symptom?.kind === "permission" && pool?.file !== undefined ? [pool.file] : [],
      ),
      8,
      "paths",
    ),
    units: unitsToRead(c, targets)
      .filter((name) => !asked("journal", `--unit=${name}`))
      .map((name) => ({ name })),
    unloadedBatches: batch(unloaded(c), 40, "names"),
    fileBatches: mentions(c, targets),
    pm2: pm2Daemons(c.processes.all).map((d) => ({
      user: d.user,
      home: d.home,
      path: pm2Path(daemonBinary(c, d.pid)),
    })),
    pm2Dumps: (facts.one<Plain>("pm2-dumps")?.lines ?? [])
      .filter((l) => l.startsWith("/"))
      .map((path) => ({ path, user: /^\/home\/([^/]+)\//.exec(path)?.[1] ?? "root" })),
    nginx: masters(view).map((pid) => ({
      pid,
      worker: view.processes?.find((p) => p.ppid === pid && p.role === "worker")?.pid ?? pid,
    })),
    containerBatches: batch(containerIds(c), 40, "names"),
    containerLogs: [
      ...new Set(
        failing.flatMap(({ scope: { service } }) => (service?.kind === "docker" ? [service.name ?? ""] : [])),
      ),
    ]
      .filter((name) => /^[A-Za-z0-9][\w.-]*$/.test(name))
      .map((name) => ({ name })),
    containerPids: c.services.all.flatMap((s) =>
      s.container?.pid === undefined || s.state !== "running" ? [] : [{ pid: s.container.pid, name: s.name }],
    ),
    deployBatches: batch(deployPaths(c.services), 48, "paths"),
    appLogs: appLogs(c, targets)
      .filter((path) => !asked("app-logs", path))
      .map((path) => ({ path })),
    addresses: [
      ...new Set(
        peers
          .filter(
            (r) =>
              r.peer?.kind === "tcp" && isLocalPeer(r.peer, peerAddresses(r.peer, c.known), c.known) !== true,
          )
          .flatMap((r) => peerAddresses(r.peer as NonNullable<Route["peer"]>, c.known)),
      ),
    ].map((address) => ({ address })),
    names: [...new Set(peers.flatMap((r) => (r.peer?.hostname === undefined ? [] : [r.peer.hostname])))]
      .filter((n) => /^[A-Za-z0-9._-]+$/.test(n))
      .map((name) => ({ name })),
    resolverNames: resolverNames(failing, c),
    tlsInstead: otherScheme(failing, ["http", "grpc"], "https", agent),
    plainSockets: failing
      .filter(
        (t) =>
          t.scope.peer?.kind === "unix" &&
          ["fastcgi", "uwsgi", "scgi", "suwsgi"].includes(t.scope.location?.scheme ?? "") &&
          t.scope.listener?.present !== false,
      )
      .map((t) => ({
        path: t.scope.peer?.path ?? "",
        url: "http://localhost/",
        host: /^[A-Za-z0-9.-]+$/.test(t.vhost) ? t.vhost : "localhost",
        agent,
      })),
    plainInstead: otherScheme(
      failing,
      ["https", "grpcs", "fastcgi", "uwsgi", "scgi", "suwsgi"],
      "http",
      agent,
    ),
    lostPorts: lostPorts(targets),
    pathPeers: pathPeers(fronts, routes, c, agent).filter((p) => !asked("direct-path", p.url)),
    otherNginx: otherNginx(
      view,
      /^\/usr\/s?bin\/nginx$|^nginx$/,
      "/usr/share/nginx",
      "/etc/nginx/nginx.conf",
    ),
    localNginx: otherNginx(view, /^\/usr\/local\/nginx\/sbin\/nginx$/, "/usr/local/nginx", "conf/nginx.conf"),
    openresty: otherNginx(view, /openresty/, "/usr/local/openresty/nginx", "conf/nginx.conf"),
    angie: otherNginx(view, /angie/, "/etc/angie", "angie.conf"),
    ...spacePlan(c.host.disks),
    slowLogs: slowLogs(targets),
    phpVersions: [...new Set(c.services.pools.map((p) => /^php(\d+\.\d+)-fpm/.exec(p.unit)?.[1] ?? ""))],
    supervisor: c.processes.all.some((p) => /supervisord/.test(p.args)),
    networkSymptom: failing.some(
      (t) =>
        t.scope.listener?.present !== false &&
        ["refused", "unreachable", "connect-timeout", "connect-failed", "no-live", "no-address"].includes(
          t.scope.symptom?.kind ?? "",
        ),
    ),
    permissionSymptom: failing.some(
      (t) => t.scope.symptom?.kind === "permission" || t.scope.symptom?.errno === 13,
    ),
    overflowSymptom: failing.some((t) =>
      ["connect-timeout", "read-timeout", "backlog", "reset"].includes(t.scope.symptom?.kind ?? ""),
    ),
  };
}
