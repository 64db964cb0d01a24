import type { BoundFix } from "../domain/fix.ts";
import { readOffer } from "./fix-offer.ts";
import type { Store } from "./ports.ts";

const HOUR_MS = 60 * 60_000;
/** So many starts of one service within an hour; the next is refused and the cause is said instead. */
export const STARTS_PER_HOUR = 3;

const STARTING = new Set(["start", "restart", "try-restart", "reload-or-restart", "resurrect", "up"]);
const MANAGERS = new Set(["systemctl", "pm2", "docker", "rc-service", "supervisorctl", "service"]);

/** What a fix starts or restarts, e.g. "systemctl shop-api.service"; undefined when it starts nothing. */
export function startedBy(bound: BoundFix): string | undefined {
  for (const { argv, runAs } of bound.commands) {
    const at = argv.findIndex(
      (word) => !word.includes("=") && MANAGERS.has(word.slice(word.lastIndexOf("/") + 1)),
    );
    if (at < 0) continue;
    const words = argv.slice(at + 1).filter((word) => !word.startsWith("-"));
    if (!words.some((word) => STARTING.has(word))) continue;
    const names = words.filter((word) => !STARTING.has(word));
    const manager = argv[at]?.split("/").at(-1) ?? "";
    return [manager, ...(runAs === undefined ? [] : [runAs]), ...names].join(" ");
  }
  return undefined;
}

/**
 * Counts the starts of the fix's service that the bot made on this host within the hour.
 * @returns the service and the count when one more would be too many, else undefined
 */
export async function budgetSpent(
  store: Store,
  bound: BoundFix,
  now: number,
): Promise<{ readonly service: string; readonly starts: number } | undefined> {
  const service = startedBy(bound);
  if (service === undefined) return undefined;
  const recent = await store.approvals({ host: bound.host, state: ["applying", "finished"], limit: 200 });
  let starts = 0;
  for (const a of recent) {
    if ((a.decidedAt ?? a.requestedAt) <= now - HOUR_MS || a.outcome === "refused") continue;
    const offer = await store.offer(a.runId, a.fixId);
    if (offer === undefined) continue;
    const read = readOffer(offer);
    if (read.kind === "bound" && startedBy(read.bound) === service) starts += 1;
  }
  return starts >= STARTS_PER_HOUR ? { service, starts } : undefined;
}
