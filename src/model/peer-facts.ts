import type { z } from "zod";
import { isLoopback } from "./addresses.ts";
import { known } from "./facts.ts";
import type { FrontResult } from "./fronts.ts";
import type { Ghost } from "./ghosts.ts";
import { listenersFor } from "./listeners.ts";
import { type LogLine } from "./log-view.ts";
import type { MachineSide } from "./machines.ts";
import { isNginx } from "./nginx-facts.ts";
import type { DirectFacts, PeerFacts } from "./route-schema.ts";
import { directOf } from "./symptoms.ts";
import { type Peer, type Route, targetName } from "./topology.ts";
import type { TargetContext } from "./target-context.ts";

export function directFor(
  peer: Peer,
  list: readonly string[],
  c: TargetContext,
): ReturnType<TargetContext["facts"]["result"]> {
  if (peer.kind === "unix")
    return c.facts
      .results("direct-socket")
      .find((r) => r.argv[r.argv.indexOf("--unix-socket") + 1] === peer.path);
  const hosts = [list[0] ?? peer.host, peer.host].map((a) => (a?.includes(":") ? `[${a}]` : a));
  const scheme = peer.scheme === "https" ? "https" : "http";
  return c.facts
    .results("direct")
    .find((r) => hosts.some((h) => r.argv.at(-1)?.startsWith(`${scheme}://${h}:${peer.port}/`)));
}

/** The results of all requests that were made to the peer without nginx. */
export function directIds(peer: Peer, list: readonly string[], c: TargetContext): string[] {
  const address = list[0] ?? peer.host ?? "";
  const place = `://${address.includes(":") ? `[${address}]` : address}:${peer.port}/`;
  const asked =
    peer.kind === "unix"
      ? [...c.facts.results("direct-socket"), ...c.facts.results("socket-plain")].filter(
          (r) => r.argv[r.argv.indexOf("--unix-socket") + 1] === peer.path,
        )
      : ["direct", "direct-tls", "direct-plain", "direct-path"]
          .flatMap((check) => c.facts.results(check))
          .filter((r) => r.argv.at(-1)?.includes(place));
  return asked.map((r) => r.id);
}

export function ghostFacts(
  ghost: Ghost | undefined,
  c: TargetContext,
): Pick<z.infer<typeof PeerFacts>, "configured" | "formerName" | "addressGone" | "hostname" | "addresses"> {
  if (!ghost || ghost.dynamic) return { configured: true, formerName: "" };
  if (ghost.formerName === undefined) return { configured: false, formerName: "" };
  const now = c.known.resolve(ghost.formerName);
  return known<ReturnType<typeof ghostFacts>>({
    configured: false,
    formerName: ghost.formerName,
    hostname: ghost.formerName,
    addresses: now === undefined ? undefined : [...now],
    addressGone: now === undefined || now.length === 0 ? undefined : !now.includes(ghost.peer.host ?? ""),
  });
}

/** What the peer itself answers for the path that fails through nginx. */
export function pathStatus(
  failing: FrontResult | undefined,
  peer: Peer | null,
  list: readonly string[],
  c: TargetContext,
): Pick<z.infer<typeof DirectFacts>, "pathStatus"> {
  if (peer?.kind !== "tcp" || !failing) return {};
  const address = list[0] ?? peer.host ?? "";
  const end = `${address.includes(":") ? `[${address}]` : address}:${peer.port}${failing.front.probe.path}`;
  const status = directOf(
    c.facts.results("direct-path").find((r) => r.argv.at(-1)?.endsWith(`://${end}`)),
  ).status;
  return status === undefined ? {} : { pathStatus: status };
}

