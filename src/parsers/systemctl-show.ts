import { z } from "zod";
import { ran, toInt, type Output } from "./output.ts";
import { parseSystemdSpan, parseSystemdTime } from "./systemd-time.ts";

const optional = { text: z.string().optional(), number: z.number().optional(), flag: z.boolean().optional() };
const names = z.array(z.string());

const unitSchema = z.object({
  id: z.string(),
  names,
  description: optional.text,
  type: optional.text,
  loadState: optional.text,
  activeState: optional.text,
  subState: optional.text,
  unitFileState: optional.text,
  result: optional.text,
  mainPid: optional.number,
  execMainPid: optional.number,
  /** How the last main process ended; undefined while it runs or when there was none. */
  execMainCode: z.enum(["exited", "killed", "dumped"]).optional(),
  /** An exit status, or a signal number when execMainCode is killed or dumped. */
  execMainStatus: optional.number,
  /** Microseconds of the monotonic clock; 0: never started since boot. */
  execMainStartMonotonicUs: optional.number,
  nRestarts: optional.number,
  // Milliseconds since 1970; undefined: never, or printed in a zone whose offset is unknown.
  activeEnterAt: optional.number,
  activeExitAt: optional.number,
  inactiveEnterAt: optional.number,
  inactiveExitAt: optional.number,
  stateChangeAt: optional.number,
  execMainStartAt: optional.number,
  execMainExitAt: optional.number,
  needDaemonReload: optional.flag,
  canReload: optional.flag,
  conditionResult: optional.flag,
  privateTmp: optional.flag,
  controlGroup: optional.text,
  triggeredBy: names,
  triggers: names,
  requires: names,
  wants: names,
  after: names,
  restart: optional.text,
  restartMs: optional.number,
  user: optional.text,
  execStart: z.object({ path: z.string(), argv: names }).optional(),
  /** Names of the variables set in the unit, and the values of those that look like a port. */
  environmentNames: names,
  environmentPorts: z.record(z.string(), z.number()),
  fragmentPath: optional.text,
  sourcePath: optional.text,
  dropInPaths: names,
  workingDirectory: optional.text,
  runtimeDirectory: names,
  /** Bytes; undefined for "infinity" and "[not set]". */
  memoryMax: optional.number,
  memoryCurrent: optional.number,
  limitNofile: optional.number,
  statusErrno: optional.number,
  /** Everything as printed, save Environment. */
  properties: z.record(z.string(), z.string()),
});
export type Unit = z.infer<typeof unitSchema>;

export const systemctlShowSchema = z.object({ units: z.array(unitSchema) });
export type SystemctlShow = z.infer<typeof systemctlShowSchema>;

const NO_SYSTEMD =
  /not been booted with systemd|Failed to connect to (?:the )?(?:system |user )?(?:scope )?bus|Host is down/i;
const CODES = { "1": "exited", "2": "killed", "3": "dumped" } as const;

/**
 * Units from `systemctl show UNIT… [-p …]`: blocks of `Key=value` with a blank line between. The command exits 0
 * for a unit that does not exist: that unit has loadState "not-found". A glob that matches nothing gives no units.
 */
export function parseSystemctlShow(output: Output): SystemctlShow | undefined {
  if (!ran(output) || NO_SYSTEMD.test(output.stderr)) return undefined;
  const blocks = output.stdout
    .split(/\n[ \t\r]*\n/)
    .map(propertiesOf)
    .filter((block) => block.size > 0);
  if (blocks.length === 0)
    return output.exitCode === 0 && output.stdout.trim() === "" ? { units: [] } : undefined;
  return { units: blocks.map(unitOf) };
}

function propertiesOf(block: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of block.split("\n")) {
    const match = /^([A-Z]\w{0,80})=(.*?)\r?$/.exec(line);
    if (match === null) continue;
    const [, key = "", value = ""] = match;
    const known = properties.get(key);
    properties.set(key, known === undefined ? value : `${known}\n${value}`);
  }
  return properties;
}

