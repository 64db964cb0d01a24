import type { VerificationPlan } from "../domain/fix.ts";
import type { Command, CommandResult } from "../domain/command.ts";
import { parseNginxErrorLine } from "../parsers/nginx-error-log.ts";
import { redact } from "../parsers/redact.ts";
import type { HostLine } from "./host-line.ts";

type LogPlan = NonNullable<VerificationPlan["log"]>;

/** So much of a log's end, as the playbooks' checks read it: the same sudo rules allow it. */
const tailBytes = (path: string): number => (path === "/var/log/nginx/error.log" ? 262_144 : 196_608);
/** So many characters of its end tell the place again. */
const MARK = 600;

/** The end of an error log at a moment; undefined when it could not be read. */
export interface LogMark {
  readonly end: string;
}

/** New lines of the kind that a fix is to end. */
export interface NewLines {
  /** Since the look before the fix. */
  readonly since: number;
  /** Of these, since it had answered well for the first time. */
  readonly afterwards: number;
}

/** Reads the end of an error log. */
export function tailCommand(path: string): Command {
  const bytes = tailBytes(path);
  const argv = ["tail", "-c", String(bytes), path];
  return { id: "log", argv, sudo: "try", timeoutMs: 10_000, maxBytes: 2 * bytes };
}

async function readTail(line: HostLine, log: LogPlan): Promise<string | undefined> {
  const [r] = await line.wave([tailCommand(log.path)]);
  return textOf(r);
}

function textOf(r: CommandResult | undefined): string | undefined {
  return r?.end === "exited" && r.exitCode === 0 ? r.stdout : undefined;
}

/** Takes the place that the log has come to. */
export async function markLog(line: HostLine, plan: VerificationPlan): Promise<LogMark | undefined> {
  const text = plan.log === undefined ? undefined : await readTail(line, plan.log);
  return text === undefined ? undefined : { end: text.slice(-MARK) };
}

/**
 * Counts what the log has said of the fix's target since two marks.
 * @returns undefined when that cannot be told: no mark, not readable, rotated or grown past what is read
 */
export async function newLines(
  line: HostLine,
  plan: VerificationPlan,
  before: LogMark | undefined,
  well: LogMark | undefined,
): Promise<NewLines | undefined> {
  if (plan.log === undefined || before === undefined) return undefined;
  const text = await readTail(line, plan.log);
  const since = text === undefined ? undefined : countAfter(text, before, plan);
  if (text === undefined || since === undefined) return undefined;
  const afterwards = well === undefined ? since : (countAfter(text, well, plan) ?? since);
  return { since, afterwards };
}

function countAfter(text: string, { end }: LogMark, plan: VerificationPlan): number | undefined {
  const at = end === "" ? 0 : text.lastIndexOf(end);
  if (at < 0) return undefined;
  const target = plan.target?.replace(/^unix:/, "") ?? "";
  return redact(text.slice(at + end.length))
    .split("\n")
    .flatMap((one) => parseNginxErrorLine(one) ?? [])
    .filter((r) => r.class === plan.log?.class && r.upstream !== undefined && r.raw.includes(target)).length;
}
