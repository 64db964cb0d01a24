import { peerAddresses, type Addresses } from "./addresses.ts";
import type { NginxServer } from "../parsers/nginx-routes.ts";
import { MAX_ALTERNATIVES } from "../parsers/nginx-variables.ts";
import type { NginxProcess } from "../parsers/ps-roles.ts";
import { isOfFormer } from "./log-present.ts";
import type { LogView } from "./log-view.ts";
import { lostVhost } from "./lost-vhost.ts";
import { isSocket } from "./peer-lines.ts";
import { RECENT_S } from "./symptoms.ts";
import { type Peer, type Route, targetName } from "./topology.ts";

/** A peer that nginx still asks, as its log shows, though the configuration on disk does not name it. */
export interface Ghost {
  readonly route: Route;
  readonly peer: Peer;
  /** A variable chooses the peer: that the files do not name it proves nothing. */
  readonly dynamic: boolean;
  /** The name in the configuration whose address it may have been. */
  readonly formerName?: string;
}

/** Peers of recent failures that no route of their vhost leads to: an older configuration, or a name's older address. */
export function ghostsOf(
  routes: readonly Route[],
  log: LogView,
  known: Addresses,
  nowS: number,
  workers: readonly Pick<NginxProcess, "pid" | "ageSeconds" | "shuttingDown">[],
  servers: readonly NginxServer[] | undefined,
): Ghost[] {
  const found = new Map<string, Ghost>();
  for (const line of log.lines) {
    const { record, at, effect } = line;
    const up = record.upstream;
    if (
      nowS - at > RECENT_S ||
      isOfFormer(line, workers, nowS) ||
      effect === "none" ||
      record.stream === true ||
      (up?.address === undefined && up?.unix === undefined)
    )
      continue;
    const all = routes.filter((r) => r.server.context === "http" && r.server.logName === record.server);
    const own = all.filter((r) => r.peer !== null);
    const route = own[0] ?? all[0] ?? (servers && lostVhost(record, servers));
    if (!route) continue;
    const dynamic =
      own.some((r) => decidedLater(r) || mayChoose(r, up)) ||
      routes.some((r) => r.server === route.server && r.peer === null);
    // Nothing tells what such a name means; one in a variable nginx looks up itself, and its log says what it found.
    const unresolved = own.some(
      (r) =>
        r.pass.resolution === "literal" &&
        r.peer?.hostname !== undefined &&
        peerAddresses(r.peer, known).length === 0,
    );
    if (unresolved || own.some((r) => isAsked(r.peer as Peer, up, known))) continue;
    const peer = peerOf(
      up,
      route.peer ?? { written: route.pass.raw, file: route.pass.file, line: route.pass.line },
    );
    if (!peer) continue;
    const formerName = own.find((r) => r.peer?.hostname !== undefined && r.peer.port === peer.port)?.peer
      ?.hostname;
    found.set(`${route.vhost} ${targetName(peer)}`, {
      route: { ...route, peer },
      peer,
      dynamic,
      ...(formerName === undefined ? {} : { formerName }),
    });
  }
  return [...found.values()].slice(0, 8);
}

/** A request or a resolver decides; of `set` and `map` every value is in the files, unless it is a name. */
function decidedLater({ pass, peer }: Route): boolean {
  if (pass.resolution === "literal") return false;
  return pass.resolution === "runtime" || peer?.hostname !== undefined;
}

/** One of the values that the files give the variable names it, or there are more than were looked at. */
function mayChoose({ pass }: Route, up: { readonly address?: string; readonly unix?: string }): boolean {
  return (
    pass.alternatives.length >= MAX_ALTERNATIVES ||
    pass.alternatives.some(
      ({ unix, upstream, ...at }) =>
        upstream !== undefined ||
        (unix === undefined
          ? up.address === targetName({ kind: "tcp", ...at })
          : up.unix !== undefined && isSocket(up.unix, unix)),
    )
  );
}

function isAsked(
  peer: Peer,
  up: { readonly address?: string; readonly unix?: string },
  known: Addresses,
): boolean {
  if (up.unix !== undefined) return peer.path !== undefined && isSocket(up.unix, peer.path);
  return [...peerAddresses(peer, known), peer.host ?? ""].some((a) => targetName(peer, a) === up.address);
}

function peerOf(
  up: { readonly address?: string; readonly unix?: string; readonly scheme: string },
  like: Pick<Peer, "written" | "file" | "line">,
): Peer | undefined {
  const origin = { scheme: up.scheme, written: like.written, file: like.file, line: like.line };
  if (up.unix !== undefined) return { kind: "unix", path: up.unix, ...origin };
  const match = /^(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d+)$/i.exec(up.address ?? "");
  const host = match?.[1] ?? match?.[2];
  return host === undefined ? undefined : { kind: "tcp", host, port: Number(match?.[3]), ...origin };
}