function unitOf(all: Map<string, string>): Unit {
  const text = (key: string): string | undefined => all.get(key) || undefined;
  const number = (key: string): number | undefined => toInt(all.get(key));
  const flag = (key: string): boolean | undefined =>
    all.get(key) === "yes" ? true : all.get(key) === "no" ? false : undefined;
  const list = (key: string): string[] =>
    all
      .get(key)
      ?.split(/[\s]+/)
      .filter((word) => word !== "") ?? [];
  const time = (key: string): number | undefined => parseSystemdTime(all.get(key));
  const environment = environmentOf(all.get("Environment") ?? "");
  const code = all.get("ExecMainCode");
  return {
    id: text("Id") ?? list("Names")[0] ?? "",
    names: list("Names"),
    description: text("Description"),
    type: text("Type"),
    loadState: text("LoadState"),
    activeState: text("ActiveState"),
    subState: text("SubState"),
    unitFileState: text("UnitFileState"),
    result: text("Result"),
    mainPid: number("MainPID"),
    execMainPid: number("ExecMainPID"),
    execMainCode: code === "1" || code === "2" || code === "3" ? CODES[code] : undefined,
    execMainStatus: number("ExecMainStatus"),
    execMainStartMonotonicUs: number("ExecMainStartTimestampMonotonic"),
    nRestarts: number("NRestarts"),
    activeEnterAt: time("ActiveEnterTimestamp"),
    activeExitAt: time("ActiveExitTimestamp"),
    inactiveEnterAt: time("InactiveEnterTimestamp"),
    inactiveExitAt: time("InactiveExitTimestamp"),
    stateChangeAt: time("StateChangeTimestamp"),
    execMainStartAt: time("ExecMainStartTimestamp"),
    execMainExitAt: time("ExecMainExitTimestamp"),
    needDaemonReload: flag("NeedDaemonReload"),
    canReload: flag("CanReload"),
    conditionResult: flag("ConditionResult"),
    privateTmp: flag("PrivateTmp"),
    controlGroup: text("ControlGroup"),
    triggeredBy: list("TriggeredBy"),
    triggers: list("Triggers"),
    requires: list("Requires"),
    wants: list("Wants"),
    after: list("After"),
    restart: text("Restart"),
    restartMs: parseSystemdSpan(all.get("RestartUSec")),
    user: text("User"),
    execStart: execOf(all.get("ExecStart")),
    environmentNames: environment.names,
    environmentPorts: environment.ports,
    fragmentPath: text("FragmentPath"),
    sourcePath: text("SourcePath"),
    dropInPaths: list("DropInPaths"),
    workingDirectory: text("WorkingDirectory"),
    runtimeDirectory: list("RuntimeDirectory"),
    memoryMax: number("MemoryMax"),
    memoryCurrent: number("MemoryCurrent"),
    limitNofile: number("LimitNOFILE"),
    statusErrno: number("StatusErrno"),
    properties: Object.fromEntries([...all].filter(([key]) => key !== "Environment")),
  };
}

/** `{ path=/usr/bin/node ; argv[]=/usr/bin/node server.js ; … }`: systemd does not quote, so words with blanks fall apart. */
function execOf(value: string | undefined): { path: string; argv: string[] } | undefined {
  const match = /\{ path=(.{0,4096}?) ; argv\[\]=(.{0,20000}?) ; /.exec((value ?? "").slice(0, 30_000));
  if (match === null) return undefined;
  return { path: match[1] ?? "", argv: (match[2] ?? "").split(/\s+/).filter((word) => word !== "") };
}

function environmentOf(value: string): { names: string[]; ports: Record<string, number> } {
  const found: string[] = [];
  const ports: Record<string, number> = {};
  for (const match of value.matchAll(/(?:^|\s)["']?([A-Za-z_]\w{0,120})=(\S*)/g)) {
    const name = match[1] ?? "";
    found.push(name);
    const port = toInt((match[2] ?? "").replace(/["']$/, ""));
    if (/(?:^|_)PORT$/i.test(name) && port !== undefined && port > 0 && port < 65_536) ports[name] = port;
  }
  return { names: found, ports };
}
