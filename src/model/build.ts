import type { FrontProbe } from "../domain/fix.ts";
import type { FactSet } from "./facts.ts";
import { impactOf } from "./impact.ts";
import { frontResults, frontsOf, type Health } from "./fronts.ts";
import { HOST_GROUNDS, requestGrounds } from "./grounds.ts";
import { type Ghost, ghostsOf } from "./ghosts.ts";
import type { HostModel, Target, VhostView } from "./host-model.ts";
import { ofPresent } from "./log-present.ts";
import { logView } from "./log-view.ts";
import { nginxZone } from "./log-zone.ts";
import { machineSides, type OtherMachine } from "./machines.ts";
import { nginxFacts } from "./nginx-facts.ts";
import { failingMirrors, isMirror, withoutMirrors } from "./mirrors.ts";
import { nginxView, type NginxView } from "./nginx-view.ts";
import { outOfSight } from "./out-of-sight.ts";
import { planOf } from "./plan.ts";
import { sideOf } from "./side.ts";
import type { TargetContext } from "./target-context.ts";
import { isBad } from "./symptoms.ts";
import { targetOf } from "./target-facts.ts";
import { timelineOf } from "./timeline.ts";
import { type Route, schemesOf, targetName, vhostName } from "./topology.ts";
import { bareLogs, trafficOf } from "./traffic.ts";
import { vhostFacts } from "./vhost-facts.ts";

export interface ModelRequest {
  readonly host: string;
  readonly runId: string;
  readonly startedAt: number;
  readonly health: Health;
  readonly vhost?: string;
  /** A path that was complained about: asked by GET besides the health path. */
  readonly path?: string;
}

/**
 * Joins what was seen so far into the HostModel. Pure: the same facts give the same model.
 * @param machines the other machines that peers are on
 */
