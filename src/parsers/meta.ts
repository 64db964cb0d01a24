import { z } from "zod";
import { linesOf, ran, toInt, toNumber, type Output } from "./output.ts";

export const metaSchema = z.object({
  uid: z.number().optional(),
  user: z.string().optional(),
  /** The host's clock, seconds since 1970. */
  epoch: z.number().optional(),
  /** Minutes east of UTC of the login shell's zone. */
  zoneOffsetMinutes: z.number().optional(),
  uptimeSeconds: z.number().optional(),
  bootId: z.string().optional(),
  osId: z.string().optional(),
  osLike: z.array(z.string()).optional(),
  osVersion: z.string().optional(),
  /** The name of process 1: systemd, init, … */
  init: z.string().optional(),
  kernel: z.string().optional(),
  hostname: z.string().optional(),
  locale: z.string().optional(),
});
export type Meta = z.infer<typeof metaSchema>;

/**
 * Host facts from `key=value` lines (uid, user, epoch, tz, uptime, boot_id, init, kernel, hostname, locale) and
 * os-release's ID, ID_LIKE, VERSION_ID. A line that is missing leaves its fact undefined.
 */
export function parseMeta(output: Output): Meta | undefined {
  if (!ran(output)) return undefined;
  const values = new Map<string, string>();
  for (const line of linesOf(output.stdout)) {
    const match = /^([A-Za-z_]{1,32})=(.*)$/.exec(line);
    if (match !== null) values.set(match[1] ?? "", unquote(match[2] ?? ""));
  }
  const text = (key: string): string | undefined => values.get(key) || undefined;
  if (values.size === 0) return undefined;
  return {
    uid: toInt(text("uid")),
    user: text("user"),
    epoch: toInt(text("epoch")),
    zoneOffsetMinutes: parseZoneOffset(text("tz")),
    uptimeSeconds: toNumber(text("uptime")?.split(" ")[0]),
    bootId: text("boot_id"),
    osId: text("ID"),
    osLike: text("ID_LIKE")?.split(/\s+/),
    osVersion: text("VERSION_ID"),
    init: text("init"),
    kernel: text("kernel"),
    hostname: text("hostname"),
    locale: text("locale"),
  };
}

/** "+0130" or "-05:00" as minutes east of UTC. */
export function parseZoneOffset(text: string | undefined): number | undefined {
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(text ?? "");
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return match[1] === "-" && minutes !== 0 ? -minutes : minutes;
}

function unquote(value: string): string {
  return /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
}
