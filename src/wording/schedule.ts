import type { Schedule } from "../domain/schedule.ts";
import type { Silence } from "../domain/silence.ts";

/** A moment in a zone: "Fri 20 Nov 2026 09:00 (Europe/Berlin)". @param at epoch milliseconds */
function zoned(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB-u-hc-h23", {
    timeZone: zone,
    weekday: "short",
    day: "2-digit",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  }).format(at);
  return `${parts.replaceAll(",", "")} (${zone})`;
}

/** "weekdays 09:00, Europe/Berlin, about @web, to C0OPS00001 (paused; written in 502.yml; sch-1)" */
export function saySchedule(s: Schedule): string {
  const marks = [
    ...(s.paused ? ["paused"] : []),
    ...(s.quiet ? ["quiet: only when something changed or is wrong"] : []),
    s.owner === "file" ? "written in 502.yml" : `by ${s.createdBy}`,
  ];
  const zone = s.when.includes(s.zone) ? "" : `, ${s.zone}`;
  return `${s.when}${zone}, about ${s.on.join(" ")}, to ${s.channel} (${[...marks, s.id].join("; ")})`;
}

/** The next due times, in the zone they were asked for. */
export function sayNext(s: Schedule, next: readonly number[]): string {
  return `Next: ${sayTimes(s, next).join(", then ")}.`;
}

/** Due times one by one, in the zone they were asked for. */
export function sayTimes(s: Pick<Schedule, "zone">, times: readonly number[]): string[] {
  return times.map((at) => zoned(at, s.zone));
}

/** "@web until Fri 20 Nov 2026 11:00 (UTC), by U… (sil-1): disk is being replaced" @param clock how to write a moment */
export function saySilence(s: Silence, clock = (at: number): string => zoned(at, "UTC")): string {
  return `${s.target} until ${clock(s.until)}, by ${s.by} (${s.id}): ${s.reason}`;
}
