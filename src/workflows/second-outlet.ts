import { z } from "zod";
import { Diagnosis } from "../domain/diagnosis.ts";
import type { ChannelStore } from "./channel-store.ts";
import type { Clock } from "./ports.ts";

/** Slack counts as down for a message that has waited this long. */
const WAITED_MS = 2 * 60_000;
const LOOK_MS = 15_000;
const MOST = 500;
/** Words without which no message is critical: the database need not give the others. */
const MAYBE_CRITICAL = ['"critical"', '"failing"'];

export interface OutletWorld {
  readonly store: ChannelStore;
  readonly clock: Clock;
  /** Sends one text; rejects when it could not. */
  send(text: string): Promise<void>;
}

const Run = z.object({ kind: z.literal("run"), host: z.string(), diagnosis: Diagnosis });
const Note = z.object({
  kind: z.literal("note"),
  mood: z.literal("failing"),
  title: z.string(),
  text: z.string(),
});
const Group = z.object({
  kind: z.enum(["group", "report"]),
  report: z.object({
    title: z.string(),
    summary: z.object({
      lines: z.array(
        z.object({
          host: z.string(),
          verdict: z.string(),
          cause: z.object({ id: z.string(), severity: z.string() }).optional(),
        }),
      ),
    }),
  }),
});

/** What a message says of a failing host, for people without Slack; undefined: nothing critical. */
export function criticalText(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const run = Run.safeParse(value).data;
  if (run !== undefined) {
    const failing = run.diagnosis.causes.some((c) => c.severity === "critical" && c.grade !== "unproven");
    return failing ? `${run.host}: ${run.diagnosis.headline}` : undefined;
  }
  const note = Note.safeParse(value).data;
  if (note !== undefined) return `${note.title}: ${note.text}`;
  const lines = Group.safeParse(value).data?.report;
  const failing =
    lines?.summary.lines.filter((l) => l.cause?.severity === "critical" && l.verdict === "cause-found") ?? [];
  if (lines === undefined || failing.length === 0) return undefined;
  return `${lines.title}: ${failing.map((l) => `${l.host} (${l.cause?.id ?? ""})`).join(", ")}`;
}

/**
 * Sends what is critical and has waited for Slack for two minutes through the second outlet, each message once.
 * @returns how many were sent
 */
export async function tellOutlet(world: OutletWorld): Promise<number> {
  const now = world.clock.now();
  let sent = 0;
  for (const message of await world.store.overdue(now - WAITED_MS, MAYBE_CRITICAL, MOST)) {
    const text = criticalText(message.body);
    if (text === undefined) continue;
    const key = `${message.key}:${message.createdAt}`;
    const first = await world.store.transaction(async (tx) => {
      if ((await tx.memo("outlet", key)) !== undefined) return false;
      await tx.setMemo("outlet", key, { at: now });
      return true;
    });
    if (!first) continue;
    try {
      await world.send(`502 now (Slack cannot be reached): ${text}`);
      sent += 1;
    } catch (error) {
      // It is tried again at the next look.
      await world.store.transaction((tx) => tx.setMemo("outlet", key, undefined));
      throw error;
    }
  }
  return sent;
}

/** Works until the signal. */
export async function runOutlet(
  world: OutletWorld,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await tellOutlet(world).catch(onError);
    await world.clock.wait(LOOK_MS, signal);
  }
}
