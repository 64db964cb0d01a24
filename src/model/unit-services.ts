import type { Plain } from "../parsers/plain.ts";
import type { Unit } from "../parsers/systemctl-show.ts";
import type { FactSet } from "./facts.ts";
import { type PhpPool } from "./php-pools.ts";
import type { Service } from "./service.ts";
import { logFiles, definitionFiles } from "./definition-files.ts";

/** What a socket unit listens on: "127.0.0.1:3000", "[::]:80", "/run/x.sock". */
export function listensOf(socket: Unit): string[] {
  return [...(socket.properties["Listen"] ?? "").matchAll(/(\S+) \((?:Stream|SequentialPacket)\)/g)].map(
    (m) => m[1] ?? "",
  );
}

export function isLocal(unit: Unit): boolean {
  return (
    /^\/(etc|run|usr\/local)\//.test(unit.fragmentPath ?? "") &&
    !/\/run\/systemd\/generator/.test(unit.fragmentPath ?? "")
  );
}

/** The text of the unit files under /etc/systemd/system with their drop-ins, by unit. */
export function unitTexts(facts: FactSet): Map<string, string> {
  const texts = new Map<string, string>();
  for (const line of facts.one<Plain>("local-units")?.lines ?? []) {
    const match = /^\/etc\/systemd\/system\/(?:[^:]*\.wants\/)?([^/:]+?)(?:\.d\/[^/:]+)?:\d+:(.*)$/.exec(
      line,
    );
    const [, id = "", content = ""] = match ?? [];
    if (id === "" || /^\s*[#;]/.test(content)) continue;
    texts.set(id, `${texts.get(id) ?? ""}${content}\n`);
  }
  return texts;
}

export function unitService(
  unit: Unit,
  units: ReadonlyMap<string, Unit>,
  text: string,
  pools: readonly PhpPool[],
  local: boolean,
): Service {
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
    files: definitionFiles(
      argv,
      unit.workingDirectory,
      `${unit.properties["EnvironmentFiles"] ?? ""} ${text}`,
    ),
    logs: [...logFiles(argv.join(" "), text), ...phpLogs(unit.id)],
    declared: [...listens, ...own, ...ownPorts(unit)],
    local,
  };
}

/** Variables by which programs are told where to listen; others (DB_PORT, WEB_PORT) may name somebody else's port. */
const OWN_PORT = /^(?:(?:HTTPS?|APP|APPLICATION|SERVER|SERVICE|LISTEN|BIND|NODE|ASPNETCORE_HTTP)_)?PORTS?$/i;

function ownPorts(unit: Unit): string[] {
  return Object.entries(unit.environmentPorts).flatMap(([name, port]) =>
    OWN_PORT.test(name) ? [String(port)] : [],
  );
}

/** php-fpm logs to its own file unless its configuration says otherwise (Debian's and RHEL's places). */
function phpLogs(unit: string): string[] {
  const version = /^php(\d+\.\d+)-fpm\.service$/.exec(unit)?.[1];
  if (version !== undefined) return [`/var/log/php${version}-fpm.log`];
  return unit === "php-fpm.service" ? ["/var/log/php-fpm/error.log", "/var/log/php-fpm/www-error.log"] : [];
}

/** The files that a unit's own text names. */
export function filesOfText(text: string): string[] {
  const setting = (name: string): string =>
    new RegExp(`^\\s*${name}\\s*=\\s*(.*)$`, "m").exec(text)?.[1] ?? "";
  return definitionFiles(setting("ExecStart").split(/\s+/), setting("WorkingDirectory"), text);
}
