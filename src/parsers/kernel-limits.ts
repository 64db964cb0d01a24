import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

const number = z.number().optional();
export const kernelLimitsSchema = z.object({
  filesOpen: number,
  filesMax: number,
  localPortFrom: number,
  localPortTo: number,
  somaxconn: number,
  conntrackCount: number,
  conntrackMax: number,
  load1: number,
  load5: number,
  load15: number,
  abortOnOverflow: number,
  ipv6Disabled: number,
  bindv6only: number,
  twReuse: number,
});
export type KernelLimits = z.infer<typeof kernelLimitsSchema>;

/**
 * Limits and loads from `grep -H '' FILE…` over /proc/sys/fs/file-nr, …/ip_local_port_range, …/somaxconn,
 * …/nf_conntrack_{count,max}, …/tcp_abort_on_overflow, …/disable_ipv6, …/bindv6only, /proc/loadavg. What a kernel lacks stays undefined.
 */
export function parseKernelLimits(output: Output): KernelLimits | undefined {
  if (!ran(output)) return undefined;
  const values = new Map<string, number[]>();
  for (const line of linesOf(output.stdout)) {
    const match = /^(\/proc\/(?:sys\/[\w/.-]{1,200}|loadavg)):([\d.\s/]{1,100})$/.exec(line);
    if (match !== null)
      values.set((match[1] ?? "").split("/").at(-1) ?? "", (match[2] ?? "").trim().split(/\s+/).map(Number));
  }
  if (values.size === 0) return undefined;
  const of = (file: string, index = 0): number | undefined => {
    const value = values.get(file)?.[index];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  };
  return {
    filesOpen: of("file-nr"),
    filesMax: of("file-nr", 2),
    localPortFrom: of("ip_local_port_range"),
    localPortTo: of("ip_local_port_range", 1),
    somaxconn: of("somaxconn"),
    conntrackCount: of("nf_conntrack_count"),
    conntrackMax: of("nf_conntrack_max"),
    load1: of("loadavg"),
    load5: of("loadavg", 1),
    load15: of("loadavg", 2),
    abortOnOverflow: of("tcp_abort_on_overflow"),
    ipv6Disabled: of("disable_ipv6"),
    bindv6only: of("bindv6only"),
    twReuse: of("tcp_tw_reuse"),
  };
}
