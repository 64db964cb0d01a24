import type { FrontProbe, PeerProbe } from "../domain/fix.ts";
import type { Plain } from "../parsers/plain.ts";
import { isLocalPeer, peerAddresses, routeTo, sourceOf } from "./addresses.ts";
import type { FrontResult } from "./fronts.ts";
import type { Ghost } from "./ghosts.ts";
import { groundsOf, requestGrounds } from "./grounds.ts";
import type { Target } from "./host-model.ts";
import { logFacts } from "./journal-view.ts";
import { citesOf } from "./cites.ts";
import { clusterPeer } from "./kubernetes.ts";
import { dockedAt } from "./docked.ts";
import { linkPeer } from "./links.ts";
import { accepts, listenersFor, type Match } from "./listeners.ts";
import { kindOf } from "./log-kind.ts";
import { failures, type LogLine } from "./log-view.ts";
import { listenerFacts, serviceFacts } from "./owner-facts.ts";
import { locationFacts, upstreamFacts } from "./route-facts.ts";
import type { PeerScope } from "./schema.ts";
import type { Service } from "./service.ts";
import { socketFacts } from "./socket-facts.ts";
import { sandboxFacts } from "./unit-sandbox.ts";
import { directOf, RECENT_S, symptomOf, idleOf } from "./symptoms.ts";
import { type Peer, type Route, targetName } from "./topology.ts";
import { appFacts, containerFacts, requiredFailed, unitFacts } from "./unit-facts.ts";
import { networkFacts, resolverFacts, tlsFacts } from "./network-facts.ts";
import { poolFacts } from "./pool-facts.ts";
import type { TargetContext } from "./target-context.ts";
import {
  directFor,
  directIds,
  ghostFacts,
  pathStatus,
  otherProtocols,
  peerFacts,
  whereFacts,
} from "./peer-facts.ts";
import { arrivesAt, joinedHost, machineOf } from "./machines.ts";
import { concerns, reaches } from "./peer-lines.ts";

/** Builds the target of one peer from all the routes of a vhost that lead to it. */
export function targetOf(
  routes: readonly Route[],
  peer: Peer | null,
  siblings: readonly Route[],
  c: TargetContext,
  ghost?: Ghost,
): Target {
  const [first] = routes as [Route, ...Route[]];
  const list = peer === null ? [] : peerAddresses(peer, c.known);
  const name = peer === null ? null : targetName(peer, list[0] ?? peer.host);
  const reaching = c.fronts.filter(({ front }) => routes.some((r) => reaches(front, r)));
  const lines = failures(c.log).filter((l) => concerns(l, routes, peer, list, c.schemes));
  // What nginx really asks is not what the files say: the request's failure belongs to the peer the log names.
  const others = ghost === undefined && c.haunted.has(first.vhost);
  const fronts = others ? reaching.filter((f) => f.status > 0 && f.status < 500) : reaching;
  const failing = fronts.find((f) => f.status >= 500 || f.status === 0);
  const route = (failing && routes.find((r) => r.location === failing.front.location)) ?? first;
  const local = peer === null ? undefined : isLocalPeer(peer, list, c.known);
  const machine = local === false ? machineOf(peer, list, c.machines) : undefined;
  const cluster = clusterPeer(peer, list, c.facts, machine?.side);
  // What a cluster answers for is no service of the machine.
  const there = cluster === undefined ? machine?.side : undefined;
  const looked = there !== undefined;
  // Who listens, which process and which service: asked on the peer's own machine.
  const m: TargetContext = { ...c, ...there };
  const match: Match =
    peer === null
      ? { present: undefined, exact: [], elsewhere: [] }
      : listenersFor(m.listeners, peer, looked ? arrivesAt(list, m.known) : list);
  const directResult = peer === null ? undefined : directFor(peer, list, c);
  const direct = {
    ...directOf(directResult),
    ...otherProtocols(peer, list, c),
    ...pathStatus(failing, peer, list, c),
  };
  const docked = peer?.kind === "tcp" ? dockedAt(peer.host, c) : false;
  const owner =
    peer !== null && (local !== false || docked === true || looked)
      ? linkPeer(
          peer,
          looked ? arrivesAt(list, m.known) : list,
          route,
          m,
          direct.outcome === "ok" && failing === undefined,
        )
      : undefined;
  const service = owner?.best.service;
  const nowS = c.nowMs / 1000;
  const since = aliveSince(service);
  const symptom = symptomOf({
    lines,
    fronts,
    direct,
    // Where nginx asked before a reload, and does not now, nobody has to listen any more.
    gone:
      (ghost === undefined || lines.some((l) => nowS - l.at <= RECENT_S)) &&
      (local === true || looked) &&
      match.present === false,
    logSeen: c.log.seen,
    now: nowS,
    ...(since === undefined ? {} : { aliveSince: since }),
    startedAt: c.startedS,
    blind:
      c.nginx.blindLog !== undefined ||
      ["crit", "alert", "emerg"].includes(c.vhosts.get(route.vhost)?.errorLogLevel ?? ""),
    users502: others ? 0 : (c.vhosts.get(route.vhost)?.status502 ?? 0),
    named: peer?.hostname !== undefined,
    onlyPeer:
      (route.upstream?.servers.filter((s) => !s.down).length ?? 1) <= 1 ||
      siblings.every((s) => s.peer === null || s === route || !presentOf(s, c)),
  });
  const listening = (address: string, port: number): boolean | undefined =>
    m.listeners.tcpSeen
      ? m.listeners.all.some(
          (l) => l.tcp && accepts(l.tcp, address === "localhost" ? "127.0.0.1" : address, port),
        )
      : undefined;
  const scope: PeerScope = {
    host: looked ? joinedHost(c.host, m.host) : c.host,
    nginx: c.nginx,
    vhost: c.vhosts.get(route.vhost) ?? {},
    location: locationFacts(route),
    upstream: upstreamFacts(route, siblings.filter((s) => presentOf(s, c) === false).length),
    peer: {
      ...peerFacts(peer, name, list, local, lines, route.server, c),
      ...ghostFacts(ghost, c),
      ...whereFacts(local, machine, looked),
    },
    symptom,
    direct,
    ...(local === true || docked === true || looked
      ? { listener: listenerFacts(match, service, m, looked) }
      : {}),
    socket: peer?.kind === "unix" ? socketFacts(peer.path ?? "", match, c, service?.unit) : {},
    // Of a machine that was not looked at nobody can say that it has no such service; but none of this host's is meant.
    service:
      local === false && docked !== true && !looked
        ? docked === false
          ? { known: false, kind: "elsewhere" }
          : {}
        : serviceFacts(owner, peer, m, looked ? list[0] : undefined),
    ...(service
      ? {
          unit: unitFacts(
            service,
            m.services,
            m.processes,
            m.journals,
            m.nowMs,
            m.boot,
            m.people,
            unitFilesOf(service.name, m),
          ),
          app: appFacts(service, m.nowMs),
          container: containerFacts(service, peer?.port, peer?.host, insideOf(service, m), m.nowMs),
          log: logFacts(service, m.journals, m.nowMs, listening, requiredFailed(service, m.services)),
        }
      : {}),
    pool: poolFacts(
      peer,
      service,
      m.services,
      m.facts,
      local === true ? list[0] : sourceOf(routeTo(c.facts, list[0])?.stdout),
    ),
    net: {
      ...(peer === null ? {} : networkFacts(peer, list, c.facts, local === true, listening, there)),
      ...resolverFacts(route, c.services),
      ...sandboxFacts(c, local === true ? service?.unit : undefined, list[0]),
    },
    tls: peer === null ? {} : tlsFacts(peer, c.facts),
  };
  return {
    vhost: route.vhost,
    target: name,
    scope,
    grounds: [
      ...groundsOf(route, peer, name, match, owner, peer === null ? [] : directIds(peer, list, c), m, c),
      ...requestGrounds(failing ?? fronts.at(-1), c.vhosts.get(route.vhost) ?? {}),
    ],
    ...(looked && machine?.name !== undefined ? { machine: machine.name } : {}),
    ...(machine?.withheld === undefined ? {} : { elsewhere: machine.withheld }),
    ...(cluster === undefined ? {} : { cluster }),
    cites: citesOf(lines, directResult?.id, service, m),
    fronts: probesOf(fronts, lines),
    others: othersOf(route, siblings, c),
    idle: idleOf(symptom),
  };
}

