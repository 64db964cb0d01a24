import type { Approval } from "../domain/approval.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { Actor } from "../domain/run.ts";
import { record } from "./fix-record.ts";
import { type AccessAnswer, type FixWorld, gateOf } from "./fix-world.ts";
import type { NoteBody } from "./note-message.ts";
import type { StoreTx } from "./ports.ts";
import { budgetSpent } from "./start-budget.ts";

/** A reason of fewer letters says nothing. */
const REASON_LETTERS = 5;

/** A rule that stands between a person and an approval, and that break-glass overrides. */
export interface Barrier {
  readonly rule: "four-eyes" | "votes" | "times" | "restart-budget";
  readonly text: string;
}

/**
 * What stands in the way of this person's approval taking effect at once. Never among them: the digest, the evidence,
 * the permission for the fix's risk, and what dangerous fixes need.
 */
export async function barriers(
  world: FixWorld,
  actor: Actor,
  bound: BoundFix,
  access: AccessAnswer,
  approval?: Approval,
): Promise<Barrier[]> {
  const found: Barrier[] = [];
  // Whichever is stricter: the policy when it was asked for, or the one in force now.
  const fourEyes = access.fourEyes || approval?.fourEyes === true;
  if (fourEyes && (approval === undefined || approval.requestedBy === actor.id)) {
    found.push({ rule: "four-eyes", text: "You asked for it: somebody else must approve it." });
  }
  const gate = gateOf(world, bound);
  if (!gate.open) found.push({ rule: "times", text: gate.why });
  const spent = await budgetSpent(world, bound);
  if (spent !== undefined) found.push({ rule: "restart-budget", text: spent });
  const needed = Math.max(approval?.votesNeeded ?? 1, access.approvals);
  const votes = new Set([...(approval?.votes.map((v) => v.by) ?? []), actor.id]).size;
  if (votes < needed) found.push({ rule: "votes", text: `${needed} people must approve it.` });
  return found;
}

/** Why this person may not break glass for this fix; undefined: they may. */
export function glassRefusal(world: FixWorld, actor: Actor, bound: BoundFix): string | undefined {
  if (bound.fix.risk === "dangerous") return "Break-glass does not change the rules for dangerous fixes.";
  const { fix, host, edit } = bound;
  const access = world.access({
    actor,
    action: "break-glass",
    risk: fix.risk,
    edit: edit !== undefined,
    host,
  });
  return access.allowed ? undefined : access.why;
}

/** Whether a typed reason is one. */
export function isReason(text: string): boolean {
  return (text.match(/\p{L}/gu)?.length ?? 0) >= REASON_LETTERS;
}

/**
 * Audits that glass was broken and tells it at once: in the run's channel (not in its thread, where few would see it),
 * and where the configuration says, with its security group.
 */
export async function tellBroken(
  tx: StoreTx,
  world: FixWorld,
  a: Approval,
  bound: BoundFix,
  broken: {
    readonly actor: Actor;
    readonly reason: string;
    readonly over: readonly Barrier[];
    readonly channel?: string;
  },
): Promise<void> {
  const { actor, reason, over, channel } = broken;
  const rules = over.map((b) => b.rule);
  await record(tx, world, a, actor, "approval.break-glass", { reason, overrides: rules });
  const body: NoteBody = {
    kind: "note",
    mood: "warning",
    title: `Glass broken on ${a.host}`,
    text: `${bound.fix.title} (${bound.fix.risk}) runs now, past these rules: ${rules.join(", ")}.`,
    lines: [`By ${actor.id}, because: ${reason}`, ...over.map((b) => b.text), ...bound.fix.commands],
    people: [actor.id],
    ...(world.alarm?.group === undefined ? {} : { userGroup: world.alarm.group }),
  };
  const channels = new Set([channel, world.alarm?.channel].filter((c) => c !== undefined));
  for (const to of channels) {
    await tx.putOutbox({
      id: world.ids.next("msg"),
      channel: to,
      key: `break-glass:${a.id}:${to}`,
      body: JSON.stringify(body),
      createdAt: world.clock.now(),
    });
  }
}
