import type { Approval } from "../domain/approval.ts";
import type { Cause, Diagnosis } from "../domain/diagnosis.ts";
import type { BoundFix } from "../domain/fix.ts";
import { diagnoseAgain } from "./diagnose-again.ts";
import { FOLLOW_UP_MINUTES } from "./finish-fix.ts";
import { readApproved } from "./fix-offer.ts";
import { record, runKey } from "./fix-record.ts";
import type { FixWorld } from "./fix-world.ts";

export type FollowedUp =
  | { readonly kind: "held" | "relapsed" | "unknown"; readonly text: string; readonly diagnosis?: Diagnosis }
  | { readonly kind: "skipped" };

/** What the outbox carries for a look after a fix. */
export interface FollowUpBody {
  readonly kind: "follow-up";
  readonly approvalId: string;
  readonly text: string;
  readonly relapsed: boolean;
}

/**
 * The job follow-up: diagnoses a fixed host again and says whether it held; a relapse is posted in the run's thread
 * at once, that it held only at the last look.
 * @param ref `APPROVAL:MINUTES`
 */
export async function followUp(world: FixWorld, ref: string): Promise<FollowedUp> {
  const [id = "", minutes = ""] = ref.split(":");
  const a = await world.store.approval(id);
  if (a?.state !== "finished" || a.outcome !== "fixed") return { kind: "skipped" };
  const read = await readApproved(world.store, a);
  if (read.kind === "broken") return { kind: "skipped" };
  const diagnosis = await diagnoseAgain(world, a, read.bound);
  const found = judgeLater(read.bound, diagnosis, minutes);
  const last = Number(minutes) === Math.max(...FOLLOW_UP_MINUTES);
  await say(world, a, found, minutes, found.kind !== "held" || last);
  return diagnosis === undefined ? found : { ...found, diagnosis };
}

function judgeLater(
  bound: BoundFix,
  d: Diagnosis | undefined,
  minutes: string,
): Exclude<FollowedUp, { kind: "skipped" }> {
  const when = `${minutes} minutes after the fix`;
  if (d === undefined || d.verdict === "unreachable" || d.verdict === "undetermined") {
    const because = d === undefined ? "it could not be diagnosed" : d.headline;
    return { kind: "unknown", text: `${bound.host}, ${when}: cannot tell whether it held: ${because}` };
  }
  const back = d.causes.find((c) => relapse(bound, c));
  if (back !== undefined)
    return { kind: "relapsed", text: `${bound.host}, ${when}: it did not hold. ${d.headline}` };
  return { kind: "held", text: `${bound.host}, ${when}: it held.` };
}

function relapse(bound: BoundFix, c: Cause): boolean {
  if (c.grade === "unproven") return false;
  if (c.id === bound.fix.causeId && c.target === bound.fix.target) return true;
  const vhosts = new Set([
    ...bound.verify.fronts.map((f) => f.vhost),
    ...(bound.vhost === undefined ? [] : [bound.vhost]),
  ]);
  return c.severity === "critical" && c.vhosts.some((v) => vhosts.has(v));
}

async function say(
  world: FixWorld,
  a: Approval,
  found: Exclude<FollowedUp, { kind: "skipped" }>,
  minutes: string,
  aloud: boolean,
): Promise<void> {
  const run = await world.store.run(a.runId);
  const body: FollowUpBody = {
    kind: "follow-up",
    approvalId: a.id,
    text: found.text,
    relapsed: found.kind === "relapsed",
  };
  await world.store.transaction(async (tx) => {
    await record(tx, world, a, "bot", "fix.follow-up", {
      minutes: Number(minutes),
      found: found.kind,
      text: found.text,
    });
    if (!aloud || run?.destination === undefined) return;
    await tx.putOutbox({
      id: world.ids.next("msg"),
      channel: run.destination.channel,
      key: `follow-up:${a.id}:${minutes}`,
      threadKey: runKey(a.runId),
      body: JSON.stringify(body),
      createdAt: world.clock.now(),
    });
  });
}
