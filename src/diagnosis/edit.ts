import { z } from "zod";
import type { BoundFix } from "../domain/fix.ts";
import type { Scope } from "./evaluator.ts";

const File = z.string();
const Line = z.coerce.number().int().min(1);
/** php-fpm's own test, for its pools; else nginx's. */
const Test = z
  .string()
  .regex(/^php-fpm(?:\d\.\d{1,2})?$/)
  .optional();

/** What a fix's `edit` rule gives: one line of one file, and the word that changes in it. */
const Replace = z.strictObject({
  file: File,
  line: Line,
  old: z.string().min(1),
  new: z.string().min(1),
  test: Test,
});

/** Or directives (without their semicolon) that are written after the one that holds the word `old`. */
const Add = z.strictObject({
  file: File,
  line: Line,
  old: z.string().min(1),
  add: z.array(z.string()).min(1).max(4),
});

/** A configuration file as it was read, with the hash of what is on disk. */
export interface ConfigText {
  readonly lines: readonly string[];
  readonly sha256: string;
}

/** What may stand in an address that is written into a configuration file. */
const SAFE = /^[A-Za-z0-9_.:/[\]@-]{1,200}$/;
/** A directive that may be added: its name and plain words. */
const DIRECTIVE = /^[a-z_]{2,40}(?: [A-Za-z0-9_.:/@$=-]{1,200}){1,8}$/;
/** A file that a tool writes anew would lose the edit. */
const MANAGED =
  /ansible managed|managed by (?:puppet|ansible|chef|salt|certbot)|this file is (?:auto-?)?generated|do not edit/i;

/** An edit as it is shown, and as it is bound. */
export interface ShownEdit {
  readonly diff: string;
  readonly bound: NonNullable<BoundFix["edit"]>;
  /** The word that changes, and what it becomes; absent where directives are added. */
  readonly word?: { readonly old: string; readonly new: string };
  /** The line of the file by which a tool owns it. */
  readonly managed?: string;
}

/** What a title says besides of an edit of nginx's configuration: its reload loads whatever else was changed since. */
export function alsoLoaded(edit: ShownEdit | undefined, scope: Scope): string {
  if (edit === undefined || edit.bound.test.argv[0] !== "nginx") return "";
  const { nginx } = scope;
  const pending =
    typeof nginx === "object" && nginx !== null && "pendingFiles" in nginx && nginx.pendingFiles;
  if (!Array.isArray(pending)) return "";
  const others = pending.filter((path) => typeof path === "string" && path !== edit.bound.path);
  return others.length === 0
    ? ""
    : ` (its reload also loads what is newer than what runs: ${others.join(", ")})`;
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
  const replace = Replace.safeParse(value);
  const add = replace.success ? undefined : Add.safeParse(value);
  const rule = replace.success ? replace.data : add?.data;
  if (rule === undefined) return undefined;
  const { file, line } = rule;
  const text = files.get(file);
  const before = text?.lines[line - 1];
  if (!text || before === undefined || /redacted/.test(before)) return undefined;
  const after = "new" in rule ? replaced(before, rule) : added(before, rule);
  if (after === undefined || after === before) return undefined;
  const managed = text.lines.slice(0, 10).find((l) => MANAGED.test(l));
  return {
    ...(managed === undefined ? {} : { managed: managed.trim().slice(0, 200) }),
    diff: unified(file, text.lines, line, after),
    ...("new" in rule ? { word: { old: rule.old, new: rule.new } } : {}),
    bound: {
      path: file,
      sha256: text.sha256,
      ...(managedAllowed ? { managed: "allowed" as const } : {}),
      edits: [{ line, oldText: before, newText: after }],
      test: { id: "config-test", argv: testOf(rule), sudo: "always", timeoutMs: 20_000, maxBytes: 65_536 },
    },
  };
}

/** The line with the first whole word of that text changed: "group" is not the one within "listen.group". */
function replaced(before: string, { old, new: wanted }: z.infer<typeof Replace>): string | undefined {
  const at = SAFE.test(wanted) ? wordAt(before, old) : -1;
  return at < 0 ? undefined : before.slice(0, at) + wanted + before.slice(at + old.length);
}

/** The line with directives behind the one that holds the word: below it, unless its block goes on in the line. */
function added(before: string, { old, add }: z.infer<typeof Add>): string | undefined {
  const at = wordAt(before, old);
  const end = at < 0 ? -1 : before.indexOf(";", at + old.length);
  if (end < 0 || !add.every((one) => DIRECTIVE.test(one))) return undefined;
  const rest = before.slice(end + 1);
  const directives = add.map((one) => `${one};`);
  if (!/^\s*(?:#|$)/.test(rest)) return `${before.slice(0, end + 1)} ${directives.join(" ")}${rest}`;
  const indent = /^\s*/.exec(before)?.[0] ?? "";
  return [before, ...directives.map((one) => indent + one)].join("\n");
}

function wordAt(line: string, word: string): number {
  const plain = word.replaceAll(/[.*+?^$()[\]{}|\\/-]/g, "\\$&");
  return new RegExp(`(?<![\\w.-])${plain}(?![\\w-])`).exec(line)?.index ?? -1;
}

function testOf(rule: z.infer<typeof Replace> | z.infer<typeof Add>): string[] {
  return [("test" in rule ? rule.test : undefined) ?? "nginx", "-t"];
}

/** A unified diff of one changed line, and those that were added below it, with three lines of context. */
function unified(file: string, lines: readonly string[], line: number, after: string): string {
  const from = Math.max(1, line - 3);
  const to = Math.min(lines.length, line + 3);
  const now = after.split("\n");
  const kept = now[0] === lines[line - 1];
  const body = lines
    .slice(from - 1, to)
    .flatMap((text, i) =>
      from + i === line
        ? [kept ? ` ${text}` : `-${text}`, ...now.slice(kept ? 1 : 0).map((one) => `+${one}`)]
        : [` ${text}`],
    );
  const count = to - from + 1;
  const head = `@@ -${from},${count} +${from},${count + now.length - 1} @@`;
  return [`--- ${file}`, `+++ ${file}`, head, ...body].join("\n");
}
