import { z } from "zod";
import { linesOf, ran, toInt, type Output } from "./output.ts";

export const avcSchema = z.object({
  /** Milliseconds since 1970; undefined where the line has none that needs no zone (ausearch -i). */
  at: z.number().optional(),
  permissions: z.array(z.string()),
  pid: z.number().optional(),
  command: z.string().optional(),
  /** The port of a name_connect or name_bind. */
  port: z.number().optional(),
  path: z.string().optional(),
  name: z.string().optional(),
  /** The types (third field) of source and target. */
  source: z.string(),
  target: z.string(),
  class: z.string(),
  /** True: logged but allowed. */
  permissive: z.boolean(),
});
export type Avc = z.infer<typeof avcSchema>;

export const auditAvcSchema = z.object({ denials: z.array(avcSchema), partial: z.boolean() });
export type AuditAvc = z.infer<typeof auditAvcSchema>;

const DENIED = /avc:\s{1,4}denied\s{1,4}\{ ([a-z_ ]{1,300}?) \} for\s/;

/** One denial in a line of ausearch (raw or -i), of the audit transport of the journal, or of the kernel log. */
export function avcOf(line: string): Avc | undefined {
  const text = line.slice(0, 4000);
  const match = DENIED.exec(text);
  if (match === null) return undefined;
  const rest = text.slice(match.index + match[0].length - 1);
  const field = (key: string): string | undefined => {
    const found = new RegExp(`\\s${key}=(?:"([^"]{0,1000})"|(\\S{1,1000}))`).exec(rest);
    return found?.[1] ?? found?.[2];
  };
  const type = (key: string): string => field(key)?.split(":")[2] ?? "";
  const stamp = /audit\((\d{9,11})\.(\d{3})/.exec(text);
  return {
    at: stamp === null ? undefined : Number(stamp[1]) * 1000 + Number(stamp[2]),
    permissions: (match[1] ?? "").split(" "),
    pid: toInt(field("pid")),
    command: field("comm"),
    port: toInt(field("dest")) ?? toInt(field("src")),
    path: field("path"),
    name: field("name"),
    source: type("scontext"),
    target: type("tcontext"),
    class: field("tclass") ?? "",
    permissive: field("permissive") === "1",
  };
}

/**
 * SELinux denials from `ausearch -m avc,user_avc --input-logs …`. It exits 1 with `<no matches>` when there are none;
 * that is an empty list only where auditd writes the log: with auditd stopped the kernel log has them.
 */
export function parseAuditAvc(output: Output): AuditAvc | undefined {
  if (!ran(output)) return undefined;
  const denials = linesOf(output.stdout).flatMap((line) => avcOf(line) ?? []);
  const none = /<no matches>/.test(output.stderr + output.stdout);
  if (denials.length === 0 && !none && !(output.exitCode === 0 && output.stderr.trim() === ""))
    return undefined;
  return { denials, partial: output.end === "cut" };
}
