import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const nameiSchema = z.object({
  paths: z.array(
    z.object({
      path: z.string(),
      /** From "/" down; mode as ls prints it ("drwxr-x---"). */
      components: z.array(
        z.object({ name: z.string(), mode: z.string(), owner: z.string(), group: z.string() }),
      ),
      /** The first component that could not be reached: the directory above it forbids it, or it is not there. */
      stopped: z.object({ name: z.string(), reason: z.enum(["denied", "absent", "other"]) }).optional(),
    }),
  ),
});
export type Namei = z.infer<typeof nameiSchema>;

const COMPONENT = /^\s{0,200}([-dlspcb?][-rwxsStT]{9}[.+@]?)\s+(\S+)\s+(\S+)\s+(.+)$/;
const STOPPED = /^\s+(.+) - (.+)$/;

/** The way to each path from `namei -l PATH…` (util-linux), as the user that ran it sees it. */
export function parseNamei(output: Output): Namei | undefined {
  if (!ran(output)) return undefined;
  const paths: Namei["paths"] = [];
  for (const line of linesOf(output.stdout)) {
    if (line.startsWith("f: ")) {
      paths.push({ path: line.slice(3), components: [], stopped: undefined });
      continue;
    }
    const last = paths.at(-1);
    if (last === undefined) continue;
    const component = COMPONENT.exec(line);
    if (component !== null) {
      const [, mode = "", owner = "", group = "", name = ""] = component;
      last.components.push({ name, mode, owner, group });
      continue;
    }
    const stopped = STOPPED.exec(line);
    if (stopped !== null)
      last.stopped = { name: (stopped[1] ?? "").trim(), reason: reasonOf(stopped[2] ?? "") };
  }
  return paths.length === 0 ? undefined : { paths };
}

function reasonOf(text: string): "denied" | "absent" | "other" {
  if (/denied/i.test(text)) return "denied";
  return /No such file/i.test(text) ? "absent" : "other";
}
