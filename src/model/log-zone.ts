import type { FactSet } from "./facts.ts";

const STAMP =
  /\[(\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2}) ([+-])(\d{2})(\d{2})\]|(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})([+-])(\d{2}):(\d{2})/g;

/**
 * The zone that nginx's processes run in, minutes east of UTC, as the newest stamp of its access logs writes it. The
 * error log has the same zone and does not say so, and a unit's TZ= may make it another one than the host's.
 */
export function nginxZone(facts: FactSet): number | undefined {
  let newest: { at: number; zone: number } | undefined;
  for (const result of facts.results("access-logs")) {
    if (result.end !== "exited" && result.end !== "cut") continue;
    const last = [...result.stdout.slice(-4096).matchAll(STAMP)].at(-1);
    if (!last) continue;
    const [, common, sign, hours, minutes, iso, isoSign, isoHours, isoMinutes] = last;
    const east = Number(hours ?? isoHours) * 60 + Number(minutes ?? isoMinutes);
    const zone = (sign ?? isoSign) === "-" ? -east : east;
    const local = Date.parse(`${iso ?? common?.replace(":", " ").replaceAll("/", " ")}Z`);
    const at = local / 1000 - zone * 60;
    if (Number.isFinite(at) && (newest === undefined || at > newest.at)) newest = { at, zone };
  }
  return newest?.zone;
}
