import type { z } from "zod";
import type { TcpListener } from "../parsers/ss-tcp.ts";
import { known } from "./facts.ts";
import type { NginxFacts } from "./host-schema.ts";
import { accepts, type Listener, type Listeners, programOf } from "./listeners.ts";
import type { LogLine, LogView } from "./log-view.ts";
import type { NginxView } from "./nginx-view.ts";

type Reload = Pick<
  z.infer<typeof NginxFacts>,
  "reloadFailed" | "reloadError" | "reloadAddress" | "reloadHolder" | "reloadHolderAt" | "reloadListen"
>;

/** nginx tries to bind five times, half a second apart, before it gives a reload up. */
const ATTEMPT_S = 5;
const IN_USE = 98;

/**
 * What became of the last reload. One that is refused leaves the workers as they are, so that what the master wrote as
 * [emerg] since the oldest of them began is of a reload that none has followed. `nginx -t` does not try addresses.
 */
export function reloadFacts(view: NginxView, log: LogView, listeners: Listeners, nowS: number): Reload {
  const masters = new Set(view.processes?.filter((p) => p.role === "master" && !p.old).map(({ pid }) => pid));
  const ages = view.processes
    ?.filter((p) => p.role === "worker" && !p.shuttingDown && masters.has(p.ppid))
    .map((p) => p.ageSeconds);
  if (!log.seen || ages === undefined || ages.length === 0) return {};
  // Log and processes tell seconds only.
  const began = nowS - Math.max(...ages) - 1;
  const refused = log.lines.filter(
    ({ record, at }) => record.level === "emerg" && masters.has(record.pid) && at >= began,
  );
  const last = refused.at(-1);
  if (last === undefined) return { reloadFailed: false };
  const attempt = refused.filter((l) => last.at - l.at <= ATTEMPT_S && l.record.pid === last.record.pid);
  const held = last.record.class === "emerg-bind" ? heldBy(attempt, masters, view, listeners) : undefined;
  // It was bound after all: the workers are as old as the reload that did it, within a second.
  if (held === "bound") return { reloadFailed: false };
  const said = attempt.find(({ record }) => record.subject !== undefined) ?? last;
  return known<Reload>({ reloadFailed: true, reloadError: said.record.message.slice(0, 200), ...held });
}

/** The first address that could not be bound and still cannot, as the files on disk want it and somebody has it. */
function heldBy(
  attempt: readonly LogLine[],
  masters: ReadonlySet<number>,
  view: NginxView,
  listeners: Listeners,
): Reload | "bound" | undefined {
  if (!listeners.tcpSeen) return undefined;
  let bound = false;
  for (const { record } of attempt) {
    const at = /^(?:\[([\da-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(record.subject ?? "");
    if (at === null || record.errno !== IN_USE) continue;
    const [, v6, v4 = "", digits] = at;
    const [address, port] = [v6 ?? v4, Number(digits)];
    const wanting = view.routes?.servers.find((server) =>
      server.listens.some((l) => l.port === port && l.address === address && !l.udp && !l.quic),
    );
    const holders = listeners.all.filter(({ tcp }) => tcp !== undefined && excludes(tcp, address, port));
    const own = (l: Listener): boolean => l.pid !== undefined && masters.has(l.pid);
    bound ||= holders.some((l) => own(l) && l.tcp?.address === address);
    const holder = holders.find((l) => !own(l)) ?? holders[0];
    if (wanting === undefined || holder === undefined || bound) continue;
    return {
      reloadAddress: record.subject,
      reloadHolder: own(holder) ? "nginx itself" : (holder.unit ?? programOf(holder) ?? "another program"),
      reloadHolderAt: holder.at,
      reloadListen: `${wanting.file}:${wanting.line}`,
    };
  }
  return bound ? "bound" : undefined;
}

/** While that listens, nobody else can bind the address: a wildcard and an address of its family exclude each other. */
function excludes(t: TcpListener, address: string, port: number): boolean {
  const wildcard = address === "0.0.0.0" || address === "::";
  const sameFamily = t.address.includes(":") === address.includes(":");
  return accepts(t, address, port) || (wildcard && sameFamily && t.port === port);
}
