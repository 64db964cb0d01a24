import type { z } from "zod";
import type { KernelLog } from "../parsers/kernel-log.ts";
import { loopbackUp } from "./addresses.ts";
import { clusterUnits } from "./cluster.ts";
import { type FactSet, known } from "./facts.ts";
import { brokenConfigs } from "./pool-facts.ts";
import { spaceFacts } from "./disk-facts.ts";
import type { Pressure } from "../parsers/pressure.ts";
import type { ProcessTable } from "./process-table.ts";
import type { Denial, HostFacts } from "./host-schema.ts";
import type { Services } from "./services.ts";

/** The host's clock and zone, as the logs need them. */
export interface HostClock {
  /** Epoch milliseconds on the host. */
  readonly nowMs: number;
  /** undefined: not seen, so that a time without a zone could be any. */
  readonly zoneMinutes: number | undefined;
  /** When the host (or container) was booted; undefined where neither ps nor /proc said. */
  readonly bootMs: number | undefined;
}

/** @param fallbackMs the bot's clock, where the host's was not seen */
export function hostClock(facts: FactSet, table: ProcessTable, fallbackMs: number): HostClock {
  const date = /^(\d{9,12}) ([+-]\d{4})/.exec(text(facts, "clock") ?? "");
  const nowMs = date ? Number(date[1]) * 1000 : fallbackMs;
  const zone = date?.[2];
  const minutes = zone === undefined ? undefined : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  // In a container /proc/uptime is the machine's: process 1's age is the host's own.
  const up = Number.parseFloat(text(facts, "uptime") ?? "");
  const init = table.byPid.get(1)?.ageSeconds;
  const seconds = Math.min(Number.isNaN(up) ? Infinity : up, init ?? Infinity);
  return {
    nowMs,
    zoneMinutes: minutes !== undefined && zone?.startsWith("-") === true ? -minutes : minutes,
    bootMs: Number.isFinite(seconds) ? nowMs - seconds * 1000 : undefined,
  };
}

function text(facts: FactSet, check: string): string | undefined {
  const r = facts
    .results(check)
    .find((one) => (one.end === "exited" || one.end === "cut") && one.exitCode === 0);
  return r?.stdout;
}

export function hostFacts(
  name: string,
  facts: FactSet,
  clock: HostClock,
  services: Services,
  table: ProcessTable,
): z.infer<typeof HostFacts> {
  const memory = (key: string): number | undefined =>
    int(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(text(facts, "memory") ?? "")?.[1]);
  const disks = diskFacts(facts);
  const range = /^(\d+)\s+(\d+)/.exec(text(facts, "port-range") ?? "");
  const os = text(facts, "os") ?? "";
  const kernel = kernelFacts(facts, clock);
  const pressure = facts.one<Pressure>("pressure");
  return known<z.infer<typeof HostFacts>>({
    name,
    family:
      os === ""
        ? undefined
        : /alpine/i.test(os)
          ? "alpine"
          : /debian|ubuntu/i.test(os)
            ? "debian"
            : /rhel|fedora|centos/i.test(os)
              ? "rhel"
              : "other",
    init: text(facts, "init")?.trim() || undefined,
    privileged: facts.results("tcp-listeners")[0]?.privileged,
    uptimeS:
      clock.bootMs === undefined ? undefined : Math.max(0, Math.round((clock.nowMs - clock.bootMs) / 1000)),
    cores: cores(text(facts, "cores")),
    cpuPressure10: pressure?.cpu?.some?.avg10,
    ioPressure10: pressure?.io?.full?.avg10,
    pressureFull10: pressure?.memory?.full?.avg10,
    load1: number(/^([\d.]+)/.exec(text(facts, "load") ?? "")?.[1]),
    memTotalKb: memory("MemTotal"),
    memAvailableKb: memory("MemAvailable"),
    disks,
    fullMounts: disks?.filter((d) => (d.usedPct ?? 0) >= 99 || (d.inodesPct ?? 0) >= 99).map((d) => d.mount),
    ...spaceFacts(facts, disks, table),
    brokenConfigs: brokenConfigs(services.pools, facts),
    failedUnits: services.unitsSeen
      ? [...new Set([...services.units.values()].filter((u) => u.activeState === "failed").map((u) => u.id))]
      : undefined,
    selinux: selinux(facts),
    canNetworkConnect: boolean(facts),
    nginxDomain: /^\S*:(\w+_t):\S*\s+\d+.*\bnginx\b/m.exec(text(facts, "nginx-domain") ?? "")?.[1],
    denials: denials(facts),
    portsFrom: range ? Number(range[1]) : undefined,
    portsTo: range ? Number(range[2]) : undefined,
    somaxconn: int(/^(\d+)/.exec(text(facts, "somaxconn") ?? "")?.[1]),
    changedUnits: services.unitsSeen
      ? [...new Set([...services.units.values()].filter((u) => u.needDaemonReload === true).map((u) => u.id))]
      : undefined,
    ephemeralPorts: range ? Number(range[2]) - Number(range[1]) + 1 : undefined,
    ...kernel,
    loopbackUp: loopbackUp(facts),
    dockerState: dockerState(facts),
    dockerUnitState: services.units.get("docker.service")?.activeState,
    clusterUnits: services.unitsSeen ? clusterUnits(services.units) : undefined,
  });
}

function int(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number.parseInt(value, 10);
}

function number(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number.parseFloat(value);
}

