import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

/** Per cent of the last 10, 60 and 300 seconds in which some or all tasks waited. */
const line = z.object({ avg10: z.number(), avg60: z.number(), avg300: z.number() });
const resource = z.object({ some: line.optional(), full: line.optional() });
export const pressureSchema = z.object({
  cpu: resource.optional(),
  memory: resource.optional(),
  io: resource.optional(),
});
export type Pressure = z.infer<typeof pressureSchema>;

const LINE =
  /^(?:\/proc\/pressure\/(cpu|memory|io):)?(some|full) avg10=(\d{1,3}\.\d\d) avg60=(\d{1,3}\.\d\d) avg300=(\d{1,3}\.\d\d)/;

/** Pressure stall information from `grep -H '' /proc/pressure/{cpu,memory,io}` (kernel 4.20; absent is undefined). */
export function parsePressure(output: Output): Pressure | undefined {
  if (!ran(output)) return undefined;
  const facts: Pressure = {};
  for (const text of linesOf(output.stdout)) {
    const match = LINE.exec(text);
    const name = match?.[1];
    if (match === null || (name !== "cpu" && name !== "memory" && name !== "io")) continue;
    const figures = { avg10: Number(match[3]), avg60: Number(match[4]), avg300: Number(match[5]) };
    const known = facts[name] ?? {};
    facts[name] = match[2] === "some" ? { ...known, some: figures } : { ...known, full: figures };
  }
  return Object.keys(facts).length === 0 ? undefined : facts;
}
