import type { Journal } from "../parsers/journal.ts";
import type { Plain } from "../parsers/plain.ts";
import { pm2Daemons } from "../parsers/ps-roles.ts";
import type { SystemctlShow, Unit } from "../parsers/systemctl-show.ts";
import { containerServices } from "./containers.ts";
import type { FactSet } from "./facts.ts";
import { type PhpPool, phpPools } from "./php-pools.ts";
import type { ProcessTable } from "./process-table.ts";
import type { Service } from "./service.ts";
import { pm2Services } from "./pm2-services.ts";
import { supervisorServices } from "./supervisor-services.ts";
import { listensOf, isLocal, unitTexts, unitService, filesOfText } from "./unit-services.ts";

/** Everything on the host that runs applications. */
export interface Services {
  readonly all: readonly Service[];
  readonly units: ReadonlyMap<string, Unit>;
  /** False: systemd could not be asked. */
  readonly unitsSeen: boolean;
  /** Every manager that could run an application was asked and answered: who is not in the list does not exist. */
  readonly complete: boolean;
  readonly pools: readonly PhpPool[];
  /** Files that the definitions of units name which systemd has not loaded. */
  readonly unloadedFiles: readonly string[];
  /** Somebody's own systemd (systemctl --user) has units, which were not asked about. */
  readonly userUnits: boolean;
}

/** Units of the operating system that never are a web application's backend. */
const SYSTEM =
  /^(systemd-|dbus|getty|serial-getty|console-getty|cron|crond|ssh|sshd|rsyslog|rc-local|networking|network|NetworkManager|polkit|udev|user@|user-runtime-dir@|session-|emergency|rescue|initrd|modprobe@|apt-daily|dpkg-db|e2scrub|fstrim|logrotate|man-db|unattended-upgrades|autovt@|container-getty@|debug-shell|ldconfig|plymouth|quotaon|rpcbind|selinux|auditd|chrony|ntp|kmod|lvm2|mdadm|nftables|iptables|firewalld|ufw|nginx|angie|openresty|php.*-fpm-checkconf|phpsessionclean|sudo|x11-common|hwclock|procps|open-vm-tools|qemu-guest|acpid|containerd|docker)/;

export function services(facts: FactSet, processes: ProcessTable): Services {
  const shown = facts
    .all<SystemctlShow>("units", "mount-units", "unloaded-units", "former-units")
    .flatMap((f) => f.value.units);
  const units = new Map<string, Unit>();
  for (const unit of shown) if (unit.id !== "") units.set(unit.id, unit);
  for (const unit of shown) for (const alias of unit.names) if (!units.has(alias)) units.set(alias, unit);
  const texts = unitTexts(facts);
  const pools = phpPools(facts);
  const former = new Set(
    facts.all<Journal>("journal-port").flatMap((f) => f.value.entries.map((e) => e.unit)),
  );
  const list: Service[] = [];
  for (const unit of new Set(units.values())) {
    if (!unit.id.endsWith(".service") || unit.id.includes("@.")) continue;
    const local = texts.has(unit.id) || isLocal(unit);
    if ((!local || unit.loadState === "masked") && SYSTEM.test(unit.id)) continue;
    if (unit.loadState === "not-found" && !texts.has(unit.id) && !former.has(unit.id)) continue;
    list.push(unitService(unit, units, texts.get(unit.id) ?? "", pools, local));
  }
  // A socket unit that hands each connection to an instance has no service of its own.
  for (const unit of new Set(units.values())) {
    const service = unit.id.replace(/\.socket$/, ".service");
    if (
      !unit.id.endsWith(".socket") ||
      units.get(service)?.loadState === "loaded" ||
      (!texts.has(unit.id) && !isLocal(unit))
    )
      continue;
    list.push({
      key: `systemd:${unit.id}`,
      kind: "systemd",
      name: unit.id,
      unit,
      text: texts.get(unit.id) ?? "",
      files: [],
      logs: [],
      declared: listensOf(unit),
      local: true,
    });
  }
  list.push(
    ...pm2Services(facts, processes, units),
    ...containerServices(facts),
    ...supervisorServices(facts),
  );
  return {
    all: list,
    units,
    unitsSeen: shown.length > 0,
    complete: shown.length > 0 && asked(facts, units) && answered(facts, processes),
    pools,
    unloadedFiles: [...texts].flatMap(([id, text]) => (units.has(id) ? [] : filesOfText(text))),
    userUnits: (facts.one<Plain>("user-units")?.lines.length ?? 0) > 0,
  };
}

const LOCAL = /^\/(?:etc|run|usr\/local)\/.*?([^/@]+\.(?:service|socket))$/;

/** Who is installed, and what is defined where, was read: systemd keeps no unit loaded that nobody uses. */
function asked(facts: FactSet, units: ReadonlyMap<string, Unit>): boolean {
  const read = (check: string): boolean =>
    facts.results(check).some((r) => r.end === "exited" || r.end === "cut");
  const installed = (facts.one<Plain>("unit-files")?.lines ?? []).flatMap(
    (l) => LOCAL.exec(l.trim())?.[1] ?? [],
  );
  return (
    ["unit-files", "local-units", "php-pools", "supervisor-conf", "pm2-dumps"].every(read) &&
    (read("unloaded-units") || read("former-units") || installed.every((id) => units.has(id)))
  );
}

/** Every manager that runs here has told what it runs. */
function answered(facts: FactSet, processes: ProcessTable): boolean {
  const docker = facts.results("containers")[0];
  const dockerKnown =
    docker !== undefined &&
    (docker.end === "missing" ||
      (docker.end === "exited" &&
        (docker.exitCode === 0 || /Cannot connect to the Docker daemon/.test(docker.stderr))));
  const containers = docker?.stdout.trim() ?? "";
  const told = (check: string, wanted: number): boolean => {
    const results = facts.results(check);
    return results.length >= wanted && results.every((r) => r.end === "exited" || r.end === "missing");
  };
  const dumps = (facts.one<Plain>("pm2-dumps")?.lines ?? []).filter((l) => l.startsWith("/")).length;
  const supervised = processes.all.some((p) => /supervisord/.test(p.args));
  return (
    dockerKnown &&
    processes.seen &&
    told("container-details", containers === "" ? 0 : 1) &&
    told("pm2-apps", pm2Daemons(processes.all).length) &&
    told("pm2-saved", Math.min(dumps, 1)) &&
    told("supervisor", supervised ? 1 : 0)
  );
}
