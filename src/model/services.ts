import type { Journal } from "../parsers/journal.ts";
import type { Plain } from "../parsers/plain.ts";
import type { Pm2Dump } from "../parsers/pm2-dump.ts";
import type { Pm2Jlist } from "../parsers/pm2-jlist.ts";
import { pm2Daemons } from "../parsers/ps-roles.ts";
import type { SystemctlShow, Unit } from "../parsers/systemctl-show.ts";
import { containerServices } from "./containers.ts";
import type { FactSet } from "./facts.ts";
import { type PhpPool, phpPools } from "./php-pools.ts";
import type { ProcessTable } from "./process-table.ts";
import type { Pm2Service, Service } from "./service.ts";

/** Everything on the host that runs applications. */
export interface Services {
  readonly all: readonly Service[];
  readonly units: ReadonlyMap<string, Unit>;
  /** False: systemd could not be asked. */
  readonly unitsSeen: boolean;
  /** Every manager that could run an application was asked and answered: who is not in the list does not exist. */
  readonly complete: boolean;
  readonly pools: readonly PhpPool[];
  /** Somebody's own systemd (systemctl --user) has units, which were not asked about. */
  readonly userUnits: boolean;
}

/** Units of the operating system that never are a web application's backend. */
const SYSTEM =
  /^(systemd-|dbus|getty|serial-getty|console-getty|cron|crond|ssh|sshd|rsyslog|rc-local|networking|network|NetworkManager|polkit|udev|user@|user-runtime-dir@|session-|emergency|rescue|initrd|modprobe@|apt-daily|dpkg-db|e2scrub|fstrim|logrotate|man-db|unattended-upgrades|autovt@|container-getty@|debug-shell|ldconfig|plymouth|quotaon|rpcbind|selinux|auditd|chrony|ntp|kmod|lvm2|mdadm|nftables|iptables|firewalld|ufw|nginx|angie|openresty|php.*-fpm-checkconf|phpsessionclean|sudo|x11-common|hwclock|procps|open-vm-tools|qemu-guest|acpid|containerd|docker)/;

export function services(facts: FactSet, processes: ProcessTable): Services {
  const shown = facts.all<SystemctlShow>("units", "unloaded-units", "former-units").flatMap((f) => f.value.units);
  const units = new Map<string, Unit>();
  for (const unit of shown) if (unit.id !== "") units.set(unit.id, unit);
  for (const unit of shown) for (const alias of unit.names) if (!units.has(alias)) units.set(alias, unit);
  const texts = unitTexts(facts);
  const pools = phpPools(facts);
  const former = new Set(facts.all<Journal>("journal-port").flatMap((f) => f.value.entries.map((e) => e.unit)));
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
    if (!unit.id.endsWith(".socket") || units.get(service)?.loadState === "loaded" || (!texts.has(unit.id) && !isLocal(unit))) continue;
    list.push({ key: `systemd:${unit.id}`, kind: "systemd", name: unit.id, unit, text: texts.get(unit.id) ?? "", files: [], logs: [], declared: listensOf(unit), local: true });
  }
  list.push(...pm2Services(facts, processes, units), ...containerServices(facts), ...supervisorServices(facts));
  return { all: list, units, unitsSeen: shown.length > 0, complete: shown.length > 0 && answered(facts), pools, userUnits: (facts.one<Plain>("user-units")?.lines.length ?? 0) > 0 };
}

function answered(facts: FactSet): boolean {
  const docker = facts.results("containers")[0];
  const dockerKnown = docker !== undefined && (docker.end === "missing" || (docker.end === "exited" && (docker.exitCode === 0 || /Cannot connect to the Docker daemon/.test(docker.stderr))));
  const pm2Failed = facts.results("pm2-apps").some((r) => r.end !== "exited");
  return dockerKnown && !pm2Failed && facts.results("supervisor").every((r) => r.end === "exited" || r.end === "missing");
}

/** What a socket unit listens on: "127.0.0.1:3000", "[::]:80", "/run/x.sock". */
function listensOf(socket: Unit): string[] {
  return [...(socket.properties["Listen"] ?? "").matchAll(/(\S+) \((?:Stream|SequentialPacket)\)/g)].map((m) => m[1] ?? "");
}

function isLocal(unit: Unit): boolean {
  return /^\/(etc|run|usr\/local)\//.test(unit.fragmentPath ?? "") && !/\/run\/systemd\/generator/.test(unit.fragmentPath ?? "");
}

