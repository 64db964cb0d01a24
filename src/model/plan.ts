import { pm2Daemons } from "../parsers/ps-roles.ts";
import type { Journal } from "../parsers/journal.ts";
import type { Plain } from "../parsers/plain.ts";
import type { TargetContext } from "./target-facts.ts";
import { type Front, frontUrl } from "./fronts.ts";
import type { NginxView } from "./nginx-view.ts";
import { isDown } from "./links.ts";
import { isLocalPeer, peerAddresses } from "./addresses.ts";
import type { Target } from "./host-model.ts";
import type { Plan } from "./plan-schema.ts";
import { spacePlan } from "./disk-facts.ts";
import { pm2Path } from "./services.ts";
import type { Route } from "./topology.ts";

/** How the bot's own requests are told from the users' (design §6.2). */
export function userAgent(runId: string): string {
  return `fiveohtwo/0.1 (502 diagnosis; ${runId})`;
}

/** What is worth looking at next; what was asked in an earlier wave is not asked again. */
export function planOf(c: TargetContext, view: NginxView, fronts: readonly Front[], targets: readonly Target[], routes: readonly Route[], runId: string): Plan {
  const { facts } = c;
  const agent = userAgent(runId);
  const asked = (check: string, word: string): boolean => facts.results(check).some((r) => r.argv.includes(word) || r.argv.at(-1) === word);
  const peers = uniqueBy(routes.filter((r) => r.peer !== null), (r) => `${r.peer?.kind} ${r.peer?.host}:${r.peer?.port} ${r.peer?.path}`);
  const failing = targets.filter((t) => t.scope.symptom?.failing !== false && t.scope.symptom?.kind !== "none");
  const errorLogs = logPaths(view, c);
  return {
    fronts: fronts.map((f) => ({ ...frontUrl(f.probe), host: f.probe.vhost, agent })).filter((f) => !asked("front", f.url)),
    peers: peers.flatMap((r) => directRequest(r, c, agent)),
    socketPeers: peers.filter((r) => r.peer?.kind === "unix" && /^https?$/.test(r.peer.scheme)).map((r) => ({ path: r.peer?.path ?? "", url: "http://localhost/", host: requestHost(r), agent })),
    tlsPeers: failing.filter((t) => /^tls/.test(t.scope.symptom?.kind ?? "") || t.scope.location?.scheme === "https" || t.scope.location?.scheme === "grpcs").filter((t) => t.scope.peer?.port !== undefined).map((t) => ({ connect: `${t.scope.peer?.host}:${t.scope.peer?.port}`, name: t.scope.location?.sslName?.replace(/^\$.*/, "") || t.scope.peer?.hostname || t.vhost })),
    socketBatches: batch(peers.flatMap((r) => (r.peer?.path === undefined ? [] : [r.peer.path, r.peer.path.replace(/\/[^/]+$/, "") || "/"])), 24, "paths"),
    socketPaths: peers.filter((r) => r.peer?.kind === "unix" && c.nginx.user !== undefined).map((r) => ({ path: r.peer?.path ?? "", user: c.nginx.user ?? "" })),
    errorLogs: errorLogs.map((path) => ({ path })),
    accessLogs: accessPaths(view).map((path) => ({ path })),
    rotatedLogs: c.log.seen && c.log.lines.length === 0 ? errorLogs.slice(0, 1).map((path) => ({ path: `${path}.1` })) : [],
    configBatches: batch((view.config?.usedFiles.length ?? 0) > 0 ? (view.config?.usedFiles ?? []) : (view.config?.files.map((f) => f.path) ?? []), 100, "paths"),
    units: unitsToRead(c, targets).filter((name) => !asked("journal", `--unit=${name}`)).map((name) => ({ name })),
    unloadedBatches: batch(unloaded(c), 40, "names"),
    fileBatches: mentions(c, targets),
    pm2: pm2Daemons(c.processes.all).map((d) => ({ user: d.user, home: d.home, path: pm2Path(daemonBinary(c, d.pid)) })),
    pm2Dumps: (facts.one<Plain>("pm2-dumps")?.lines ?? []).filter((l) => l.startsWith("/")).map((path) => ({ path, user: /^\/home\/([^/]+)\//.exec(path)?.[1] ?? "root" })),
    nginx: masters(view).map((pid) => ({ pid, worker: view.processes?.find((p) => p.ppid === pid && p.role === "worker")?.pid ?? pid })),
    containerBatches: batch(containerIds(c), 40, "names"),
    containerPids: c.services.all.flatMap((s) => (s.container?.pid === undefined || s.state !== "running" ? [] : [{ pid: s.container.pid, name: s.name }])),
    appLogs: appLogs(c, targets).filter((path) => !asked("app-logs", path)).map((path) => ({ path })),
    addresses: [...new Set(peers.filter((r) => r.peer?.kind === "tcp" && isLocalPeer(r.peer, peerAddresses(r.peer, c.known), c.known) !== true).flatMap((r) => peerAddresses(r.peer as NonNullable<Route["peer"]>, c.known)))].map((address) => ({ address })),
    names: [...new Set(peers.flatMap((r) => (r.peer?.hostname === undefined ? [] : [r.peer.hostname])))].filter((n) => /^[A-Za-z0-9._-]+$/.test(n)).map((name) => ({ name })),
    resolverNames: resolverNames(failing, c),
    tlsInstead: otherScheme(failing, ["http"], "https", agent),
    plainSockets: failing
      .filter((t) => t.scope.peer?.kind === "unix" && ["fastcgi", "uwsgi", "scgi", "suwsgi"].includes(t.scope.location?.scheme ?? "") && t.scope.listener?.present !== false)
      .map((t) => ({ path: t.scope.peer?.path ?? "", url: "http://localhost/", host: /^[A-Za-z0-9.-]+$/.test(t.vhost) ? t.vhost : "localhost", agent })),
    plainInstead: otherScheme(failing, ["https", "grpcs", "fastcgi", "uwsgi", "scgi", "suwsgi"], "http", agent),
    lostPorts: lostPorts(targets),
    pathPeers: pathPeers(fronts, routes, c, agent).filter((p) => !asked("direct-path", p.url)),
    otherNginx: otherNginx(view, /^\/usr\/s?bin\/nginx$|^nginx$/, "/usr/share/nginx", "/etc/nginx/nginx.conf"),
    localNginx: otherNginx(view, /^\/usr\/local\/nginx\/sbin\/nginx$/, "/usr/local/nginx", "conf/nginx.conf"),
    openresty: otherNginx(view, /openresty/, "/usr/local/openresty/nginx", "conf/nginx.conf"),
    angie: otherNginx(view, /angie/, "/etc/angie", "angie.conf"),
    ...spacePlan(c.host.disks),
    slowLogs: slowLogs(targets),
    phpVersions: [...new Set(c.services.pools.map((p) => /^php(\d+\.\d+)-fpm/.exec(p.unit)?.[1] ?? ""))],
    supervisor: c.processes.all.some((p) => /supervisord/.test(p.args)),
    networkSymptom: failing.some((t) => t.scope.listener?.present !== false && ["refused", "unreachable", "connect-timeout", "connect-failed", "no-live", "no-address"].includes(t.scope.symptom?.kind ?? "")),
    permissionSymptom: failing.some((t) => t.scope.symptom?.kind === "permission" || t.scope.symptom?.errno === 13),
    overflowSymptom: failing.some((t) => ["connect-timeout", "read-timeout", "backlog", "reset"].includes(t.scope.symptom?.kind ?? "")),
  };
}

function directRequest(r: Route, c: TargetContext, agent: string): Plan["peers"] {
  const peer = r.peer;
  if (peer?.kind !== "tcp" || !/^(https?|tcp)$/.test(peer.scheme)) return [];
  const address = peerAddresses(peer, c.known)[0] ?? peer.host ?? "";
  const shown = address.includes(":") ? `[${address}]` : address;
  return [{ url: `${peer.scheme === "https" ? "https" : "http"}://${shown}:${peer.port}/`, host: requestHost(r), agent }];
}

/** The paths that failed lately, asked of the backends themselves: is the answer theirs? */
function pathPeers(fronts: readonly Front[], routes: readonly Route[], c: TargetContext, agent: string): Plan["peers"] {
  return fronts.flatMap((f) => {
    if (f.probe.path === "/" || f.location === undefined) return [];
    const own = routes.filter((r) => r.location === f.location && r.peer?.kind === "tcp" && r.peer.scheme === "http" && r.pass.target?.uri === undefined);
    return own.slice(0, 2).flatMap((r) => directRequest(r, c, agent).map((d) => ({ ...d, url: `${d.url.replace(/\/$/, "")}${f.probe.path}` })));
  });
}

/** Masters that were started with a configuration of their own: `nginx -T` alone reads the default one. */
function otherNginx(view: NginxView, where: RegExp, home: string, usual: string): Plan["otherNginx"] {
  return (view.processes ?? []).flatMap((p) => {
    if (p.role !== "master" || !where.test(p.command?.split(/\s+/)[0] ?? "")) return [];
    const prefix = (p.prefix ?? home).replace(/\/$/, "");
    const named = p.configFile ?? usual;
    const config = named.startsWith("/") ? named : `${prefix}/${named}`;
    return config === "/etc/nginx/nginx.conf" ? [] : [{ config, prefix }];
  });
}

/** Asks a failing peer in another protocol than nginx does: it may be the one it speaks. */
function otherScheme(failing: readonly Target[], schemes: readonly string[], instead: string, agent: string): Plan["peers"] {
  return failing.flatMap((t) => {
    const { peer, location, listener } = t.scope;
    if (peer?.kind !== "tcp" || !schemes.includes(location?.scheme ?? "") || listener?.present === false) return [];
    const address = peer.address ?? peer.host ?? "";
    return [{ url: `${instead}://${address.includes(":") ? `[${address}]` : address}:${peer.port}/`, host: /^[A-Za-z0-9.-]+$/.test(t.vhost) ? t.vhost : "localhost", agent }];
  });
}

function requestHost(r: Route): string {
  const name = r.server.names.find((n) => /^[A-Za-z0-9.-]+$/.test(n) && n !== "_");
  return name ?? "localhost";
}

function logPaths(view: NginxView, c: TargetContext): string[] {
  const configured = [...(view.routes?.main.errorLogs ?? []), ...(view.routes?.servers ?? []).flatMap((s) => [...s.request.errorLogs, ...s.locations.flatMap((l) => l.request.errorLogs)])];
  const paths = configured.filter((l) => (l.kind === "file" || l.kind === "default") && l.path.startsWith("/") && l.path !== "/dev/null").map((l) => l.path);
  return [...new Set(paths.length > 0 ? paths : c.facts.results("error-log").some((r) => r.exitCode === 0) ? ["/var/log/nginx/error.log"] : [])];
}

function accessPaths(view: NginxView): string[] {
  const logs = (view.routes?.servers ?? []).flatMap((s) => s.request.accessLogs);
  return [...new Set(logs.filter((l) => (l.kind === "file" || l.kind === "default") && l.path.startsWith("/") && !l.variable && l.path !== "/dev/null").map((l) => l.path))];
}

/** Units whose journal tells something: the linked ones first, then what is down, then other local ones. */
function unitsToRead(c: TargetContext, targets: readonly Target[]): string[] {
  const linked = targets.flatMap((t) => (t.scope.service?.kind === "systemd" ? [t.scope.service.name ?? ""] : []));
  const local = c.services.all.filter((s) => s.kind === "systemd" && s.local);
  const down = c.services.all.filter((s) => s.kind === "systemd" && isDown(s) && s.unit?.activeState !== "inactive");
  const names = [...linked, ...local.filter(isDown).map((s) => s.name), ...down.map((s) => s.name), ...local.map((s) => s.name)];
  if (c.nginx.running === false && c.nginx.unit !== undefined) names.unshift(c.nginx.unit);
  return [...new Set(names)].filter((n) => n !== "" && /^[A-Za-z0-9:_.\\@-]+$/.test(n)).slice(0, 10);
}

/** Installed services that systemd has not loaded, so that `show '*'` left them out. */
function unloaded(c: TargetContext): string[] {
  const paths = (c.facts.one<Plain>("unit-files")?.lines ?? []).map((l) => l.trim());
  const own = new Set(paths.filter((p) => /^\/(etc|run|usr\/local)\//.test(p)).map(baseName));
  // A unit whose file is gone still stands in the journal.
  const former = c.facts.all<Journal>("journal-port").flatMap((f) => f.value.entries.flatMap((e) => (e.unit === undefined ? [] : [e.unit])));
  const names = [...new Set([...paths.map(baseName), ...former])].filter((n) => /^[A-Za-z0-9:_.\\@-]+\.(service|socket)$/.test(n) && !n.includes("@."));
  return names
    .filter((n) => !c.services.units.has(n) && !DISTRIBUTION.test(n))
    .filter((n) => own.has(n) || former.includes(n) || /nginx|angie|openresty|fpm|gunicorn|uwsgi|puma|unicorn|node|pm2|tomcat|jetty|app|web|api/.test(n));
}

function lostPorts(targets: readonly Target[]): Plan["lostPorts"] {
  const lost = targets.filter((t) => t.scope.listener?.present === false && t.scope.service?.certain !== true && t.scope.peer?.kind === "tcp");
  const ports = [...new Set(lost.map((t) => t.scope.peer?.port))].filter((p) => p !== undefined).slice(0, 8);
  return ports.length === 0 ? [] : [{ pattern: `(listen|running|start|serv|bound|ready|http).*\\b(${ports.join("|")})\\b` }];
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

const DISTRIBUTION = /^(systemd-|x11-common|cryptdisks|hwclock|rc|rcS|sudo|bootlogs|killprocs|motd|single|umount|halt|reboot|fuse|dbus-org|syslog|sshd|display-manager|autovt|ctrl-alt-del|container-getty|initrd|emergency|rescue)/;

function mentions(c: TargetContext, targets: readonly Target[]): Plan["fileBatches"] {
  const wanted = targets.filter((t) => t.scope.service?.certain !== true && t.scope.peer?.local !== false);
  const ports = wanted.flatMap((t) => (t.scope.peer?.port === undefined ? [] : [String(t.scope.peer.port)]));
  const paths = wanted.flatMap((t) => (t.scope.peer?.path === undefined ? [] : [t.scope.peer.path.replaceAll(/[.+*?^$()[\]{}|\\]/g, "\\$&")]));
  const needles = [...new Set([...ports, ...paths])].slice(0, 40);
  const files = [...new Set(c.services.all.filter((s) => s.local).flatMap((s) => s.files))].slice(0, 200);
  return needles.length === 0 || files.length === 0 ? [] : [{ needles: needles.join("|"), files }];
}

function daemonBinary(c: TargetContext, pid: number): string | undefined {
  const child = c.processes.all.find((p) => p.ppid === pid);
  return /^(\/\S+\/node)\s/.exec(child?.args ?? "")?.[1];
}

function masters(view: NginxView): number[] {
  return (view.processes ?? []).filter((p) => p.role === "master").map((p) => p.pid);
}

function containerIds(c: TargetContext): string[] {
  const listed = c.facts.results("containers").find((r) => r.end === "exited" && r.exitCode === 0);
  return [...(listed?.stdout ?? "").matchAll(/"ID":"([0-9a-f]{12,64})"/g)].map((m) => m[1] ?? "");
}

function appLogs(c: TargetContext, targets: readonly Target[]): string[] {
  const names = new Set(targets.map((t) => t.scope.service?.name));
  const paths = c.services.all.filter((s) => names.has(s.name)).flatMap((s) => s.logs);
  return [...new Set(paths)].filter((p) => /^\/[\w./@+-]+$/.test(p));
}

/** The slow logs of the php-fpm pools that nginx asks. */
function slowLogs(targets: readonly Target[]): Plan["slowLogs"] {
  const paths = targets.flatMap((t) => (t.scope.pool?.slowlog === undefined ? [] : [t.scope.pool.slowlog]));
  return [...new Set(paths)].filter((p) => /^\/[\w./@+-]+$/.test(p)).map((path) => ({ path }));
}

function resolverNames(failing: readonly Target[], c: TargetContext): Plan["resolverNames"] {
  const lines = c.log.lines.filter((l) => l.record.class === "resolve-failed" && l.record.subject !== undefined);
  const name = lines.at(-1)?.record.subject;
  const resolver = failing.flatMap((t) => t.scope.location?.resolver ?? [])[0]?.replace(/:53$/, "");
  if (name === undefined || resolver === undefined || !/^[A-Za-z0-9._-]+$/.test(name) || !/^[\d.a-f:]+$/i.test(resolver)) return [];
  return [{ name, resolver }];
}

function batch<K extends string>(list: readonly string[], size: number, key: K): Record<K, string[]>[] {
  const unique = [...new Set(list)].filter((p) => p !== "");
  const out: Record<K, string[]>[] = [];
  for (let at = 0; at < unique.length; at += size) out.push({ [key]: unique.slice(at, at + size) } as Record<K, string[]>);
  return out;
}

function uniqueBy<T>(list: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(list.map((item) => [key(item), item])).values()];
}