/** The files of that name in systemd's folders; undefined: they could not be listed. */
function unitFilesOf(name: string, c: TargetContext): readonly string[] | undefined {
  return c.facts.one<Plain>("unit-files")?.lines.filter((l) => l.trim().endsWith(`/${name}`));
}

/** The peers that nginx turns to while this one is away. */
function othersOf(own: Route, siblings: readonly Route[], c: TargetContext): PeerProbe[] {
  const found = siblings.flatMap(({ peer }): PeerProbe[] => {
    if (peer === null || own.peer === null || peer.entry?.down === true) return [];
    const target = targetName(peer, peerAddresses(peer, c.known)[0] ?? peer.host);
    return targetName(peer) === targetName(own.peer) ? [] : [{ target, scheme: peer.scheme }];
  });
  return found.filter((p, i) => found.findIndex((q) => q.target === p.target) === i);
}

/** What a fix is verified with: not a request that may have been what brought the backend down. */
function probesOf(fronts: readonly FrontResult[], lines: readonly LogLine[]): FrontProbe[] {
  const harmless = fronts.filter(
    (f) =>
      !lines.some(
        (l) =>
          l.record.request?.path === f.front.probe.path &&
          ["premature", "reset", "truncated"].includes(kindOf(l.record)),
      ),
  );
  return (harmless.length > 0 ? harmless : fronts.slice(0, 1)).map((f) => f.front.probe);
}

/** The newest start of the backend: what was logged before is of its former life. */
function aliveSince(service: Service | undefined): number | undefined {
  const ms =
    service?.unit?.activeState === "active"
      ? service.unit.execMainStartAt
      : service?.app?.app?.status === "online"
        ? service.app.app.startedAt
        : service?.container?.state === "running"
          ? service.container.startedAt
          : undefined;
  return ms === undefined ? undefined : ms / 1000;
}

function presentOf(route: Route, c: TargetContext): boolean | undefined {
  if (route.peer === null || route.peer.entry?.down === true) return false;
  const list = peerAddresses(route.peer, c.known);
  if (isLocalPeer(route.peer, list, c.known) === false)
    return directOf(directFor(route.peer, list, c)).outcome === "ok" ? true : undefined;
  return listenersFor(c.listeners, route.peer, list).present;
}

function insideOf(service: Service, c: TargetContext): readonly string[] | undefined {
  const pid = service.container?.pid;
  const result = c.facts
    .results("inside-container")
    .find((r) => pid !== undefined && r.argv.includes(String(pid)) && r.end === "exited" && r.exitCode === 0);
  return result && [...result.stdout.matchAll(/^LISTEN\s+\d+\s+\d+\s+(\S+)/gm)].map((m) => m[1] ?? "");
}
