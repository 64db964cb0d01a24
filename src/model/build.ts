import type { FactSet } from "./facts.ts";
import { impactOf } from "./impact.ts";
import { frontResults, frontsOf, type Health } from "./fronts.ts";
import { ghostsOf } from "./ghosts.ts";
import type { HostModel, Target, VhostView } from "./host-model.ts";
import { logView } from "./log-view.ts";
import { nginxZone } from "./log-zone.ts";
import { machineSides, type OtherMachine } from "./machines.ts";
import { nginxFacts } from "./nginx-facts.ts";
import { nginxView } from "./nginx-view.ts";
import { outOfSight } from "./out-of-sight.ts";
import { planOf } from "./plan.ts";
import { sideOf } from "./side.ts";
import type { TargetContext } from "./target-context.ts";
import { targetOf } from "./target-facts.ts";
import { timelineOf } from "./timeline.ts";
import { type Route, targetName, vhostName } from "./topology.ts";
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
  const log = logView(facts, nowS, nginxZone(facts) ?? clock.zoneMinutes, view.build?.numbers);
  const fronts = frontsOf(view, log, facts, nowS, request);
  const answers = frontResults(fronts, facts);
  const nginx = nginxFacts(view, facts, all, listening, table, log, nowS);
  const chosen = (name: string, names: readonly string[]): boolean =>
    request.vhost === undefined || name === request.vhost || names.includes(request.vhost);
  const servers = (view.routes?.servers ?? []).filter(
    (s) => s.context === "http" && chosen(vhostName(s), s.names),
  );
  const vhosts: VhostView[] = servers.map((server) => ({
    name: vhostName(server),
    facts: vhostFacts(server, view, facts, answers, log, nowS),
    cites: new Map(answers.filter((a) => a.front.server === server).map((a) => ["front", a.id])),
    fronts: answers.filter((a) => a.front.server === server).map((a) => a.front.probe),
  }));
  const routes = view.all.filter((r) => chosen(r.vhost, r.server.names));
  const workers = view.processes?.filter((p) => p.role === "worker") ?? [];
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
    view.routes !== undefined && !unreadable(facts, view.config?.source),
    vhosts,
    targets,
    log.seen,
    nginx.running,
  );
  const impact = impactOf(vhosts, log, nowS);
  return {
    host,
    nginx,
    vhosts,
    targets,
    plan: planOf(context, view, fronts, targets, routes, request.runId),
    machines: context.machines.flatMap((m) => {
      if (m.side === undefined) return [];
      const there = targets.filter((t) => t.machine === m.name);
      // Of nginx nothing is planned there: only who should be listening.
      const plan = planOf({ ...context, ...m.side }, view, [], there, [], request.runId);
      return [{ name: m.side.host.name ?? "", host: m.side.host, plan }];
    }),
    traffic: trafficOf(view, facts, nowS),
    bareLogs: bareLogs(view, facts),
    timeline: timelineOf(side, log, context.machines),
    ...(impact === undefined ? {} : { impact }),
    unrelated: [...idlePeers(targets), ...unrelatedFailures(host.failedUnits ?? [], targets)],
    outOfSight: outOfSight(targets),
    lookedEnough: looked.length + unserved.length === 0,
    notLooked: [...unserved, ...looked],
  };
}

/** Routes of one vhost that lead to the same peer, with all the routes beside them in its group. */
function grouped(routes: readonly Route[]): { own: Route[]; siblings: Route[] }[] {
  const groups = new Map<string, { own: Route[]; siblings: Route[] }>();
  for (const route of routes) {
    const peer = route.peer === null ? `none ${route.location?.line ?? ""}` : targetName(route.peer);
    const key = `${route.server.file}:${route.server.line} ${peer}`;
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
  logSeen: boolean,
  running: boolean | undefined,
): string[] {
  const why: string[] = [];
  if (running === undefined) why.push("whether nginx runs could not be seen");
  if (!configured) why.push("nginx's configuration could not all be read");
  const dark = vhosts.filter((v) => v.facts.probed !== true).map((v) => v.name);
  const unasked = targets.filter(
    (t) =>
      dark.includes(t.vhost) &&
      t.scope.direct?.outcome === undefined &&
      t.scope.listener?.present === undefined,
  );
  if (unasked.length > 0 && !logSeen)
    why.push(`nothing was seen of ${unasked.map((t) => t.target ?? t.vhost).join(", ")}`);
  return why;
}

function idlePeers(targets: readonly Target[]): string[] {
  const down = targets.filter((t) => t.idle && t.scope.listener?.present === false);
  return down.map(
    (t) =>
      `${t.target ?? "a peer"} (${t.vhost}, ${t.scope.location?.path ?? ""}) does not answer, and nobody asked for it lately`,
  );
}

/** Read file by file, and some of the files were closed to the login, or not asked for: vhosts may be missing. */
function unreadable(facts: FactSet, source: string | undefined): boolean {
  if (source === "dump") return false;
  const read = (check: string): boolean =>
    facts.results(check).some((r) => r.end === "exited" && !/Permission denied/.test(r.stderr));
  const denied = ["nginx-files", "nginx-sites"].some(
    (check) => facts.results(check).length > 0 && !read(check),
  );
  return denied || (source !== undefined && !(read("nginx-files") && read("nginx-sites")));
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
