import type { Approval } from "../domain/approval.ts";
import type { Actor } from "../domain/run.ts";
import { NO_SUCH_APPROVAL, sayDecided } from "../wording/approval.ts";
import { journalCancel, readProgress } from "./fix-journal.ts";
import { readApproved } from "./fix-offer.ts";
import { type FixWorld, mayApprove } from "./fix-world.ts";

export type Cancelled =
  | {
      readonly kind: "stopping" | "too-late" | "not-started";
      readonly approval: Approval;
      readonly text: string;
    }
  | { readonly kind: "unknown-approval" | "not-allowed"; readonly text: string };

/** Stops an approved or running fix before its next command; what already ran is not undone. */
export async function cancelFix(
  world: FixWorld,
  c: { readonly approvalId: string; readonly actor: Actor },
): Promise<Cancelled> {
  const a = await world.store.approval(c.approvalId);
  if (a === undefined) return { kind: "unknown-approval", text: NO_SUCH_APPROVAL };
  if (a.state === "requested")
    return { kind: "not-started", approval: a, text: "Nothing runs yet: deny it instead." };
  if (a.state !== "approved" && a.state !== "applying") {
    return { kind: "too-late", approval: a, text: sayDecided(a, world.clock.now()) };
  }
  const involved = a.requestedBy === c.actor.id || a.votes.some((v) => v.by === c.actor.id);
  if (!involved) {
    const read = await readApproved(world.store, a);
    const access = read.kind === "bound" ? mayApprove(world, c.actor, read.bound) : undefined;
    if (access?.allowed !== true)
      return {
        kind: "not-allowed",
        text:
          access === undefined
            ? "Only who approved it may stop it."
            : `You may not stop this fix: ${access.why}.`,
      };
  }
  const by = (await readProgress(world.store, a.id)).cancelledBy;
  if (by === undefined) await journalCancel(world, a, c.actor);
  const asked = by === undefined ? "" : ` (${by} asked for it)`;
  return { kind: "stopping", approval: a, text: `It stops before its next command${asked}.` };
}
