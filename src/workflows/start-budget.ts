import type { BoundFix } from "../domain/fix.ts";
import { sayDuration } from "../wording/duration.ts";
import { readOffer } from "./fix-offer.ts";
import { type FixWorld, settingsOf } from "./fix-world.ts";

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
 * Counts the starts of the fix's service that the bot made on this host lately.
 * @returns why it is not started once more, or undefined when it may be
 */
export async function budgetSpent(world: FixWorld, bound: BoundFix): Promise<string | undefined> {
  const service = startedBy(bound);
  if (service === undefined) return undefined;
  const { store } = world;
  const { starts: most, startsWithinMs } = settingsOf(world);
  const since = world.clock.now() - startsWithinMs;
  const recent = await store.approvals({ host: bound.host, state: ["applying", "finished"], limit: 200 });
  let starts = 0;
  for (const a of recent) {
    if ((a.decidedAt ?? a.requestedAt) <= since || a.outcome === "refused") continue;
    const offer = await store.offer(a.runId, a.fixId);
    if (offer === undefined) continue;
    const read = readOffer(offer);
    if (read.kind === "bound" && startedBy(read.bound) === service) starts += 1;
  }
  if (starts < most) return undefined;
  return `${service} on ${bound.host} was started ${starts} times within ${sayDuration(startsWithinMs)} and did not stay up: starting it again mends nothing. Look at the cause.`;
}
