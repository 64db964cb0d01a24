import type { z } from "zod";
import { known } from "./facts.ts";
import { isProtected } from "./cluster.ts";
import { isDown, type LinkContext } from "./links.ts";
import { isOrphan, type Listener, type Match, ownedBy, programOf, WILDCARDS } from "./listeners.ts";
import { isNginx } from "./nginx-facts.ts";
import type { ListenerFacts, ServiceFacts } from "./service-schema.ts";
import { namesPort, type Owner, type Service } from "./service.ts";
import type { Peer } from "./topology.ts";

/**
 * Who listens where a peer should be, and how that fits the service that is meant.
 * @param elsewhere it is another machine: what nginx could be pointed at instead is not seen from there
 */
export function listenerFacts(
  match: Match,
  service: Service | undefined,
  c: LinkContext,
  elsewhere: boolean,
): z.infer<typeof ListenerFacts> {
  const best =
    match.exact.find((l) => service && ownedBy(l, service, c.processes) === true) ?? match.exact[0];
  // Several sockets on one address and port: the kernel deals the connections out among them.
  const stranger = match.exact.find(
    (l) =>
      best?.unit !== undefined && l.tcp && l.at === best.at && l.unit !== undefined && l.unit !== best.unit,
  );
  const owned = best && service ? ownedBy(best, service, c.processes) : undefined;
  return known<z.infer<typeof ListenerFacts>>({
    present: match.present,
    otherAddresses: match.present === undefined ? undefined : match.elsewhere.map((l) => l.at),
    otherOwned: otherOwned(match, service, c),
    otherText: match.elsewhere.map((l) => l.at).join(", ") || undefined,
    addressText: match.exact.map((l) => l.at).join(", ") || undefined,
    waiting: best?.waiting,
    backlog: best?.backlog,
    overflowing: best === undefined ? undefined : best.backlog > 0 && best.waiting > best.backlog,
    pid: best?.pid,
    processState: best?.process?.stat[0],
    computing:
      best?.process === undefined || !c.processes.unitsSeen
        ? undefined
        : c.processes.all.filter(
            (p) =>
              p.stat.startsWith("R") &&
              (best.unit === undefined ? p.pid === best.pid || p.ppid === best.pid : p.unit === best.unit),
          ).length,
    program: best ? programOf(best) : undefined,
    command: best?.process?.args,
    unit: best?.unit,
    owner: best ? ownerText(best) : undefined,
    ownerKnown: best === undefined ? undefined : best.pid !== undefined || best.unit !== undefined,
    expected: best === undefined ? undefined : service === undefined ? undefined : owned,
    orphan: best && service ? isOrphan(best, service, c.processes) : best ? false : undefined,
    shared: match.present === true ? shared(match, best, stranger) : undefined,
    sharedWith: stranger ? `${programOf(stranger)} (pid ${stranger.pid}, ${ownerText(stranger)})` : undefined,
    sharedWithService: stranger ? stranger.unit?.endsWith(".service") === true : undefined,
    agoS: best?.process?.ageSeconds,
    nginx: best?.process ? isNginx(best.process.args) : undefined,
    instead:
      !elsewhere &&
      match.elsewhere.length === 1 &&
      match.elsewhere[0] !== undefined &&
      !WILDCARDS.has(match.elsewhere[0].tcp?.address ?? "*")
        ? match.elsewhere[0].at
        : undefined,
  });
}

/** Whether one of the listeners on other addresses is the service that is meant; undefined: it was not seen whose they are. */
function otherOwned(match: Match, service: Service | undefined, c: LinkContext): boolean | undefined {
  if (service === undefined || match.elsewhere.length === 0) return undefined;
  const owned = match.elsewhere.map((l) => ownedBy(l, service, c.processes));
  if (owned.includes(true)) return true;
  return owned.includes(undefined) ? undefined : false;
}

/** What a start may do to a database: such a start is nothing to be pressed half asleep. */
const MIGRATES =
  /\bmigrat(?:e|ion|ions|or)\b|migrate[:_-]|[:_-]migrate|\balembic\b|\bflyway\b|\bliquibase\b|\bdb:(?:setup|seed|prepare|push)\b|\bprisma\b.{0,40}\bdeploy\b/i;

/** Unknown where several sockets are on one address and it was not seen whose. */
function shared(
  match: Match,
  best: Listener | undefined,
  stranger: Listener | undefined,
): boolean | undefined {
  if (stranger !== undefined) return true;
  const beside = match.exact.filter((l) => l !== best && l.at === best?.at);
  return beside.length > 0 && [best, ...beside].some((l) => l?.unit === undefined) ? undefined : false;
}

/** net.ipv4.ip_local_port_range begins here unless somebody changed it. */
const EPHEMERAL_FROM = 32_768;

function ownerText(l: Listener): string {
  return [l.unit ?? "no unit", l.process?.user].filter((x) => x !== undefined).join(", user ");
}

/**
 * The service that is meant to listen there, as far as it is known.
 * @param reachedAt the address nginx asks, where the service is on another machine
 */
export function serviceFacts(
  owner: Owner | undefined,
  peer: Peer | null,
  c: LinkContext,
  reachedAt?: string,
): z.infer<typeof ServiceFacts> {
  if (!owner)
    return c.services.complete
      ? {
          known: false,
          kind: "none",
          certain: false,
          sure: false,
          linkedBy: [],
          rivals: 0,
          othersDown: c.services.all.some((s) => s.local && isDown(s)) || c.services.userUnits,
          listens: [],
          listensElsewhere: [],
        }
      : { known: false };
  const service = owner.best.service;
  const mine = c.listeners.all.filter((l) => l.tcp && ownedBy(l, service, c.processes) === true);
  const elsewhere = mine.filter((l) => l.tcp?.port !== peer?.port && !c.asked.has(l.tcp?.port ?? -1));
  const at = reachedAt?.includes(":") ? `[${reachedAt}]` : (reachedAt ?? "127.0.0.1");
  const usable = elsewhere
    .map((l) => l.at.replace(/^(?:0\.0\.0\.0|\*|\[::\]):/, () => `${at}:`))
    .filter((l) => reachedAt === undefined || l.startsWith(`${at}:`));
  // A port that the kernel gives out and nobody wrote down is another one after the next start.
  const random = elsewhere.every(
    (l) => (l.tcp?.port ?? 0) >= EPHEMERAL_FROM && !namesPort(service.text, l.tcp?.port ?? 0),
  );
  return known<z.infer<typeof ServiceFacts>>({
    known: true,
    kind: service.kind,
    name: service.name,
    certain: owner.certain,
    sure: c.services.complete ? owner.certain : owner.certain ? undefined : false,
    linkedBy: [...owner.best.by],
    rivals: owner.rivals,
    listens: c.listeners.tcpSeen ? mine.map((l) => l.at) : undefined,
    listensElsewhere: c.listeners.tcpSeen ? elsewhere.map((l) => l.at) : undefined,
    listensText: elsewhere.map((l) => l.at).join(", ") || undefined,
    protected: isProtected(service, c.services.units),
    migrates: MIGRATES.test(`${service.text} ${service.app?.app?.execPath ?? ""}`),
    state: service.state,
    instead: usable.length === 1 && !random ? usable[0] : undefined,
    randomPort: random ? elsewhere[0]?.at : undefined,
  });
}