/** What the peer answered when it was asked by TLS instead of plain HTTP, or in plain HTTP instead. */
export function otherProtocols(
  peer: Peer | null,
  list: readonly string[],
  c: TargetContext,
): Pick<z.infer<typeof DirectFacts>, "tlsOutcome" | "tlsStatus" | "plainStatus" | "plainOutcome"> {
  if (peer?.kind === "unix") {
    const bare = directOf(
      c.facts.results("socket-plain").find((r) => r.argv[r.argv.indexOf("--unix-socket") + 1] === peer.path),
    );
    return known<ReturnType<typeof otherProtocols>>({
      plainStatus: bare.status ?? (bare.outcome === undefined ? undefined : 0),
      plainOutcome: bare.outcome,
    });
  }
  if (peer?.kind !== "tcp") return {};
  const address = list[0] ?? peer.host ?? "";
  const place = `://${address.includes(":") ? `[${address}]` : address}:${peer.port}/`;
  const tls = directOf(c.facts.results("direct-tls").find((r) => r.argv.at(-1)?.includes(place)));
  const bare = directOf(c.facts.results("direct-plain").find((r) => r.argv.at(-1)?.includes(place)));
  return known<ReturnType<typeof otherProtocols>>({
    tlsOutcome: tls.outcome,
    tlsStatus: tls.status,
    // 0: asked, and no answer.
    plainStatus: bare.status ?? (bare.outcome === undefined ? undefined : 0),
    plainOutcome: bare.outcome,
  });
}

/** nginx asks every address of a name in turn: one where nothing listens costs each request meant for it a retry. */
function deadFacts(
  peer: Peer,
  list: readonly string[],
  local: boolean | undefined,
  c: TargetContext,
): Pick<z.infer<typeof PeerFacts>, "deadAddresses" | "deadText"> {
  if (peer.kind !== "tcp" || local !== true || !c.listeners.tcpSeen) return {};
  if (peer.hostname !== undefined && c.known.resolve(peer.hostname) === undefined) return {};
  const dead = list.filter((a) => listenersFor(c.listeners, peer, [a]).present === false);
  const some = dead.length > 0 && dead.length < list.length;
  return known<ReturnType<typeof deadFacts>>({
    deadAddresses: some ? dead : [],
    deadText: some ? dead.map((a) => targetName(peer, a)).join(", ") : undefined,
  });
}

export function peerFacts(
  peer: Peer | null,
  name: string | null,
  list: readonly string[],
  local: boolean | undefined,
  lines: readonly LogLine[],
  server: Route["server"],
  c: TargetContext,
): z.infer<typeof PeerFacts> {
  if (peer === null) return { resolves: false };
  const containers = c.services.all.flatMap((s) => s.container?.networks.map((n) => n.address) ?? []);
  return known<z.infer<typeof PeerFacts>>({
    target: name ?? undefined,
    kind: peer.kind,
    address: list[0] ?? peer.host,
    host: peer.host,
    hostname: peer.hostname,
    port: peer.port,
    path: peer.path,
    local,
    loopback: peer.kind === "unix" ? false : list.length === 0 ? undefined : list.every(isLoopback),
    down: peer.entry?.down ?? false,
    viaLocalhost: peer.hostname === "localhost",
    self:
      peer.kind === "tcp" && local === true
        ? server.listens.some((l) => l.port === peer.port) &&
          listenersFor(c.listeners, peer, list).exact.some((l) => isNginx(l.process?.args ?? ""))
        : false,
    inLog: c.log.seen ? lines.length > 0 : undefined,
    resolves:
      peer.hostname === undefined
        ? undefined
        : c.known.resolve(peer.hostname) === undefined
          ? undefined
          : list.length > 0,
    addresses: [...list],
    ...deadFacts(peer, list, local, c),
    containerAddress: list.some((a) => containers.includes(a)),
    // Known from the log alone: no file was read that names it.
    file: peer.file || undefined,
    line: peer.line,
    written: peer.written,
  });
}

/** What is known of the machine of a peer that is not on this host. */
export function whereFacts(
  local: boolean | undefined,
  machine: MachineSide | undefined,
  looked: boolean,
): Pick<z.infer<typeof PeerFacts>, "machine" | "looked" | "contact"> {
  if (local !== false) return {};
  return known<ReturnType<typeof whereFacts>>({
    machine: machine?.name,
    looked,
    contact: machine?.contact,
  });
}
