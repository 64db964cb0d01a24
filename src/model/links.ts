import { inDockerNetwork, insidePorts, listensInside } from "./docked.ts";
import type { FactSet } from "./facts.ts";
import type { Journals } from "./journal-view.ts";
import { type Listener, listenersFor, type Listeners, ownedBy } from "./listeners.ts";
import type { ProcessTable } from "./process-table.ts";
import { alike, type Link, namesPort, type Owner, ownerOf, type Service } from "./service.ts";
import type { Services } from "./services.ts";
import type { Peer, Route } from "./topology.ts";

export interface LinkContext {
  readonly facts: FactSet;
  readonly services: Services;
  readonly listeners: Listeners;
  readonly processes: ProcessTable;
  readonly journals: Journals;
  /** The host's clock at the diagnosis, milliseconds since 1970. */
  readonly nowMs: number;
  /** Ports and sockets that nginx asks, of all its routes: "127.0.0.1:3000" → true. */
  readonly asked: ReadonlySet<number>;
  /** Unix sockets that nginx asks: somebody else's already. */
  readonly askedPaths: ReadonlySet<string>;
}

/**
 * Finds the service that is meant to listen for a peer, from everything that names its port or socket.
 * @param answers whether whoever listens there now gives good answers
 */
export function linkPeer(
  peer: Peer,
  addresses: readonly string[],
  route: Route,
  context: LinkContext,
  answers: boolean,
): Owner | undefined {
  const linked = context.services.all.map((service) => ({
    service,
    by: reasons(service, peer, addresses, route, context),
  }));
  // Who wanted the port and found it taken is the one meant, unless whoever has it answers well.
  if (!answers) {
    for (const l of linked)
      if (context.journals.wanted(l.service.key, peer, l.by.length > 0) && !l.by.includes("it listens there"))
        l.by.push("its log says the port was taken when it wanted it");
    const holder = listenersFor(context.listeners, peer, addresses).exact[0];
    for (const l of linked)
      if (l.by.includes("its journal says it listened there") && gaveWay(l.service, holder, context))
        l.by.push("it listened there until it ended, and another took its place");
  }
  const owner = ownerOf(present(linked, answers, context));
  if (owner && owner.best.by.some((b) => b !== "its name"))
    return { ...owner, certain: owner.certain && !mayBeAnother(owner, context) };
  return strayListener(peer, owner, route, context) ?? owner;
}

const NAMES: ReadonlySet<Link> = new Set([
  "its name",
  "its command line or unit file names it",
  "its files name it",
]);

/**
 * A number that stands in one unit may be a client's. Until every unit of this host is known, and the files of those
 * that are down were read, one of them may be meant.
 */
function mayBeAnother({ best }: Owner, { facts, services }: LinkContext): boolean {
  if (!best.by.every((b) => NAMES.has(b))) return false;
  const seen = (check: string): boolean =>
    facts.results(check).some((r) => r.end === "exited" || r.end === "cut" || r.end === "missing");
  // What systemd has not loaded does not run either.
  if (!seen("unit-files") || !seen("local-units") || services.unloadedFiles.length > 0) return true;
  const down = services.all.some(
    (s) => s.local && s.key !== best.service.key && s.files.length > 0 && isDown(s),
  );
  return down && !seen("mentions");
}

/** It ended before the one that listens now began. */
function gaveWay(service: Service, holder: Listener | undefined, context: LinkContext): boolean {
  const ended =
    service.unit?.inactiveEnterAt ??
    context.journals
      .of(service)
      ?.events.findLast((e) => ["stopped", "deactivated", "failed"].includes(e.kind))?.at;
  const age = holder?.process?.ageSeconds;
  return (
    isDown(service) &&
    ended !== undefined &&
    age !== undefined &&
    // Ages are whole seconds.
    ended <= context.nowMs - age * 1000 + 1500
  );
}

type Candidate = { readonly service: Service; readonly by: Link[] };

/**
 * Of several services that name the port, the present one: a retired unit is disabled and stopped, and started
 * for nobody. Who holds the port without answering well is no better candidate for holding it.
 */
function present(linked: readonly Candidate[], answers: boolean, context: LinkContext): Candidate[] {
  const judged = linked.map((l) =>
    answers || l.by.includes("its journal says it listened there")
      ? l
      : { ...l, by: l.by.filter((b) => b !== "it listens there" || l.by.length === 1) },
  );
  const strong = judged.filter((l) => l.by.some((b) => b !== "its name"));
  if (strong.length < 2) return judged;
  const retired = (l: Candidate): boolean =>
    l.service.unit?.unitFileState === "disabled" && l.service.unit.activeState === "inactive";
  const living = strong.filter((l) => !retired(l));
  if (living.length > 0) return judged.filter((l) => !strong.includes(l) || living.includes(l));
  const last = (l: Candidate): number =>
    context.journals
      .of(l.service)
      ?.events.findLast((e) => e.kind === "listening" || e.kind === "stopped" || e.kind === "started")?.at ??
    0;
  const newest = Math.max(...strong.map(last));
  return judged.filter((l) => !strong.includes(l) || last(l) === newest);
}

