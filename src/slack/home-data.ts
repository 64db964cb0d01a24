import type { Approval } from "../domain/approval.ts";
import type { Claim } from "../domain/claim.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { Actor, Run } from "../domain/run.ts";
import type { Diagnosis } from "../domain/diagnosis.ts";
import type { Schedule } from "../domain/schedule.ts";
import { claimsOf } from "../workflows/claim-host.ts";
import { mayApprove } from "../workflows/fix-world.ts";
import { readOffer } from "../workflows/fix-offer.ts";
import { actorIn, diagnosable } from "./places.ts";
import { targetsFor } from "./targets-for.ts";
import type { SlackWorld } from "./world.ts";

type RunSeen = Run & { readonly diagnosis?: Diagnosis };

/** A host as App Home shows it: its newest finished run, and the one before for the trend. */
export interface HostSeen {
  readonly name: string;
  readonly last?: RunSeen;
  readonly before?: RunSeen;
}

/** What one person may see, as things are now. */
export interface HomeData {
  readonly now: number;
  readonly filter: string;
  readonly page: number;
  readonly pages: number;
  /** Hosts that the filter leaves, and those this person may diagnose at all. */
  readonly found: number;
  readonly total: number;
  readonly hosts: readonly HostSeen[];
  /** Approvals this person may decide. */
  readonly waiting: readonly { readonly approval: Approval; readonly bound: BoundFix }[];
  /** Hosts whose trouble this person has taken on. */
  readonly claims: readonly Claim[];
  readonly schedules: readonly Schedule[];
  /** Whether there is anything this person may schedule reports about. */
  readonly maySchedule: boolean;
  /** Whether 502.yml has no policy yet, so that nobody may approve in Slack. */
  readonly firstSteps: boolean;
  /** Where people read on. */
  readonly docs?: string;
  readonly runs: readonly RunSeen[];
}

/** Which part of the hosts is shown. */
export interface HomePlace {
  readonly filter: string;
  readonly page: number;
}

export const HOSTS_A_PAGE = 20;
const RUNS_SHOWN = 10;
const MOST_WAITING = 100;

/**
 * Gathers App Home for a person; only hosts of the page are looked up, so 500 cost no more than twenty.
 * @param places the person outside of any channel, and in each of theirs that the policy speaks of
 */
export async function homeData(
  world: Omit<SlackWorld, "client">,
  places: readonly Actor[],
  place: HomePlace,
): Promise<HomeData> {
  const { store, clock } = world;
  const visible = new Set(diagnosable(world, places));
  const bad = (await store.unwellHosts()).filter((name) => visible.has(name));
  const filter = place.filter.trim().toLowerCase();
  const found = [...new Set([...bad, ...visible])];
  const sorted = found.filter((name) => name.toLowerCase().includes(filter));
  const pages = Math.max(1, Math.ceil(sorted.length / HOSTS_A_PAGE));
  const page = Math.min(Math.max(0, place.page), pages - 1);
  const names = sorted.slice(page * HOSTS_A_PAGE, (page + 1) * HOSTS_A_PAGE);
  const schedules = await store.schedules();
  return {
    now: clock.now(),
    filter: place.filter.trim(),
    page,
    pages,
    found: sorted.length,
    total: visible.size,
    hosts: await Promise.all(names.map((name) => hostSeen(world, name))),
    waiting: await waitingFor(world, places),
    claims: await claimsOf(store, places[0]?.id ?? "", clock.now()),
    schedules: schedules.filter((s) => {
      const hosts = targets(world, s);
      return hosts.length > 0 && hosts.every((host) => visible.has(host));
    }),
    maySchedule: targetsFor(world, places).length > 0,
    firstSteps: world.withoutPolicy === true && places[0]?.fullMember === true,
    runs: await store.runs({ hosts: [...visible], limit: RUNS_SHOWN }),
    ...(world.docs === undefined ? {} : { docs: world.docs }),
  };
}

async function hostSeen(world: Omit<SlackWorld, "client">, name: string): Promise<HostSeen> {
  const ended = (await world.store.runs({ host: name, limit: 5 })).filter((r) => r.diagnosis !== undefined);
  const [last, before] = ended;
  return { name, ...(last === undefined ? {} : { last }), ...(before === undefined ? {} : { before }) };
}

async function waitingFor(
  world: Omit<SlackWorld, "client">,
  places: readonly Actor[],
): Promise<HomeData["waiting"]> {
  const asked = await world.store.approvals({ state: ["requested"], limit: MOST_WAITING });
  const open = asked.filter(
    (a) => a.expiresAt > world.clock.now() && !a.votes.some((v) => v.by === places[0]?.id),
  );
  const mine: { approval: Approval; bound: BoundFix }[] = [];
  for (const approval of open) {
    const offer = await world.store.offer(approval.runId, approval.fixId);
    const read = offer === undefined ? undefined : readOffer(offer);
    if (read === undefined || read.kind === "broken") continue;
    const actor = actorIn(places, (await world.store.run(approval.runId))?.destination?.channel);
    if (actor !== undefined && mayApprove(world.fixes, actor, read.bound).allowed)
      mine.push({ approval, bound: read.bound });
  }
  return mine;
}

function targets(world: Omit<SlackWorld, "client">, schedule: Schedule): string[] {
  return schedule.on.flatMap((target) =>
    target.startsWith("@") ? [...(world.channels?.membersOf(target.slice(1)) ?? [])] : [target],
  );
}
