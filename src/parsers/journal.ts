import { z } from "zod";
import { linesOf, ran, toInt, toJson, type Output } from "./output.ts";

const journalEntrySchema = z.object({
  /** Milliseconds since 1970. */
  at: z.number(),
  message: z.string(),
  pid: z.number().optional(),
  /** syslog's: 0 emergency … 7 debug. */
  priority: z.number().optional(),
  /** The unit a line is about (process 1's lines) or comes from. */
  unit: z.string().optional(),
  identifier: z.string().optional(),
  command: z.string().optional(),
  exe: z.string().optional(),
  bootId: z.string().optional(),
  /** The login user behind a line of sudo, where audit knows it. */
  loginUid: z.number().optional(),
  transport: z.string().optional(),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

export const journalSchema = z.object({
  entries: z.array(journalEntrySchema),
  /** True when journalctl hid other users' lines or the output was cut: what is missing proves nothing. */
  partial: z.boolean(),
});
export type Journal = z.infer<typeof journalSchema>;

const HIDDEN = /not seeing messages from other users|insufficient permissions|Permission denied/i;
const NO_JOURNAL =
  /No journal files were (?:found|opened)|Failed to (?:open|get|add|seek|iterate)|not been booted/i;
// A longer message is cut: rules look at its beginning.
const LONGEST_MESSAGE = 4096;

/**
 * Entries from `journalctl -o json` (one object a line, in either order; given oldest first). MESSAGE may be a string, an array
 * of bytes or null (systemd.journal-fields). No entries is an empty list, but undefined when lines may be hidden.
 */
export function parseJournal(output: Output): Journal | undefined {
  if (!ran(output)) return undefined;
  const lines = linesOf(output.stdout).filter((line) => !line.startsWith("-- "));
  const printed = lines.flatMap((line) => entryOf(line));
  const newestFirst = (printed[0]?.at ?? 0) > (printed.at(-1)?.at ?? 0);
  const entries = newestFirst ? printed.toReversed() : printed;
  const hidden = HIDDEN.test(output.stderr);
  if (entries.length === 0 && (hidden || lines.length > 0 || NO_JOURNAL.test(output.stderr)))
    return undefined;
  return { entries, partial: hidden || output.end === "cut" };
}

function entryOf(line: string): JournalEntry[] {
  if (!line.startsWith("{")) return [];
  const value = toJson(line);
  if (typeof value !== "object" || value === null) return [];
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const text = (key: string): string | undefined => textOf(fields[key]);
  const microseconds = toInt(text("__REALTIME_TIMESTAMP")) ?? toInt(text("_SOURCE_REALTIME_TIMESTAMP"));
  if (microseconds === undefined) return [];
  return [
    {
      at: Math.floor(microseconds / 1000),
      message: (text("MESSAGE") ?? "").slice(0, LONGEST_MESSAGE),
      pid: toInt(text("_PID")) ?? toInt(text("SYSLOG_PID")),
      priority: toInt(text("PRIORITY")),
      unit: text("UNIT") ?? text("_SYSTEMD_UNIT"),
      identifier: text("SYSLOG_IDENTIFIER"),
      command: text("_COMM"),
      exe: text("_EXE"),
      bootId: text("_BOOT_ID"),
      loginUid: toInt(text("_AUDIT_LOGINUID")),
      transport: text("_TRANSPORT"),
    },
  ];
}

/** A field is a string, an array of bytes, or (when it was sent twice) an array of those; the first one counts. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  const items: readonly unknown[] = value;
  if (items.length > 0 && items.every((item) => typeof item === "number" && item >= 0 && item <= 255)) {
    return Buffer.from(items.map(Number)).toString("utf8");
  }
  return items.length > 0 && !Array.isArray(value[0]) ? textOf(items[0]) : undefined;
}
