import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";
import { parseSocketAddress } from "./socket-address.ts";

export const ssTanSchema = z.object({
  total: z.number(),
  states: z.record(z.string(), z.number()),
  /** Connections by remote address and port, most first, 50 at most; client addresses are not kept apart from peers. */
  peers: z.array(
    z.object({
      address: z.string(),
      port: z.number(),
      total: z.number(),
      states: z.record(z.string(), z.number()),
    }),
  ),
  partial: z.boolean(),
});
export type SsTan = z.infer<typeof ssTanSchema>;

const LINE = /^([A-Z][A-Z0-9-]{2,12})\s+\d{1,10}\s+\d{1,10}\s+(\S+)\s+(\S+)/;

/** Counts of TCP connections from `ss -Htan`, by state and by peer. */
export function parseSsTan(output: Output): SsTan | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const states = new Map<string, number>();
  const peers = new Map<
    string,
    { address: string; port: number; total: number; states: Record<string, number> }
  >();
  const lines = linesOf(output.stdout);
  let total = 0;
  for (const line of lines) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, state = "", , remote = ""] = match;
    total += 1;
    states.set(state, (states.get(state) ?? 0) + 1);
    const peer = parseSocketAddress(remote);
    if (peer?.port === undefined) continue;
    const known = peers.get(remote) ?? { address: peer.address, port: peer.port, total: 0, states: {} };
    known.total += 1;
    known.states[state] = (known.states[state] ?? 0) + 1;
    peers.set(remote, known);
  }
  if (lines.length > 0 && total === 0) return undefined;
  const most = [...peers.values()].sort((a, b) => b.total - a.total).slice(0, 50);
  return { total, states: Object.fromEntries(states), peers: most, partial: output.end === "cut" };
}
