import type { Journal } from "../parsers/journal.ts";
import type { Plain } from "../parsers/plain.ts";
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
    complete: shown.length > 0 && answered(facts),
    pools,
    unloadedFiles: [...texts].flatMap(([id, text]) => (units.has(id) ? [] : filesOfText(text))),
    userUnits: (facts.one<Plain>("user-units")?.lines.length ?? 0) > 0,
  };
}

function answered(facts: FactSet): boolean {
  const docker = facts.results("containers")[0];
  const dockerKnown =
    docker !== undefined &&
    (docker.end === "missing" ||
      (docker.end === "exited" &&
        (docker.exitCode === 0 || /Cannot connect to the Docker daemon/.test(docker.stderr))));
  const pm2Failed = facts.results("pm2-apps").some((r) => r.end !== "exited");
  return (
    dockerKnown &&
    !pm2Failed &&
    facts.results("supervisor").every((r) => r.end === "exited" || r.end === "missing")
  );
}