function reasons(
  service: Service,
  peer: Peer,
  addresses: readonly string[],
  route: Route,
  context: LinkContext,
): Link[] {
  const by: Link[] = [];
  if (service.declared.some((d) => declares(d, peer))) by.push("its definition declares it");
  if (names(withoutClients(service.text), peer)) by.push("its command line or unit file names it");
  if (mentioned(service, peer, context.facts)) by.push("its files name it");
  if (context.journals.listened(service.key, peer)) by.push("its journal says it listened there");
  if (service.container && peer.kind === "tcp" && inDockerNetwork(peer.host, context)) {
    if (service.container.networks.some((n) => n.address === peer.host)) by.push("its name");
    if (listensInside(service, peer.port, context.facts)) by.push("it listens there");
  } else if (
    service.container &&
    listenersFor(context.listeners, peer, addresses).present === false &&
    listensInside(service, peer.port, context.facts)
  )
    by.push("it listens there");
  const match = listenersFor(context.listeners, peer, addresses);
  if (match.exact.some((l) => ownedBy(l, service, context.processes) === true)) by.push("it listens there");
  const called = [route.vhost, route.upstream?.name ?? "", peer.path?.split("/").at(-1) ?? ""].join(" ");
  if (service.local && alike(service.name, called)) by.push("its name");
  return by;
}

/** A URL with the port in it names somebody else's server: a client's configuration, not a listener's. */
function withoutClients(text: string): string {
  return text.replaceAll(/\b(?:https?|wss?|redis|postgres(?:ql)?|mysql|amqp|mongodb):\/\/\S+/g, "");
}

function names(text: string, peer: Peer): boolean {
  if (peer.kind === "unix")
    return (
      text.includes(peer.path ?? "\0") || text.includes((peer.path ?? "\0").replace(/^\/run\//, "/var/run/"))
    );
  return peer.port !== undefined && peer.port !== 80 && peer.port !== 443 && namesPort(text, peer.port);
}

function declares(declared: string, peer: Peer): boolean {
  if (peer.kind === "unix")
    return declared === peer.path || declared.replace(/^\/var\/run\//, "/run/") === peer.path;
  return declared === String(peer.port) || declared.endsWith(`:${peer.port}`);
}

/** `grep -onHwE NEEDLES FILES`: lines "file:line:match". */
function mentioned(service: Service, peer: Peer, facts: FactSet): boolean {
  const needle = peer.kind === "unix" ? peer.path : String(peer.port);
  return facts
    .results("mentions")
    .filter((r) => r.end === "exited" || r.end === "cut")
    .some((r) =>
      r.stdout.split("\n").some((line) => {
        const match = /^(.*?):\d+:(.*)$/.exec(line);
        return match?.[2] === needle && service.files.includes(match?.[1] ?? "");
      }),
    );
}

const NEVER =
  /postgres|mysql|mariadb|redis|memcached|rabbitmq|mongod|sshd|ssh\.|named|dnsmasq|unbound|exim|postfix|cups|chrony|prometheus|grafana|node.exporter|docker\.service|containerd/i;

/**
 * Nothing names the port nginx asks: an application that listens where nginx asks nobody is probably the one.
 * Certain only when it is the single one, its name fits or no local service is down, so that no other can be meant.
 */
function strayListener(
  peer: Peer,
  named: Owner | undefined,
  route: Route,
  context: LinkContext,
): Owner | undefined {
  if (peer.kind !== "tcp" || listenersFor(context.listeners, peer, [peer.host ?? ""]).present !== false)
    return undefined;
  const stray = new Map<string, Service>();
  for (const l of context.listeners.all) {
    if (
      !l.tcp ||
      context.asked.has(l.tcp.port) ||
      l.tcp.port < 1024 ||
      NEVER.test(`${l.unit} ${l.process?.args}`)
    )
      continue;
    const service = context.services.all.find((s) => s.local && ownedBy(l, s, context.processes) === true);
    if (service && !NEVER.test(service.name)) stray.set(service.key, service);
  }
  // A container that listens inside and publishes nothing is a backend that lost its port.
  for (const s of context.services.all) {
    if (
      s.container?.state === "running" &&
      s.container.published.length === 0 &&
      insidePorts(s, context.facts).length > 0 &&
      !NEVER.test(s.name)
    )
      stray.set(s.key, s);
  }
  const called = `${route.vhost} ${route.upstream?.name ?? ""}`;
  const candidates = [...stray.values()];
  const fitting = candidates.filter((s) => alike(s.name, called));
  const best = fitting.length === 1 ? fitting[0] : candidates.length === 1 ? candidates[0] : undefined;
  if (!best || (named && named.best.service.key !== best.key)) return undefined;
  const othersDown = context.services.all.some((s) => s.local && s.key !== best.key && isDown(s));
  const certain =
    context.services.complete && candidates.length === 1 && (fitting.length === 1 || !othersDown);
  return { best: { service: best, by: ["its name"], points: 1 }, certain, rivals: candidates.length - 1 };
}

/** Stopped or failed: it might be the one that should listen. */
export function isDown(s: Service): boolean {
  if (s.unit)
    return (
      s.unit.activeState === "failed" ||
      (s.unit.activeState === "inactive" && s.unit.type !== "oneshot" && s.unit.unitFileState !== "static") ||
      s.unit.subState === "auto-restart"
    );
  if (s.kind === "pm2") return s.app?.app?.status !== "online";
  if (s.kind === "docker") return s.state !== "running";
  return s.state !== undefined && s.state !== "RUNNING";
}
