import { z } from "zod";
import type { BoundFix } from "../domain/fix.ts";

/** What a fix's `edit` rule gives: one line of one file, and the word that changes in it. */
const EditRule = z.object({
  file: z.string(),
  line: z.coerce.number().int().min(1),
  old: z.string().min(1),
  new: z.string().min(1),
});

/** A configuration file as it was read, with the hash of what is on disk. */
export interface ConfigText {
  readonly lines: readonly string[];
  readonly sha256: string;
}

/** What may stand in an address that is written into a configuration file. */
const SAFE = /^[A-Za-z0-9_.:/[\]@-]{1,200}$/;
/** A file that a tool writes anew would lose the edit. */
const MANAGED =
  /ansible managed|managed by (?:puppet|ansible|chef|salt|certbot)|this file is (?:auto-?)?generated|do not edit/i;

/** An edit as it is shown, and as it is bound. */
export interface ShownEdit {
  readonly diff: string;
  readonly bound: NonNullable<BoundFix["edit"]>;
  /** The word that changes, and what it becomes. */
  readonly word: { readonly old: string; readonly new: string };
  /** The line of the file by which a tool owns it. */
  readonly managed?: string;
}

/**
 * Turns an edit rule's value into a bound edit and a unified diff.
 * @returns undefined when the line no longer reads so, the file was not read, or was redacted there
 */
export function bindEdit(
  value: unknown,
  files: ReadonlyMap<string, ConfigText>,
  managedAllowed = false,
): ShownEdit | undefined {
  const rule = EditRule.safeParse(value);
  if (!rule.success || !SAFE.test(rule.data.new)) return undefined;
  const { file, line } = rule.data;
  const text = files.get(file);
  const before = text?.lines[line - 1];
  if (!text || before === undefined || !before.includes(rule.data.old) || /redacted/.test(before))
    return undefined;
  const managed = text.lines.slice(0, 10).find((l) => MANAGED.test(l));
  const after = before.replace(rule.data.old, () => rule.data.new);
  return {
    ...(managed === undefined ? {} : { managed: managed.trim().slice(0, 200) }),
    diff: unified(file, text.lines, line, after),
    word: { old: rule.data.old, new: rule.data.new },
    bound: {
      path: file,
      sha256: text.sha256,
      ...(managedAllowed ? { managed: "allowed" as const } : {}),
      edits: [{ line, oldText: before, newText: after }],
      test: { id: "config-test", argv: ["nginx", "-t"], sudo: "always", timeoutMs: 20_000, maxBytes: 65_536 },
    },
  };
}

/** A unified diff of one changed line, with three lines of context. */
function unified(file: string, lines: readonly string[], line: number, after: string): string {
  const from = Math.max(1, line - 3);
  const to = Math.min(lines.length, line + 3);
  const body = lines
    .slice(from - 1, to)
    .flatMap((text, i) => (from + i === line ? [`-${text}`, `+${after}`] : [` ${text}`]));
  const count = to - from + 1;
  return [`--- ${file}`, `+++ ${file}`, `@@ -${from},${count} +${from},${count} @@`, ...body].join("\n");
}
