import type { TimelineEntry } from "../domain/diagnosis.ts";
import type { Stat } from "../parsers/stat.ts";
import type { FactSet } from "./facts.ts";
import type { LogLine, LogView } from "./log-view.ts";
import { deploysOf } from "./deploys.ts";
import { packageChanges } from "./packages.ts";
import type { Service } from "./service.ts";
import type { MachineSide } from "./machines.ts";
import type { Side } from "./side.ts";

const DAY_MS = 86_400_000;

const MOST = 24;

/**
 * What changed lately, oldest first: boots, starts and stops, configuration files, the first and last failure; on the
 * machines of peers, too, by the clock of nginx's host.
 */
export function timelineOf(own: Side, log: LogView, machines: readonly MachineSide[]): TimelineEntry[] {
  const theirs = machines.flatMap(({ side }) =>
    side === undefined
      ? []
      : happened(side, []).map(({ at, what, source }) => ({
          at: at + own.nowMs - side.nowMs,
          what: `on ${side.host.name}: ${what}`,
          source,
        })),
  );
  return [...happened(own, log.lines), ...theirs].toSorted((a, b) => a.at - b.at).slice(-MOST);
}

/** When pm2 or the container engine last started it; what systemd runs has its journal. */
function begunAt({ app, container, state }: Service, nowMs: number): number | undefined {
  const at =
    container?.state === "running" || state === "running" ? container?.startedAt : app?.app?.startedAt;
  return at !== undefined && nowMs - at < DAY_MS ? at : undefined;
}

function sayRestarts({ kind, app, container }: Service): string {
  const restarts = app?.app?.restarts ?? container?.restarts ?? 0;
  const by = kind === "pm2" ? " by pm2" : "";
  return `${by}${restarts > 0 ? ` (restarted ${restarts} times in all)` : ""}`;
}

/** A certificate does not change: what it has been expired for longer than this began no failure of today. */
const EXPIRED_MS = 90 * DAY_MS;

/** When the certificates that backends show ran out, by OpenSSL 3's own words on the chain's first one. */
function expiries(facts: FactSet, nowMs: number): { at: number; what: string }[] {
  const seen = facts.results("tls").filter((r) => r.end === "exited" || r.end === "cut");
  return seen.flatMap(({ argv, stdout }) => {
    const at = Date.parse(/NotAfter: ([^\n;]{1,40})/.exec(stdout)?.[1] ?? "");
    const of = argv[argv.indexOf("-connect") + 1] ?? "";
    if (Number.isNaN(at) || at > nowMs || at < nowMs - EXPIRED_MS) return [];
    return [{ at, what: `the certificate of ${of} ran out` }];
  });
}

function happened(
  { facts, services, journals, nowMs, zoneMinutes, people, boot: { atMs: bootMs } }: Side,
  lines: readonly LogLine[],
): TimelineEntry[] {
  const out: TimelineEntry[] = [];
  const add = (at: number | undefined, what: string, source: string): void => {
    if (at !== undefined && at > nowMs - 7 * DAY_MS && at <= nowMs + 60_000)
      out.push({ at: Math.round(at), what, source });
  };
  if (bootMs !== undefined && nowMs - bootMs < DAY_MS) add(bootMs, "the host was booted", "uptime");
  for (const f of facts.all<Stat>("config-ages").flatMap((s) => s.value.files)) {
    if (f.mtime !== undefined && nowMs - f.mtime * 1000 < DAY_MS)
      add(f.mtime * 1000, `${f.path} was changed`, "config-ages");
  }
  for (const p of people)
    if (nowMs - p.at < DAY_MS) add(p.at, `${p.by} ran sudo ${p.command.slice(0, 120)}`, "sudo-journal");
  for (const c of packageChanges(facts, zoneMinutes)) add(c.at, c.what, c.source);
  for (const { at, what } of expiries(facts, nowMs)) out.push({ at, what, source: "tls" });
  for (const d of deploysOf(facts)) add(d.at, d.what, "deploys");
  for (const service of services.all) {
    add(begunAt(service, nowMs), `${service.name} was started${sayRestarts(service)}`, service.kind);
    const log = journals.of(service);
    for (const e of log?.events.slice(-40) ?? []) {
      if (e.at === 0 || nowMs - e.at > DAY_MS) continue;
      if (e.kind === "started") add(e.at, `${service.name} was started`, log?.result ?? "journal");
      if (e.kind === "stopping") add(e.at, `${service.name} was told to stop`, log?.result ?? "journal");
      if (e.kind === "failed")
        add(e.at, `${service.name} failed (${e.result ?? ""})`, log?.result ?? "journal");
    }
  }
  const failures = lines.filter((l) => l.effect === "502");
  const [first] = failures;
  const last = failures.at(-1);
  if (first && last) {
    add(first.at * 1000, `first 502 in the log: ${first.record.class}`, first.source);
    if (last !== first)
      add(
        last.at * 1000,
        `last 502 in the log: ${last.record.class} (${failures.length} in all)`,
        last.source,
      );
  }
  return out.toSorted((a, b) => a.at - b.at);
}
