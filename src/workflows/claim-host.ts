import { Claim, CLAIM_MS } from "../domain/claim.ts";
import type { Actor, Run } from "../domain/run.ts";
import type { ChannelStore, ChannelTx } from "./channel-store.ts";
import type { ClaimBody } from "./claim-message.ts";
import type { StoreTx } from "./ports.ts";
import { putVerdict, runKey } from "./run-message.ts";
import type { RunWorld } from "./run-world.ts";

type World = Pick<RunWorld, "clock" | "ids" | "findHost" | "mayDiagnose"> & { readonly store: ChannelStore };
type Tx = StoreTx & ChannelTx;

export type Claimed =
  /** The presser has it now, or nobody has. */
  | { readonly kind: "claimed" | "handed-over" | "released"; readonly claim: Claim }
  /** Nothing changed: this one has it. */
  | { readonly kind: "yours" | "taken"; readonly claim: Claim }
  | { readonly kind: "nobody" | "gone" | "not-allowed" | "not-this-person"; readonly text: string };

const GONE = "That run is not stored here any more: type /502 and the host's name.";

/**
 * Who sees to a host's trouble; undefined where nobody does. A claim ends when the host is found well, and after
 * twelve hours.
 */
export async function claimOf(store: ChannelStore, host: string, now: number): Promise<Claim | undefined> {
  const kept = (await store.memos("claim")).find((m) => m.key === host);
  return standing(kept?.value, await lastWell(store, host), now);
}

/** When the host was last found well. */
async function lastWell(store: ChannelStore, host: string): Promise<number> {
  const runs = await store.runs({ host, limit: 20 });
  return runs.find((r) => r.diagnosis?.verdict === "healthy")?.createdAt ?? 0;
}

function standing(kept: unknown, wellAt: number, now: number): Claim | undefined {
  const claim = Claim.safeParse(kept).data;
  const over = claim === undefined || claim.since + CLAIM_MS <= now || wellAt > claim.since;
  return over ? undefined : claim;
}

/** What somebody has, the latest first. */
export async function claimsOf(store: ChannelStore, by: string, now: number): Promise<readonly Claim[]> {
  const kept = (await store.memos("claim")).flatMap((m) => Claim.safeParse(m.value).data ?? []);
  const own = kept.filter((c) => c.by === by);
  const still = await Promise.all(own.map((c) => claimOf(store, c.host, now)));
  return still.flatMap((c) => c ?? []).toSorted((a, b) => b.since - a.since);
}

/** "I have it". @param over also where somebody else has it */
export async function claimHost(
  world: World,
  { runId, actor, over }: { readonly runId: string; readonly actor: Actor; readonly over: boolean },
): Promise<Claimed> {
  return change(world, runId, actor, async (tx, run, held, now) => {
    const { host } = run.request;
    if (held?.by === actor.id) return { kind: "yours", claim: held };
    if (held !== undefined && !over) return { kind: "taken", claim: held };
    const claim: Claim = { host, by: actor.id, since: now, runId };
    await tx.setMemo("claim", host, claim);
    const from = held?.by;
    await record(tx, run, actor, now, from === undefined ? "claimed" : "taken-over", from);
    if (from !== undefined) await say(world, tx, run, now, { what: "taken-over", actor, other: from });
    return { kind: "claimed", claim };
  });
}

/** Gives a host's trouble to somebody else, or with nobody named, releases it. Only who has it may. */
export async function handOver(
  world: World,
  { runId, actor, to }: { readonly runId: string; readonly actor: Actor; readonly to?: Actor },
): Promise<Claimed> {
  return change(world, runId, actor, async (tx, run, held, now) => {
    const { host } = run.request;
    if (held === undefined) return { kind: "nobody", text: `Nobody has ${host} any more.` };
    if (held.by !== actor.id) return { kind: "taken", claim: held };
    if (to === undefined) {
      await tx.setMemo("claim", host, undefined);
      await record(tx, run, actor, now, "released");
      await say(world, tx, run, now, { what: "released", actor });
      return { kind: "released", claim: held };
    }
    if (to.id === actor.id) return { kind: "yours", claim: held };
    const found = world.findHost(host);
    const may = found === undefined ? undefined : world.mayDiagnose(to, found);
    if (may?.allowed !== true)
      return { kind: "not-this-person", text: `That person may not diagnose ${host}. Choose somebody else.` };
    const claim: Claim = { host, by: to.id, since: now, runId };
    await tx.setMemo("claim", host, claim);
    await record(tx, run, actor, now, "handed-over", to.id);
    await say(world, tx, run, now, { what: "handed-over", actor, other: to.id });
    return { kind: "handed-over", claim };
  });
}

/** Changes who has the host of a run, one at a time; the verdict's message follows in the same transaction. */
async function change(
  world: World,
  runId: string,
  actor: Actor,
  work: (tx: Tx, run: Run, held: Claim | undefined, now: number) => Promise<Claimed>,
): Promise<Claimed> {
  const { store, clock } = world;
  const run = await store.run(runId);
  if (run === undefined) return { kind: "gone", text: GONE };
  const { host } = run.request;
  const found = world.findHost(host);
  const may = found === undefined ? undefined : world.mayDiagnose(actor, found);
  if (may?.allowed !== true) {
    const why = may?.why ?? "it is not in the inventory any more";
    return { kind: "not-allowed", text: `You may not take ${host} on: ${why}.` };
  }
  const now = clock.now();
  const wellAt = await lastWell(store, host);
  const newest = (await store.runs({ host, limit: 20 })).find(
    (r) => r.state === "done" && r.destination !== undefined,
  );
  return store.transaction(async (tx) => {
    const done = await work(tx, run, standing(await tx.memo("claim", host), wellAt, now), now);
    if (done.kind === "claimed" || done.kind === "handed-over" || done.kind === "released") {
      const shown = newest === undefined || newest.id === run.id ? [run] : [run, newest];
      for (const one of shown) await putVerdict(tx, world, one, now);
    }
    return done;
  });
}

async function record(
  tx: Tx,
  { id: runId, request: { host } }: Run,
  { id: actor, via }: Actor,
  at: number,
  action: "claimed" | ClaimBody["what"],
  other?: string,
): Promise<void> {
  await tx.audit({ at, actor, via, action, host, runId, detail: other === undefined ? {} : { other } });
}

async function say(
  world: World,
  tx: Tx,
  run: Run,
  createdAt: number,
  { actor, ...said }: Pick<ClaimBody, "what" | "other"> & { readonly actor: Actor },
): Promise<void> {
  if (run.destination === undefined) return;
  const body: ClaimBody = { kind: "claim", runId: run.id, host: run.request.host, actor: actor.id, ...said };
  const id = world.ids.next("msg");
  await tx.putOutbox({
    id,
    channel: run.destination.channel,
    key: `claim:${id}`,
    threadKey: runKey(run.id),
    body: JSON.stringify(body),
    createdAt,
  });
}
