import type { Actor } from "../domain/run.ts";
import { type Silence, silenceOf } from "../domain/silence.ts";
import type { ChannelWorld } from "./channel-world.ts";
import { deniedOn } from "./denied-on.ts";
import type { Answered } from "./manage-schedules.ts";
import { hostsOf } from "./targets.ts";

const LONGEST_MS = 30 * 86_400_000;

/** `silence HOST|@GROUP 2h REASON`: mutes posts about hosts; runs, records and audit go on. @param ms how long */
export async function addSilence(
  world: ChannelWorld,
  request: { readonly actor: Actor; readonly target: string; readonly ms: number; readonly reason: string },
): Promise<Answered<{ readonly silence: Silence }>> {
  const { actor, target, ms, reason } = request;
  if (!(ms > 0 && ms <= LONGEST_MS))
    return { ok: false, text: "A silence lasts between a second and 30 days." };
  if (reason.trim() === "") return { ok: false, text: "Say why: those who wonder tomorrow will read it." };
  const { hosts, unknown } = hostsOf(world, [target]);
  if (unknown.length > 0) return { ok: false, text: `There is no host or group ${target}.` };
  const denied = deniedOn(world, actor, "silence", hosts);
  if (denied !== undefined) return { ok: false, text: denied };
  const now = world.clock.now();
  const silence: Silence = {
    id: world.ids.next("sil"),
    target,
    until: now + ms,
    reason: reason.trim(),
    by: actor.id,
    createdAt: now,
  };
  await world.store.transaction(async (tx) => {
    await tx.putSilence(silence);
    await tx.audit({
      at: now,
      actor: actor.id,
      via: actor.via,
      action: "silence-added",
      detail: { ...silence },
    });
  });
  return { ok: true, silence };
}

/** Ends a silence before its time. */
export async function endSilence(
  world: ChannelWorld,
  actor: Actor,
  id: string,
): Promise<Answered<{ readonly silence: Silence }>> {
  const now = world.clock.now();
  const silence = (await world.store.silences(now)).find((s) => s.id === id || s.target === id);
  if (silence === undefined) return { ok: false, text: `No silence ${id} is in force.` };
  const denied = deniedOn(world, actor, "silence", hostsOf(world, [silence.target]).hosts);
  if (denied !== undefined) return { ok: false, text: denied };
  await world.store.transaction(async (tx) => {
    await tx.putSilence({ ...silence, until: now });
    await tx.audit({
      at: now,
      actor: actor.id,
      via: actor.via,
      action: "silence-ended",
      detail: { id: silence.id, target: silence.target },
    });
  });
  return { ok: true, silence };
}

/** The silence in force for a host: of this bot, or of an alerting system whose silences are read. */
export async function silencedBy(
  world: ChannelWorld & { readonly foreignSilences?: () => Promise<readonly Silence[]> },
  hostName: string,
): Promise<Silence | undefined> {
  const now = world.clock.now();
  const groups = world.findHost(hostName)?.groups ?? [];
  const own = await world.store.silences(now);
  // Where the other system cannot be asked, its silences are unknown: better a post too many than one too few.
  const foreign = (await world.foreignSilences?.().catch(() => [])) ?? [];
  return silenceOf(hostName, groups, [...own, ...foreign], now);
}
