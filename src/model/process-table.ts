import { parseCgroup } from "../parsers/proc-cgroup.ts";
import type { Plain } from "../parsers/plain.ts";
import type { Process, Processes } from "../parsers/ps.ts";
import type { FactSet } from "./facts.ts";

/** A process with the unit or container it runs in. */
export interface Placed extends Process {
  readonly unit?: string;
  readonly containerId?: string;
}

export interface ProcessTable {
  readonly seen: boolean;
  /** False: which unit a process belongs to could not be asked. */
  readonly unitsSeen: boolean;
  readonly byPid: ReadonlyMap<number, Placed>;
  readonly all: readonly Placed[];
}

/** Joins `ps -o args` with `ps -o cgroup`: which unit each process belongs to, without root. */
export function processTable(facts: FactSet): ProcessTable {
  const processes = facts.one<Processes>("processes")?.processes;
  const groups = new Map<number, ReturnType<typeof parseCgroup>>();
  for (const line of facts.one<Plain>("process-units")?.lines ?? []) {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    // ps prints the lines of /proc/PID/cgroup joined by commas.
    if (match) groups.set(Number(match[1]), parseCgroup((match[2] ?? "").replaceAll(/,(?=\d+:)/g, "\n")));
  }
  const all = (processes ?? []).map((p): Placed => {
    const group = groups.get(p.pid);
    return {
      ...p,
      ...(group?.unit === undefined ? {} : { unit: group.unit }),
      ...(group?.containerId === undefined ? {} : { containerId: group.containerId }),
    };
  });
  const unitsSeen = facts.one<Plain>("process-units") !== undefined;
  return { seen: processes !== undefined, unitsSeen, byPid: new Map(all.map((p) => [p.pid, p])), all };
}

/** @returns the process and all its ancestors, nearest first */
export function ancestry(table: ProcessTable, pid: number): Placed[] {
  const out: Placed[] = [];
  for (
    let at = table.byPid.get(pid);
    at && out.length < 32 && !out.includes(at);
    at = table.byPid.get(at.ppid)
  )
    out.push(at);
  return out;
}
