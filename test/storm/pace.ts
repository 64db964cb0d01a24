import { setTimeout as pause } from "node:timers/promises";
import type { Workspace, WorkspaceOptions } from "../../src/playground/workspace/start.ts";

const WITHIN_MS = 10_000;
export const CHANNELS = ["ops", "general"];
export const HOSTS = Array.from({ length: 200 }, (_, i) => `storm-${String(i).padStart(3, "0")}`);

export const WEATHER: NonNullable<WorkspaceOptions["faults"]> = {
  disconnectEveryMs: 2_000,
  rules: [
    { fault: "lost-reply", methods: ["chat.*"], rate: 0.05 },
    { fault: "ratelimited", methods: ["chat.*", "conversations.*"], rate: 0.05, retryAfterSeconds: 1 },
    { fault: "redeliver", types: ["slash_commands"], rate: 0.1 },
  ],
};

export interface Acks {
  /** Milliseconds each acknowledgement took. */
  readonly acks: readonly number[];
  /** What was not acknowledged, and how that ended. */
  readonly lost: readonly string[];
}

/** Sends all commands at an even pace. */
export async function command(ws: Workspace): Promise<Acks> {
  const began = Date.now();
  const sent = HOSTS.map(async (host, i) => {
    await pause(Math.max(0, began + (i * WITHIN_MS) / HOSTS.length - Date.now()));
    const channel = CHANNELS[i % CHANNELS.length] ?? "ops";
    return { host, outcome: await ws.postCommand("ada", channel, `/502 ${host}`) };
  });
  const all = await Promise.all(sent);
  return {
    acks: all.flatMap(({ outcome }) => (outcome.end === "acked" ? [outcome.ms] : [])),
    lost: all.filter(({ outcome }) => outcome.end !== "acked").map((s) => `${s.host}: ${s.outcome.end}`),
  };
}

export function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN);
}