/** "0-3,6" in /sys/devices/system/cpu/online is five. */
function cores(online: string | undefined): number | undefined {
  const ranges = [...(online ?? "").matchAll(/(\d+)(?:-(\d+))?/g)];
  return ranges.length === 0
    ? undefined
    : ranges.reduce((sum, [, from, to]) => sum + Number(to ?? from) - Number(from) + 1, 0);
}

function diskFacts(
  facts: FactSet,
): { mount: string; usedPct?: number; inodesPct?: number; sizeKb?: number }[] | undefined {
  const read = (check: string): Map<string, { readonly pct: number; readonly size: number }> | undefined => {
    const out = text(facts, check);
    if (out === undefined) return undefined;
    return new Map(
      [...out.matchAll(/^(\/dev\/\S+|overlay|\S+)\s+(\d+)\s+\d+\s+-?\d+\s+(\d+)%\s+(\/.*)$/gm)]
        .filter((m) => !/^\/(proc|sys|dev|snap|run\/(lock|credentials|user|host))(\/|$)/.test(m[4] ?? ""))
        .map((m) => [m[4] ?? "", { pct: Number(m[3]), size: Number(m[2]) }]),
    );
  };
  const used = read("disks");
  const inodes = read("inodes");
  if (!used) return undefined;
  return [...used].map(([mount, { pct, size }]) => ({
    mount,
    usedPct: pct,
    sizeKb: size,
    ...(inodes?.has(mount) ? { inodesPct: inodes.get(mount)?.pct ?? 0 } : {}),
  }));
}

function selinux(facts: FactSet): string | undefined {
  const r = facts.results("selinux-mode")[0];
  if (!r) return undefined;
  // Debian without SELinux has no getenforce: that is an answer (catalogue §3.3).
  if (r.end === "missing") return "Disabled";
  const mode = r.stdout.trim();
  return r.end === "exited" && r.exitCode === 0 && /^(Enforcing|Permissive|Disabled)$/.test(mode)
    ? mode
    : undefined;
}

function boolean(facts: FactSet): boolean | undefined {
  const match = /httpd_can_network_connect --> (on|off)/.exec(text(facts, "selinux-booleans") ?? "");
  return match ? match[1] === "on" : undefined;
}

const AVC = /avc:\s+denied\s+\{ ([\w ]+) \}.*?comm="?([\w./-]+)"?(.*)/;

function denials(facts: FactSet): z.infer<typeof Denial>[] | undefined {
  const sources = ["selinux-denials", "journal-denials"]
    .flatMap((c) => facts.results(c))
    .filter((r) => r.end === "exited" || r.end === "cut");
  if (sources.length === 0) return undefined;
  return sources.flatMap((r) =>
    r.stdout.split("\n").flatMap((line) => {
      const match = AVC.exec(line.replaceAll('\\"', '"'));
      if (!match) return [];
      const rest = match[3] ?? "";
      const field = (key: string): string | undefined =>
        new RegExp(`\\b${key}="?([^\\s"]+)"?`).exec(rest)?.[1];
      return [
        known<z.infer<typeof Denial>>({
          kind: "avc",
          permission: match[1]?.trim(),
          class: field("tclass"),
          source: field("scontext")?.split(":")[2],
          target: field("tcontext")?.split(":")[2],
          name: field("name") ?? field("path"),
          port: int(field("dest")),
          permissive: field("permissive") === undefined ? undefined : field("permissive") === "1",
        }),
      ];
    }),
  );
}

function kernelFacts(
  facts: FactSet,
  clock: HostClock,
): Pick<z.infer<typeof HostFacts>, "oomKills" | "segfaults" | "conntrackFull" | "apparmorDenials"> {
  const logs = facts.all<KernelLog>("kernel", "kernel-file").map((f) => f.value);
  if (logs.length === 0) return {};
  const ago = (at: number | undefined): number =>
    at === undefined ? 0 : Math.max(0, Math.round((clock.nowMs - at) / 1000));
  const oomKills = logs
    .flatMap((l) => l.oomKills)
    .map((k) => {
      const unit = /([^/]+\.(?:service|scope))/.exec(k.taskMemcg ?? k.oomMemcg ?? "")?.[1];
      return known<NonNullable<z.infer<typeof HostFacts>["oomKills"]>[number]>({
        process: k.task,
        pid: k.pid,
        scope: k.constraint === "memcg" ? "cgroup" : "host",
        unit,
        agoS: ago(k.at),
      });
    });
  return {
    oomKills,
    segfaults: logs.flatMap((l) => l.segfaults).map((s) => ({ process: s.task, agoS: ago(s.at) })),
    conntrackFull: logs.some((l) => l.conntrackFull.some((c) => ago(c.at) < 900)),
    apparmorDenials: logs
      .flatMap((l) => l.apparmorDenials)
      .filter((d) => /nginx/.test(d.message) && ago(d.at) < 3600)
      .map((d) => d.message.slice(0, 200)),
  };
}

function dockerState(facts: FactSet): string | undefined {
  const r = facts.results("containers")[0];
  if (!r) return undefined;
  if (r.end === "missing") return "absent";
  if (/Cannot connect to the Docker daemon/.test(r.stderr)) return "down";
  if (/permission denied/i.test(r.stderr) || r.end === "denied") return undefined;
  return r.end === "exited" && r.exitCode === 0 ? "up" : undefined;
}
