import type { KernelLog } from "../parsers/kernel-log.ts";
import type { LogLine } from "./log-view.ts";
import type { Service } from "./service.ts";
import type { Side } from "./side.ts";

/** Which result of a check a place's facts were read from, by the check's id: where several were, the telling one. */
export function citesOf(
  lines: readonly LogLine[],
  direct: string | undefined,
  service: Service | undefined,
  c: Side,
): Map<string, string> {
  const cites = new Map<string, string>();
  const newest = lines.at(-1);
  if (newest) cites.set("error-log", newest.source);
  if (direct !== undefined) cites.set("direct", direct);
  const kernel = c.facts
    .all<KernelLog>("kernel", "kernel-file")
    .find((f) => f.value.oomKills.length > 0 || f.value.segfaults.length > 0);
  if (kernel) cites.set("kernel", kernel.id);
  const log = service && c.journals.of(service);
  if (log) cites.set("journal", log.result).set("app-logs", log.result);
  return cites;
}