export function buildModel(
  facts: FactSet,
  request: ModelRequest,
  machines: readonly OtherMachine[] = [],
): HostModel {
  const { clock, ...side } = sideOf(request.host, facts, request.startedAt);
  const { services: all, listeners: listening, processes: table, host, known: names } = side;
  const nowS = clock.nowMs / 1000;
  const view = nginxView(facts);
  const written = logView(facts, nowS, nginxZone(facts) ?? clock.zoneMinutes, view.build?.numbers);
  const whole = withoutMirrors(written, view.routes);
  const workers = view.processes?.filter((p) => p.role === "worker") ?? [];
  const log = ofPresent(whole, view.processes ?? [], facts, nowS);
  const fronts = frontsOf(view, log, facts, nowS, request);
  const answers = frontResults(fronts, facts);
  const nginx = nginxFacts(view, facts, all, listening, table, log, nowS);
  const chosen = (name: string, names: readonly string[]): boolean =>
    request.vhost === undefined || name === request.vhost || names.includes(request.vhost);
  const servers = (view.routes?.servers ?? []).filter(
    (s) => s.context === "http" && chosen(vhostName(s), s.names),
  );
  const vhosts: VhostView[] = servers.map((server) => {
    const own = answers.filter((a) => a.front.server === server);
    const seen = vhostFacts(server, view, facts, answers, log, nowS);
    return {
      name: vhostName(server),
      facts: seen,
      cites: new Map(own.map((a) => ["front", a.id])),
      grounds: requestGrounds(own.find(isBad) ?? own.at(-1), seen),
      fronts: own.map((a) => a.front.probe),
    };
  });
  const routes = view.all.filter((r) => chosen(r.vhost, r.server.names) && !isMirror(r));
  // A vhost that was asked for by name is one of the configuration.
  const served = request.vhost === undefined ? view.routes?.servers : undefined;
  const ghosts = ghostsOf(routes, log, names, nowS, workers, served);
  const context: TargetContext = {
    ...side,
    machines: machineSides(machines, request.startedAt),
    asked: new Set(view.all.flatMap((r) => (r.peer?.port === undefined ? [] : [r.peer.port]))),
    askedPaths: new Set(view.all.flatMap((r) => (r.peer?.path === undefined ? [] : [r.peer.path]))),
    nginx,
    vhosts: new Map(vhosts.map((v) => [v.name, v.facts])),
    schemes: schemesOf(view.all),
    log,
    fronts: answers,
    startedS: clock.nowMs / 1000,
    haunted: new Set(ghosts.filter((g) => !g.dynamic).map((g) => g.route.vhost)),
  };
  const configured = grouped(routes).map(({ own, siblings }) =>
    targetOf(own, own[0]?.peer ?? null, siblings, context),
  );
  const targets = [...configured, ...ghosts.map((g) => targetOf([g.route], g.peer, [g.route], context, g))];
  const unserved =
    request.vhost !== undefined && view.routes !== undefined && vhosts.length === 0
      ? [notServed(request.vhost, view.routes.servers.map(vhostName))]
      : [];
  const looked = lookedEnough(
    view.routes !== undefined && !unreadable(facts, view.config),
    vhosts,
    targets,
    fronts.filter((f) => f.failed && !answers.some((a) => a.front === f)).map((f) => f.probe),
    log.seen,
    usersSeen(log.seen, facts),
    nginx.running,
  );
  const impact = impactOf(vhosts, log, nowS);
  return {
    host,
    nginx,
    vhosts,
    targets,
    plan: planOf(context, view, fronts, targets, [...routes, ...chosenNow(ghosts)], request.runId),
    grounds: HOST_GROUNDS,
    machines: context.machines.flatMap((m) => {
      if (m.side === undefined) return [];
      const there = targets.filter((t) => t.machine === m.name);
      // Of nginx nothing is planned there: only who should be listening.
      const plan = planOf({ ...context, ...m.side }, view, [], there, [], request.runId);
      return [{ name: m.side.host.name ?? "", host: m.side.host, plan }];
    }),
    traffic: trafficOf(view, facts, nowS),
    bareLogs: bareLogs(view, facts),
    timeline: timelineOf(side, whole, context.machines),
    ...(impact === undefined ? {} : { impact }),
    unrelated: [
      ...idlePeers(targets),
      ...failingMirrors(written, whole, nowS),
      ...neverAsked(view.shadowed),
      ...unrelatedFailures(host.failedUnits ?? [], targets),
    ],
    outOfSight: outOfSight(targets),
    lookedEnough: looked.length + unserved.length === 0,
    notLooked: [...unserved, ...looked],
  };
}

/** The routes to peers that a variable or a name at run time chose: they are in force, though no file names them. */
function chosenNow(ghosts: readonly Ghost[]): Route[] {
  return ghosts.flatMap((g) => (g.dynamic ? [g.route] : []));
}

/** Routes of one vhost that lead to the same peer, with all the routes beside them in its group. */
function grouped(routes: readonly Route[]): { own: Route[]; siblings: Route[] }[] {
  const groups = new Map<string, { own: Route[]; siblings: Route[] }>();
  for (const route of routes) {
    const peer = route.peer === null ? `none ${route.location?.line ?? ""}` : targetName(route.peer);
    const key = `${route.server.file}:${route.server.line} ${route.peer?.scheme} ${peer}`;
    const group = groups.get(key) ?? { own: [], siblings: [] };
    group.own.push(route);
    groups.set(key, group);
  }
  for (const group of groups.values()) {
    const [first] = group.own;
    group.siblings = routes.filter(
      (r) =>
        r.server === first?.server &&
        r.location === first?.location &&
        r.peer?.scheme === first?.peer?.scheme &&
        r.upstream?.name === first?.upstream?.name,
    );
  }
  return [...groups.values()];
}

