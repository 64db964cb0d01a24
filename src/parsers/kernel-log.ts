import { z } from "zod";
import { avcOf, avcSchema } from "./audit-avc.ts";
import { parseJournal } from "./journal.ts";
import { linesOf, ran, toInt, type Output } from "./output.ts";

const number = z.number().optional();
const text = z.string().optional();
const when = { at: number, message: z.string() };

export const kernelLogSchema = z.object({
  /** Kills: the kernel's `oom-kill:` line, with the memory of the `Killed process` line where that stands below. */
  oomKills: z.array(
    z.object({
      ...when,
      /** "none" is the whole host's memory, "memcg" a control group's limit. */
      constraint: z.enum(["none", "memcg", "cpuset", "memory-policy"]).optional(),
      task: text,
      pid: number,
      uid: number,
      /** The group whose limit was hit, and the group of the killed task. */
      oomMemcg: text,
      taskMemcg: text,
      anonRssKb: number,
    }),
  ),
  segfaults: z.array(z.object({ ...when, task: z.string(), pid: z.number(), object: text })),
  conntrackFull: z.array(z.object(when)),
  synFlooding: z.array(z.object({ ...when, port: number, cookies: z.boolean() })),
  apparmorDenials: z.array(
    z.object({
      ...when,
      operation: text,
      profile: text,
      name: text,
      command: text,
      pid: number,
      requested: text,
    }),
  ),
  avcDenials: z.array(avcSchema),
  lines: z.number(),
  partial: z.boolean(),
});
export type KernelLog = z.infer<typeof kernelLogSchema>;

const CONSTRAINTS: Readonly<Record<string, "none" | "memcg" | "cpuset" | "memory-policy">> = {
  CONSTRAINT_NONE: "none",
  CONSTRAINT_MEMCG: "memcg",
  CONSTRAINT_CPUSET: "cpuset",
  CONSTRAINT_MEMORY_POLICY: "memory-policy",
};

/**
 * The kernel's messages from `journalctl -k -o json`, `journalctl -k -o short-unix` or `dmesg`. Words as in
 * mm/oom_kill.c, net/ipv4/tcp_input.c, nf_conntrack_core.c. Nothing found is empty lists; hidden lines are undefined.
 */
export function parseKernelLog(output: Output): KernelLog | undefined {
  if (!ran(output) || /Operation not permitted/.test(output.stderr)) return undefined;
  const journal = parseJournal(output);
  if (
    journal === undefined &&
    (output.stdout.trim() === "" || /not seeing messages|No journal files|Failed to/.test(output.stderr))
  )
    return undefined;
  const entries: { at: number | undefined; message: string }[] =
    journal !== undefined && (journal.entries.length > 0 || output.stdout.trim() === "")
      ? journal.entries
      : linesOf(output.stdout).map((line) => plain(line));
  const facts: KernelLog = {
    oomKills: [],
    segfaults: [],
    conntrackFull: [],
    synFlooding: [],
    apparmorDenials: [],
    avcDenials: [],
    lines: entries.length,
    partial: journal?.partial ?? output.end === "cut",
  };
  for (const { at, message } of entries) read(facts, at, message.slice(0, 2000));
  return facts;
}

/** dmesg counts seconds since boot, short-unix since 1970; only the latter is an instant. */
function plain(line: string): { at: number | undefined; message: string } {
  const unix = /^(\d{9,11})\.(\d{3})\d{0,6} \S{1,64} kernel: (.*)$/.exec(line);
  if (unix !== null) return { at: Number(unix[1]) * 1000 + Number(unix[2]), message: unix[3] ?? "" };
  return {
    at: undefined,
    message: line.replace(
      /^(?:<\d{1,3}>)?\[\s{0,12}\d{1,10}\.\d{1,9}\] |^.{0,120}? kernel: (?:\[\s{0,12}[\d.]{1,20}\] )?/,
      "",
    ),
  };
}

function read(facts: KernelLog, at: number | undefined, message: string): void {
  const field = (key: string): string | undefined =>
    new RegExp(`(?:^|[,\\s:])${key}=([^,\\s]{1,500})`).exec(message)?.[1];
  if (message.startsWith("oom-kill:")) {
    facts.oomKills.push({
      at,
      message,
      constraint: CONSTRAINTS[field("oom-kill:constraint") ?? field("constraint") ?? ""],
      task: field("task"),
      pid: toInt(field("pid")),
      uid: toInt(field("uid")),
      oomMemcg: field("oom_memcg"),
      taskMemcg: field("task_memcg"),
      anonRssKb: undefined,
    });
    return;
  }
  const killed =
    /(Memory cgroup out of memory|Out of memory(?: \(\w+\))?): Kill(?:ed)? process (\d{1,10}) \(([^)]{1,64})\)/.exec(
      message,
    );
  if (killed !== null) {
    const rss = toInt(/anon-rss:(\d{1,15})kB/.exec(message)?.[1]);
    const last = facts.oomKills.at(-1);
    const pid = Number(killed[2]);
    if (last?.pid === pid && last.anonRssKb === undefined) last.anonRssKb = rss;
    else {
      const constraint = killed[1]?.startsWith("Memory cgroup") === true ? "memcg" : "none";
      facts.oomKills.push({
        at,
        message,
        constraint,
        task: killed[3],
        pid,
        uid: undefined,
        oomMemcg: undefined,
        taskMemcg: undefined,
        anonRssKb: rss,
      });
    }
    return;
  }
  const fault =
    /^(?:traps: )?(\S{1,64})\[(\d{1,10})\](?::)? (?:segfault at|general protection|trap invalid opcode|trap divide error)/.exec(
      message,
    );
  if (fault !== null) {
    facts.segfaults.push({
      at,
      message,
      task: fault[1] ?? "",
      pid: Number(fault[2]),
      object: / in ([^[\s]{1,300})\[/.exec(message)?.[1],
    });
  } else if (/nf_conntrack: table full, dropping packet/.test(message))
    facts.conntrackFull.push({ at, message });
  else if (/[Pp]ossible SYN flooding on port/.test(message)) {
    facts.synFlooding.push({
      at,
      message,
      port: toInt(/on port (?:\S{1,64}:)?(\d{1,5})/.exec(message)?.[1]),
      cookies: /Sending cookies/.test(message),
    });
  } else if (message.includes('apparmor="DENIED"')) {
    const quoted = (key: string): string | undefined =>
      new RegExp(`\\b${key}="([^"]{0,500})"`).exec(message)?.[1];
    facts.apparmorDenials.push({
      at,
      message,
      operation: quoted("operation"),
      profile: quoted("profile"),
      name: quoted("name"),
      command: quoted("comm"),
      pid: toInt(field("pid")),
      requested: quoted("requested_mask") ?? quoted("requested"),
    });
  } else {
    const avc = avcOf(message);
    if (avc !== undefined) facts.avcDenials.push({ ...avc, at: avc.at ?? at });
  }
}
