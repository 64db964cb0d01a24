import { z } from "zod";
import type { JournalEntry } from "./journal.ts";
import { logEventSchema, type LogEvent, type Rule } from "./log-event.ts";
import { APP_RULES } from "./log-rules-apps.ts";
import { SERVER_RULES } from "./log-rules-servers.ts";
import { SYSTEMD_RULES } from "./log-rules-systemd.ts";

// A rule looks at the beginning of a line only, so a long line costs no more than a short one.
const LONGEST_LINE = 2000;

/** What one line says; undefined when no rule knows it. */
export function classifyLine(line: string): LogEvent | undefined {
  const text = line.slice(0, LONGEST_LINE).trimEnd();
  return text === ""
    ? undefined
    : (first(SYSTEMD_RULES, text) ?? first(SERVER_RULES, text) ?? first(APP_RULES, text));
}

function first(rules: readonly Rule[], text: string): LogEvent | undefined {
  for (const { pattern, event } of rules) {
    const match = pattern.exec(text);
    if (match !== null) return event(match.groups ?? {});
  }
  return undefined;
}

const journalEventSchema = logEventSchema.extend({
  /** Milliseconds since 1970. */
  at: z.number(),
  /** The line itself, for the evidence. */
  message: z.string(),
  /** Who wrote the line: process 1's lines are systemd's own. */
  writerPid: z.number().optional(),
  bootId: z.string().optional(),
});
export type JournalEvent = z.infer<typeof journalEventSchema>;

/** The events of journal entries, in their order. systemd's own words count only from process 1 and its children. */
export function eventsOf(entries: readonly JournalEntry[]): JournalEvent[] {
  return entries.flatMap((entry) => {
    const manager = entry.pid === 1 || entry.identifier === "systemd" || isBeforeExec(entry);
    const events = entry.message
      .slice(0, LONGEST_LINE * 2)
      .split("\n")
      .flatMap(
        (line) =>
          (manager
            ? first(SYSTEMD_RULES, line.slice(0, LONGEST_LINE).trimEnd())
            : classifyApplicationLine(line)) ?? [],
      );
    return events.map((event) => ({
      ...event,
      unit: event.unit ?? entry.unit,
      at: entry.at,
      message: entry.message.slice(0, 1000),
      writerPid: entry.pid,
      bootId: entry.bootId,
    }));
  });
}

/** systemd's child that could not become the service's program calls itself "(program)" and speaks of its unit. */
function isBeforeExec({ identifier, message, unit }: JournalEntry): boolean {
  return unit !== undefined && /^\(.{1,60}\)$/.test(identifier ?? "") && message.startsWith(`${unit}: `);
}

/** As classifyLine, without systemd's words: "Started x." in an application's log is not systemd's. */
export function classifyApplicationLine(line: string): LogEvent | undefined {
  const text = line.slice(0, LONGEST_LINE).trimEnd();
  return text === "" ? undefined : (first(SERVER_RULES, text) ?? first(APP_RULES, text));
}
