import type { z } from "zod";
import { routeTo } from "./addresses.ts";
import { type FactSet, known } from "./facts.ts";
import { blockedHere, blockedThere, firewallSeen, type Listening } from "./input-rules.ts";
import type { NetFacts, TlsFacts } from "./network-schema.ts";
import type { Services } from "./services.ts";
import type { Side } from "./side.ts";
import type { Peer, Route } from "./topology.ts";

/**
 * The way to a peer: route, neighbour, firewall, open connections.
 * @param local the peer is on nginx's own machine
 * @param listening whether somebody listens on an address and port of it
 * @param there the peer's machine, where it is another one that was looked at
 */
export function networkFacts(
  peer: Peer,
  list: readonly string[],
  facts: FactSet,
  local: boolean,
  listening: Listening,
  there?: Side,
): z.infer<typeof NetFacts> {
  const address = list[0] ?? peer.host ?? "";
  const route = routeTo(facts, address);
  const neighbour = facts
    .results("neighbours")
    .find((r) => r.argv.at(-1) === address && r.end === "exited" && r.exitCode === 0);
  const own = blockedHere(facts, address, peer.port ?? -1, local, route?.stdout, listening);
  const theirs =
    own === undefined && there !== undefined
      ? blockedThere(there, address, peer.port ?? -1, route?.stdout)
      : undefined;
  const rule = own ?? theirs?.rule;
  const seen = firewallSeen(facts) && (there === undefined || theirs?.seen === true);
  const sockets = facts.results("syn-sent").find((r) => r.end === "exited" || r.end === "cut");
  const count = (state: string): number | undefined =>
    sockets === undefined
      ? undefined
      : sockets.stdout
          .split("\n")
          .filter((l) => l.startsWith(state) && l.trim().split(/\s+/)[4] === `${address}:${peer.port}`)
          .length;
  const dig = facts
    .results("resolver-answer")
    .find((r) => peer.hostname !== undefined && r.argv.includes(peer.hostname));
  return known<z.infer<typeof NetFacts>>({
    route: route ? routeKind(`${route.stdout} ${route.stderr}`) : undefined,
    neighbour: neighbour
      ? (/\b(FAILED|INCOMPLETE|REACHABLE|STALE|DELAY|PROBE|PERMANENT)\b/.exec(neighbour.stdout)?.[1] ??
        "none")
      : undefined,
    blockedBy: rule?.rule ?? (seen ? "" : undefined),
    blockedSurely: rule?.sure,
    chain: rule?.chain,
    sentTo: rule?.sentTo,
    blockedOn: own === undefined && rule !== undefined ? there?.host.name : undefined,
    dropped: rule === undefined ? undefined : rule.drop,
    rejected: rule === undefined ? undefined : !rule.drop,
    synSent: count("SYN-SENT"),
    timeWait: count("TIME-WAIT"),
    established: count("ESTAB"),
    resolverAnswers: dig ? /status: (NOERROR|NXDOMAIN)/.test(dig.stdout) : undefined,
    nameExists: dig ? /status: NOERROR/.test(dig.stdout) && /ANSWER: [1-9]/.test(dig.stdout) : undefined,
  });
}

/** "none": no route leads there; the others are routes that refuse (ip-route(8)): each has an errno of its own. */
function routeKind(text: string): string {
  if (/prohibit|Permission denied|EACCES/i.test(text)) return "prohibit";
  if (/blackhole|Invalid argument/i.test(text)) return "blackhole";
  if (/Network is unreachable/i.test(text)) return "none";
  if (/unreachable|No route to host/i.test(text)) return "unreachable";
  return text.startsWith("local ") ? "local" : "ok";
}

const RESOLVERS = /^(systemd-resolved|unbound|dnsmasq|named|bind9|coredns|pdns-recursor|knot-resolver|kresd)/;

/** The service of this host that answers as the resolver a location uses, and its state. */
export function resolverFacts(
  route: Route,
  services: Services,
): Pick<z.infer<typeof NetFacts>, "resolverUnit" | "resolverUnitState"> {
  const resolver = (route.location?.request.resolvers ?? route.server.request.resolvers)[0]?.replace(
    /:\d+$/,
    "",
  );
  if (resolver?.startsWith("127.") !== true) return {};
  const named = services.all.find((s) => s.kind === "systemd" && s.text.includes(resolver));
  const known = [...services.units.values()].filter(
    (u) => RESOLVERS.test(u.id) && u.loadState === "loaded" && u.id.endsWith(".service"),
  );
  const unit = named?.unit ?? (known.length === 1 ? known[0] : undefined);
  return unit?.activeState === undefined
    ? {}
    : { resolverUnit: unit.id, resolverUnitState: unit.activeState };
}

/** What `openssl s_client` showed with and without a server name. */
export function tlsFacts(peer: Peer, facts: FactSet): z.infer<typeof TlsFacts> {
  const connect = `${peer.host}:${peer.port}`;
  const results = (check: string) =>
    facts
      .results(check)
      .find((one) => one.argv.includes(connect) && (one.end === "exited" || one.end === "cut"));
  const find = (check: string): string | undefined => {
    const r = results(check);
    return r && `${r.stdout}\n${r.stderr}`;
  };
  const named = find("tls");
  const bare = find("tls-without-name");
  if (named === undefined) return {};
  const notAfter = /NotAfter: ([^\n;]+)/.exec(named)?.[1];
  return known<z.infer<typeof TlsFacts>>({
    outcome: handshake(named),
    asked: results("tls")?.argv[(results("tls")?.argv.indexOf("-servername") ?? -2) + 1],
    withName: handshake(named),
    withoutName: bare === undefined ? undefined : handshake(bare),
    verify:
      /Verify return code: (\d+ \([^)]*\))/.exec(named)?.[1] ??
      /Verification(?: error)?: ([^\n]+)/.exec(named)?.[1],
    expired: /certificate has expired|Verify return code: 10\b/.test(named),
    notYet: /certificate is not yet valid|Verify return code: 9\b/.test(named),
    names:
      notAfter === undefined
        ? undefined
        : [/subject=[^\n]*CN ?= ?([^\n,]+)/.exec(named)?.[1] ?? ""].filter((n) => n !== ""),
    wantsClientCert:
      /Acceptable client certificate CA names|Requested Signature Algorithms|alert certificate required/.test(
        `${named}\n${bare ?? ""}`,
      ),
    protocol: /Protocol\s*(?:version)?: (\S+)/.exec(named)?.[1],
  });
}

function handshake(text: string): string {
  if (/BEGIN CERTIFICATE|CONNECTION ESTABLISHED|Verify return code: 0/.test(text)) return "ok";
  if (/wrong version number/.test(text)) return "plain";
  if (/alert number 112|unrecognized name/.test(text)) return "unrecognized-name";
  if (/alert number 40|handshake failure/.test(text)) return "handshake-failure";
  if (/alert number 70|protocol version|unsupported protocol/.test(text)) return "protocol-version";
  return /connect:errno|Connection refused/.test(text) ? "refused" : "failed";
}
