import { z } from "zod";
import { Diagnosis } from "../domain/diagnosis.ts";
import type { ChannelStore } from "./channel-store.ts";
import type { Clock } from "./ports.ts";

/** Slack counts as down for a message that has waited this long. */
const WAITED_MS = 2 * 60_000;
const LOOK_MS = 15_000;
/** What was lost longer ago than the last looks is no news. */
const LOST_MS = 10 * 60_000;
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
/** What goes to whoever asked, since its own place takes none. */
const Told = z.object({ kind: z.literal("told"), body: z.unknown() });
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
  return textOf(Told.safeParse(value).data?.body ?? value);
}

function textOf(value: unknown): string | undefined {
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

/** What has waited too long for Slack, and what Slack took nowhere: each with the key under which it is sent once. */
async function unheard(
  store: ChannelStore,
  now: number,
): Promise<{ readonly body: string; readonly key: string; readonly why: string }[]> {
  const waiting = await store.overdue(now - WAITED_MS, MAYBE_CRITICAL, MOST);
  const lost = await store.lost(now - LOST_MS, MOST);
  return [
    ...waiting.map((m) => ({ ...m, why: "Slack cannot be reached" })),
    ...lost.map((m) => ({ ...m, why: `${m.channel} in Slack does not take it: ${m.error}` })),
  ].map(({ body, key, createdAt, why }) => ({ body, key: `${key}:${createdAt}`, why }));
}

/**
 * Sends what is critical and has waited for Slack for two minutes, or was lost there, through the second outlet, each
 * message once.
 * @returns how many were sent
 */
export async function tellOutlet(world: OutletWorld): Promise<number> {
  const now = world.clock.now();
  let sent = 0;
  for (const { body, key, why } of await unheard(world.store, now)) {
    const text = criticalText(body);
    if (text === undefined) continue;
    const first = await world.store.transaction(async (tx) => {
      if ((await tx.memo("outlet", key)) !== undefined) return false;
      await tx.setMemo("outlet", key, { at: now });
      return true;
    });
    if (!first) continue;
    try {
      await world.send(`502 now (${why}): ${text}`);
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