/** The text of the unit files under /etc/systemd/system with their drop-ins, by unit. */
function unitTexts(facts: FactSet): Map<string, string> {
  const texts = new Map<string, string>();
  for (const line of facts.one<Plain>("local-units")?.lines ?? []) {
    const match = /^\/etc\/systemd\/system\/(?:[^:]*\.wants\/)?([^/:]+?)(?:\.d\/[^/:]+)?:\d+:(.*)$/.exec(line);
    const [, id = "", content = ""] = match ?? [];
    if (id === "" || /^\s*[#;]/.test(content)) continue;
    texts.set(id, `${texts.get(id) ?? ""}${content}\n`);
  }
  return texts;
}

function unitService(unit: Unit, units: ReadonlyMap<string, Unit>, text: string, pools: readonly PhpPool[], local: boolean): Service {
  const sockets = unit.triggeredBy.map((id) => units.get(id)).filter((u) => u !== undefined);
  const listens = sockets.flatMap(listensOf);
  const own = pools.filter((p) => p.unit === unit.id).map((p) => p.listen);
  const argv = unit.execStart?.argv ?? [];
  const environment = Object.entries(unit.environmentPorts).map(([name, port]) => `${name}=${port}`);
  return {
    key: `systemd:${unit.id}`,
    kind: "systemd",
    name: unit.id,
    unit,
    text: [argv.join(" "), environment.join(" "), text].join("\n"),
    files: definitionFiles(argv, unit.workingDirectory, `${unit.properties["EnvironmentFiles"] ?? ""} ${text}`),
    logs: [...logFiles(argv.join(" "), text), ...phpLogs(unit.id)],
    declared: [...listens, ...own, ...Object.values(unit.environmentPorts).map(String)],
    local,
  };
}

/** Log files that a command line or a definition names. */
function logFiles(argv: string, text: string): string[] {
  const pattern = /(?:--(?:error-)?log(?:-?file|to)?[= ]|Standard(?:Output|Error)=(?:append|file|truncate):|std(?:err|out)_logfile\s*=\s*|logto\s*=\s*|--daemonize[= ])(\/[\w./@+-]+)/g;
  return [...new Set([...`${argv}\n${text}`.matchAll(pattern)].map((m) => m[1] ?? ""))];
}

/** php-fpm logs to its own file unless its configuration says otherwise (Debian's and RHEL's places). */
function phpLogs(unit: string): string[] {
  const version = /^php(\d+\.\d+)-fpm\.service$/.exec(unit)?.[1];
  if (version !== undefined) return [`/var/log/php${version}-fpm.log`];
  return unit === "php-fpm.service" ? ["/var/log/php-fpm/error.log", "/var/log/php-fpm/www-error.log"] : [];
}

const PROGRAM_DIRS = /^\/(usr\/)?(local\/)?s?bin\//;
const USUAL = ["server.js", "app.js", "index.js", "main.js", "package.json", "app.py", "main.py", "wsgi.py", "gunicorn.conf.py", "config.ru", ".env", "config/puma.rb", "ecosystem.config.js", "config.json", "config.yml", "config.yaml", "settings.json", "settings.yml", "settings.py", "config.toml", "application.yml", "application.properties", "config/default.json", "config/config.json", "config/production.json", ".env.production"];

/** Files a command line and unit file name: scripts, environment files, configuration; relative ones in the working directory. */
export function definitionFiles(argv: readonly string[], cwd: string | undefined, more: string): string[] {
  const files = new Set<string>();
  const dir = cwd?.replace(/^[-~!]+/, "").replace(/\/$/, "");
  for (const word of argv.flatMap((w) => w.split(/[\s;&|'"()]+/))) {
    const value = word.replace(/^--?[\w-]+=/, "");
    if (/^\/[\w./@+-]+$/.test(value) && !PROGRAM_DIRS.test(value)) files.add(value);
    else if (dir?.startsWith("/") && /^[\w][\w./-]*\.\w{1,5}$/.test(value)) files.add(`${dir}/${value}`);
    else if (dir?.startsWith("/") && /^[\w.]+:[\w.]+$/.test(value)) files.add(`${dir}/${value.split(":")[0]?.replaceAll(".", "/")}.py`);
  }
  for (const match of more.matchAll(/(?:EnvironmentFile=-?|^|\s)(\/[\w./@+-]+)(?:\s|$|\()/gm)) {
    const path = match[1] ?? "";
    if (!PROGRAM_DIRS.test(path) && /\.|\/etc\/(default|sysconfig)\//.test(path)) files.add(path);
  }
  const beside = [...files].filter((f) => /\.(js|mjs|cjs|ts|py|rb|php|pl|sh|jar)$/.test(f)).map((f) => f.slice(0, f.lastIndexOf("/")));
  for (const folder of new Set([...(dir?.startsWith("/") ? [dir] : []), ...beside])) {
    if (folder !== "" && !/^\/(usr|bin|sbin|lib)(\/|$)/.test(folder)) for (const name of USUAL) files.add(`${folder}/${name}`);
  }
  return [...files].slice(0, 60);
}

function pm2Services(facts: FactSet, processes: ProcessTable, units: ReadonlyMap<string, Unit>): Service[] {
  const daemons = pm2Daemons(processes.all);
  const byKey = new Map<string, Service>();
  const bootUnit = (user: string): Unit | undefined => units.get(`pm2-${user}.service`);
  const add = (user: string, home: string, daemon: boolean | undefined, dumped: boolean, app: Pm2Service["app"] & object): void => {
    const key = `pm2:${user}/${app.name}`;
    const before = byKey.get(key)?.app;
    const boot = bootUnit(user);
    const pm2: Pm2Service = {
      user,
      home,
      path: pm2Path(app.interpreter),
      daemon: daemon === true || before?.daemon === true ? true : daemon,
      dumped: dumped || (before?.dumped ?? false),
      app: before?.app && !dumped ? app : (before?.app ?? app),
      ...(boot ? { bootUnit: boot } : {}),
    };
    const files = [app.execPath ?? "", `${app.cwd ?? ""}/.env`, `${app.cwd ?? ""}/ecosystem.config.js`].filter((f) => f.startsWith("/") && !PROGRAM_DIRS.test(f));
    byKey.set(key, { key, kind: "pm2", name: app.name, app: pm2, text: "", files, logs: [app.errLog, app.outLog].filter((l) => l !== undefined), declared: app.port === undefined ? [] : [String(app.port)], local: true });
  };
  for (const fact of facts.all<Pm2Jlist>("pm2-apps")) {
    const home = /^PM2_HOME=(.*)$/.exec(fact.argv.find((w) => w.startsWith("PM2_HOME=")) ?? "")?.[1] ?? "";
    const user = daemons.find((d) => d.home === home)?.user ?? "";
    if (fact.value.spawnedDaemon) continue;
    for (const app of fact.value.apps) add(user, home, true, false, app);
  }
  for (const fact of facts.all<Pm2Dump>("pm2-saved")) {
    const path = fact.argv.at(-1) ?? "";
    const home = path.replace(/\/dump\.pm2$/, "");
    const daemon = daemons.find((d) => d.home === home);
    const user = daemon?.user ?? /^\/home\/([^/]+)\//.exec(path)?.[1] ?? (path.startsWith("/root/") ? "root" : "");
    if (user === "") continue;
    for (const app of fact.value.apps) add(user, home, daemon !== undefined ? true : processes.seen ? false : undefined, true, { ...app, pid: 0, status: "unknown", restarts: 0 });
  }
  return [...byKey.values()];
}

/** Where pm2 and its node are: nvm's folder when the interpreter is there, then the usual places. */
export function pm2Path(interpreter: string | undefined): string {
  const dir = interpreter?.startsWith("/") ? interpreter.replace(/\/[^/]+$/, "") : undefined;
  const usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return dir !== undefined && !usual.split(":").includes(dir) ? `${dir}:${usual}` : usual;
}

function supervisorServices(facts: FactSet): Service[] {
  const status = facts.one<Plain>("supervisor");
  const texts = new Map<string, string>();
  let program = "";
  for (const line of facts.one<Plain>("supervisor-conf")?.lines ?? []) {
    const content = /^[^:]+:\d+:(.*)$/.exec(line)?.[1] ?? "";
    program = /^\s*\[(?:program|fcgi-program):([^\]]+)\]/.exec(content)?.[1] ?? (/^\s*\[/.test(content) ? "" : program);
    if (program !== "" && !/^\s*[;#]/.test(content)) texts.set(program, `${texts.get(program) ?? ""}${content}\n`);
  }
  return (status?.lines ?? []).flatMap((line): Service[] => {
    const match = /^(\S+)\s+(STOPPED|STARTING|RUNNING|BACKOFF|STOPPING|EXITED|FATAL|UNKNOWN)\b/.exec(line);
    if (!match) return [];
    const name = match[1] ?? "";
    const text = texts.get(name.split(":")[0] ?? "") ?? "";
    const command = /command\s*=\s*(.*)/.exec(text)?.[1]?.split(/\s+/) ?? [];
    const cwd = /directory\s*=\s*(\S+)/.exec(text)?.[1];
    return [{ key: `supervisor:${name}`, kind: "supervisor", name, state: match[2] ?? "", text, files: definitionFiles(command, cwd, ""), logs: logFiles(command.join(" "), text), declared: [], local: true }];
  });
}
