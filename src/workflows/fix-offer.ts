import type { Approval } from "../domain/approval.ts";
import { approvalDigest, BoundFix, digestOf } from "../domain/fix.ts";
import type { Offer, Store } from "./ports.ts";

/** An offer's life from the end of its run, in milliseconds, unless 502.yml says otherwise. */
export const OFFER_MS = 60 * 60_000;

export type ReadOffer =
  | { readonly kind: "bound"; readonly bound: BoundFix }
  | { readonly kind: "broken"; readonly why: string };

/** Reads the fix an offer holds and checks that its digest is that of its content. */
export function readOffer(offer: Offer): ReadOffer {
  let payload: unknown;
  try {
    payload = JSON.parse(offer.payload);
  } catch {
    return { kind: "broken", why: "the stored fix is not readable" };
  }
  const parsed = BoundFix.safeParse(payload);
  if (!parsed.success) return { kind: "broken", why: "the stored fix is not of this version's form" };
  const bound = parsed.data;
  const mine = bound.runId === offer.runId && bound.host === offer.host && bound.fix.id === offer.fixId;
  if (!mine) return { kind: "broken", why: "the stored fix belongs to another offer" };
  if (digestOf(bound) !== offer.digest)
    return { kind: "broken", why: "the stored fix differs from what was offered" };
  return { kind: "bound", bound };
}

/** The fix an approval is bound to: its digest must be that of what is offered, and of its own terms. */
export async function readApproved(store: Store, approval: Approval): Promise<ReadOffer> {
  const offer = await store.offer(approval.runId, approval.fixId);
  if (offer === undefined) return { kind: "broken", why: "the offer it belongs to is gone" };
  const read = readOffer(offer);
  if (read.kind === "broken" || approvalDigest(offer.digest, approval) === approval.digest) return read;
  return { kind: "broken", why: "the offered fix differs from the approved one" };
}

/** The host's approval of the same offer that already went further than being asked for, if any. */
export async function sameOfferApproval(
  store: Store,
  of: { readonly host: string; readonly runId: string; readonly fixId: string },
  exceptId?: string,
): Promise<Approval | undefined> {
  const all = await store.approvals({
    host: of.host,
    state: ["requested", "approved", "applying", "finished", "denied"],
    limit: 500,
  });
  const same = all.filter((a) => a.runId === of.runId && a.fixId === of.fixId && a.id !== exceptId);
  const rank = (a: Approval): number => (a.state === "requested" || a.state === "denied" ? 1 : 0);
  return same.sort((a, b) => rank(a) - rank(b) || a.requestedAt - b.requestedAt)[0];
}