/** Why "healthy" could not be said: nothing that was not looked at counts as fine. */
function lookedEnough(
  configured: boolean,
  vhosts: readonly VhostView[],
  targets: readonly Target[],
  unanswered: readonly FrontProbe[],
  logSeen: boolean,
  users: boolean,
  running: boolean | undefined,
): string[] {
  const why: string[] = [];
  // Who answers for a vhost runs.
  if (running === undefined && !vhosts.some((v) => (v.facts.status ?? 0) > 0))
    why.push("whether nginx runs could not be seen");
  if (!users) why.push("what users get was not seen: nginx's logs could not be read");
  if (!configured) why.push("nginx's configuration could not all be read");
  const dark = vhosts.filter((v) => v.facts.probed !== true).map((v) => v.name);
  const unasked = targets.filter((t) => dark.includes(t.vhost) && t.scope.direct?.outcome !== "ok");
  if (unasked.length > 0 && !logSeen)
    why.push(`nothing was seen of ${unasked.map((t) => t.target ?? t.vhost).join(", ")}`);
  const failed = vhosts.filter((v) => dark.includes(v.name) && (v.facts.bad ?? 0) > 0).map((v) => v.name);
  if (failed.length > 0) why.push(`users of ${failed.join(", ")} got errors lately, and it was not asked`);
  for (const { vhost, path } of unanswered)
    why.push(`${vhost}${path} failed lately, and was not asked again`);
  return why;
}

/** One log at least, and none that is there and closed: a 502 that the backend itself answers is in the access log alone. */
function usersSeen(logSeen: boolean, facts: FactSet): boolean {
  const access = facts.results("access-logs");
  const closed = access.some((r) =>
    r.end !== "exited" && r.end !== "cut" ? true : /Permission denied/.test(r.stderr),
  );
  return access.some((r) => r.exitCode === 0) || (logSeen && !closed);
}

/** Servers that another one, read before them, takes every request from. */
function neverAsked(shadowed: NginxView["shadowed"]): string[] {
  return shadowed.map(
    ({ server, by }) =>
      `${server.file}:${server.line} is never asked: ${vhostName(server)} is served by ${by.file}:${by.line}, which nginx reads first`,
  );
}

function idlePeers(targets: readonly Target[]): string[] {
  const down = targets.filter((t) => t.idle && t.scope.listener?.present === false);
  return down.map(
    (t) =>
      `${t.target ?? "a peer"} (${t.vhost}, ${t.scope.location?.path ?? ""}) does not answer, and nobody asked for it lately`,
  );
}

/** What is read beside `nginx -T`: an include of another name or place was not asked for, nor need it be there. */
const SEARCHED = /^\/etc\/nginx\/(?:.*(?:\.conf|\.vhost|_params|default|mime\.types)|sites-enabled\/[^/]*)$/;

/** Read file by file, and some of the files were closed to the login, or not asked for: vhosts may be missing. */
function unreadable(facts: FactSet, config: NginxView["config"]): boolean {
  const source = config?.source;
  const whole = config?.missingIncludes.every(({ path }) => SEARCHED.test(path)) ?? true;
  if (source === "dump") return false;
  const read = (check: string): boolean =>
    facts.results(check).some((r) => r.end === "exited" && !/Permission denied/.test(r.stderr));
  const denied = ["nginx-files", "nginx-sites"].some(
    (check) => facts.results(check).length > 0 && !read(check),
  );
  return denied || (source !== undefined && !(read("nginx-files") && read("nginx-sites") && whole));
}

function notServed(vhost: string, served: readonly string[]): string {
  const names = [...new Set(served)].slice(0, 8).join(", ");
  return `nginx on this host has no vhost ${vhost}; it has ${names === "" ? "none" : names}`;
}

function unrelatedFailures(failed: readonly string[], targets: readonly Target[]): string[] {
  const linked = new Set(targets.map((t) => t.scope.unit?.id));
  return failed
    .filter((id) => !linked.has(id))
    .map((id) => `${id} has failed; no vhost depends on it as far as was seen`);
}
