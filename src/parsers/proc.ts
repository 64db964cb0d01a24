import { z } from "zod";
import { linesOf, ran, toInt, type Output } from "./output.ts";
import { cgroupSchema, parseCgroup } from "./proc-cgroup.ts";

const text = z.string().optional();
const number = z.number().optional();

export const procSchema = z.object({
  processes: z.array(
    z.object({
      pid: z.number(),
      cgroup: cgroupSchema.optional(),
      name: text,
      state: text,
      ppid: number,
      uid: number,
      gid: number,
      groups: z.array(z.number()).optional(),
      /** Ticks since boot at which the process started: with the pid, its identity. */
      startTicks: number,
      nofileSoft: number,
      nofileHard: number,
      cmdline: z.array(z.string()).optional(),
      exe: text,
      cwd: text,
      root: text,
      netNamespace: text,
      mntNamespace: text,
      pidNamespace: text,
      /** Links of /proc/PID/fd: files, sockets, pipes. */
      fds: z.array(z.object({ fd: z.number(), target: z.string(), deleted: z.boolean() })).optional(),
    }),
  ),
  /** Processes some of whose files the reader may not see. */
  denied: z.array(z.number()),
  /** Processes that ended between two commands. */
  gone: z.array(z.number()),
});
export type Proc = z.infer<typeof procSchema>;
type ProcProcess = Proc["processes"][number];

const FILE_LINE = /^\/proc\/(\d{1,10})\/(cgroup|stat|status|limits|cmdline|comm)[:](.*)$/;
const LINK = /^'?\/proc\/(\d{1,10})\/((?:ns|fd)\/\w{1,20}|exe|cwd|root)'?\s+(?:->\s+)?'?(.+?)'?$/;
const HEADING = /^\/proc\/(\d{1,10})\/(ns|fd):$/;
const LISTED = /\s(\w{1,20}) -> (.+)$/;
const ERROR = /\/proc\/(\d{1,10})(?:\/[\w/]{1,60})?['’]?: (.+)$/;

/**
 * Processes from any mixture of: `grep -aH '' /proc/PID/{cgroup,status,stat,limits,cmdline}` (lines
 * `/proc/PID/FILE:TEXT`), `stat -c %N /proc/PID/{exe,ns/net,fd/3}` or `find /proc/PID/fd -printf '%p %l\n'` (links),
 * and `ls -l /proc/PID/fd`. undefined when nothing was readable at all.
 */
export function parseProc(output: Output): Proc | undefined {
  if (!ran(output)) return undefined;
  const files = new Map<number, Map<string, string[]>>();
  const all = new Map<number, ProcProcess>();
  const of = (pid: number): ProcProcess => {
    const known = all.get(pid) ?? { pid };
    all.set(pid, known);
    return known;
  };
  let heading: { pid: number; folder: string } | undefined;
  for (const line of linesOf(output.stdout)) {
    const file = FILE_LINE.exec(line);
    const link = file === null ? LINK.exec(line) : null;
    const head = HEADING.exec(line);
    const listed = heading === undefined ? null : LISTED.exec(line);
    if (head !== null) heading = { pid: Number(head[1]), folder: head[2] ?? "" };
    else if (file !== null) {
      const ofPid = files.get(Number(file[1])) ?? new Map<string, string[]>();
      files.set(Number(file[1]), ofPid);
      const known = ofPid.get(file[2] ?? "") ?? [];
      known.push(file[3] ?? "");
      ofPid.set(file[2] ?? "", known);
    } else if (link !== null) addLink(of(Number(link[1])), link[2] ?? "", link[3] ?? "");
    else if (heading !== undefined && listed !== null)
      addLink(of(heading.pid), `${heading.folder}/${listed[1] ?? ""}`, listed[2] ?? "");
  }
  for (const [pid, contents] of files) readFiles(of(pid), contents);
  const denied = new Set<number>();
  const gone = new Set<number>();
  for (const line of linesOf(output.stderr)) {
    const match = ERROR.exec(line);
    if (match === null) continue;
    if (/denied|not permitted/i.test(match[2] ?? "")) denied.add(Number(match[1]));
    else if (/No such (?:file|process)/i.test(match[2] ?? "")) gone.add(Number(match[1]));
  }
  if (all.size === 0 && denied.size === 0 && gone.size === 0) return undefined;
  return {
    processes: [...all.values()],
    denied: [...denied],
    gone: [...gone].filter((pid) => !all.has(pid)),
  };
}

function addLink(one: ProcProcess, name: string, target: string): void {
  if (name === "exe") one.exe = target.replace(/ \(deleted\)$/, "");
  else if (name === "cwd") one.cwd = target;
  else if (name === "root") one.root = target;
  else if (name === "ns/net") one.netNamespace = target;
  else if (name === "ns/mnt") one.mntNamespace = target;
  else if (name === "ns/pid") one.pidNamespace = target;
  else if (name.startsWith("fd/")) {
    const fd = toInt(name.slice(3));
    if (fd === undefined) return;
    const deleted = / ?\(deleted\)$/.test(target);
    one.fds ??= [];
    one.fds.push({ fd, target: target.replace(/ ?\(deleted\)$/, ""), deleted });
  }
}

function readFiles(one: ProcProcess, contents: ReadonlyMap<string, readonly string[]>): void {
  const cgroup = contents.get("cgroup");
  if (cgroup !== undefined) one.cgroup = parseCgroup(cgroup.join("\n"));
  // The name in parentheses may hold blanks and parentheses: count the fields behind its end (proc(5), field 22).
  const stat = contents.get("stat")?.[0];
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  one.startTicks = toInt(fields?.[19]);
  for (const line of contents.get("status") ?? []) {
    const [key, value] = splitOnce(line);
    const words = value.split(/\s+/);
    if (key === "Name") one.name = value;
    else if (key === "State") one.state = value[0];
    else if (key === "PPid") one.ppid = toInt(value);
    else if (key === "Uid") one.uid = toInt(words[1]);
    else if (key === "Gid") one.gid = toInt(words[1]);
    else if (key === "Groups") one.groups = words.flatMap((word) => toInt(word) ?? []);
  }
  for (const line of contents.get("limits") ?? []) {
    const match = /^Max open files\s+(\d{1,19}|unlimited)\s+(\d{1,19}|unlimited)/.exec(line);
    if (match === null) continue;
    one.nofileSoft = toInt(match[1]);
    one.nofileHard = toInt(match[2]);
  }
  const cmdline = contents.get("cmdline");
  if (cmdline !== undefined)
    one.cmdline = cmdline
      .join("\n")
      .split("\0")
      .filter((word, index, words) => word !== "" || index < words.length - 1);
}

function splitOnce(line: string): [string, string] {
  const colon = line.indexOf(":");
  return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).trim()];
}
