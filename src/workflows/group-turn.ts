import type { Approval } from "../domain/approval.ts";
import { type Diagnosis, exitCodeOf } from "../domain/diagnosis.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { FixWorld } from "./fix-world.ts";

const HOST = "fix:";
const GROUP = "fix-group:";
const MOST = 50;
/** An older diagnosis says nothing of a host's health now, in milliseconds. */
const FRESH_MS = 60 * 60_000;

/** The lease of one host: one fix at a time. */
export function hostLease(host: string): string {
  return `${HOST}${host}`;
}

/** The groups in which this fix waits its turn: those of its host, when it interrupts anything. */
function turnGroups(world: FixWorld, host: string, bound: BoundFix | undefined): readonly string[] {
  if (bound === undefined || bound.fix.risk === "safe") return [];
  const groups = world.groupsOf?.(host) ?? world.findHost(host)?.groups ?? [];
  return [...new Set(groups)].toSorted();
}

/** What a fix holds while it runs: its host, and for a disruptive one every group its host serves in. */
export function leasesOf(world: FixWorld, a: Approval, bound: BoundFix | undefined): string[] {
  return [hostLease(a.host), ...turnGroups(world, a.host, bound).map((group) => `${GROUP}${group}`)];
}

/** Whose turn it is, for the person who waits: "Another fix runs on web-1", "A fix runs on web-2, of the same group web: …". */
export async function sayTurn(world: FixWorld, a: Approval, lease: string): Promise<string> {
  if (!lease.startsWith(GROUP)) return `another fix runs on ${a.host}`;
  const group = lease.slice(GROUP.length);
  const mates = new Set(world.hostsOf?.(group));
  const running = await world.store.approvals({ state: ["applying"], limit: MOST });
  const other = running.find((r) => r.host !== a.host && mates.has(r.host));
  const where = other === undefined ? "another host" : other.host;
  return `a fix runs on ${where}, of the same group ${group}: disruptive fixes of one group run one at a time`;
}

/**
 * Several hosts of a group are mended one after another, and no further once it failed on one: the same fix, approved
 * before the other's end was known, is not run.
 * @returns why not, or undefined
 */
export async function failedBefore(
  world: FixWorld,
  a: Approval,
  bound: BoundFix,
): Promise<string | undefined> {
  const mates = new Set(
    turnGroups(world, a.host, bound).flatMap((group) => [...(world.hostsOf?.(group) ?? [])]),
  );
  mates.delete(a.host);
  for (const host of mates) {
    const ended = await world.store.approvals({ host, state: ["finished"], limit: MOST });
    const failed = ended.filter(
      (e) => e.fixId === a.fixId && e.outcome !== "fixed" && e.outcome !== "refused",
    );
    if (failed.length === 0) continue;
    const trail = await world.store.auditTrail({ host, limit: 4 * MOST });
    const since = failed.find((e) =>
      trail.some(
        (t) => t.approvalId === e.id && t.action === "fix.finish" && t.at >= (a.decidedAt ?? a.requestedAt),
      ),
    );
    if (since !== undefined)
      return `Nothing was run: the same fix has just ended as ${since.outcome ?? "interrupted"} on ${host}, and one after another stops at the first failure. Look at ${host} first, then press the button again.`;
  }
  return undefined;
}

/** The host cannot be reached, or has a 502 now. */
function fails(d: Diagnosis): boolean {
  return d.verdict === "unreachable" || exitCodeOf(d) === 2;
}

/**
 * Whether a disruptive fix would interrupt the last host of a group that serves: all others were found failing within
 * the hour. A host that fails itself has nothing to lose, and of a host that was not diagnosed nothing is known.
 * @returns why it may not run, or undefined
 */
export async function lastHealthyHost(
  world: FixWorld,
  a: Approval,
  bound: BoundFix,
): Promise<string | undefined> {
  const own = (await world.store.run(a.runId))?.diagnosis;
  if (own === undefined || fails(own)) return undefined;
  const now = world.clock.now();
  for (const group of turnGroups(world, a.host, bound)) {
    const failing: string[] = [];
    const others = (world.hostsOf?.(group) ?? []).filter((host) => host !== a.host);
    for (const host of others) {
      const runs = await world.store.runs({ host, limit: 20 });
      const newest = runs.find((r) => r.state === "done" && r.createdAt > now - FRESH_MS);
      if (newest?.diagnosis === undefined || !fails(newest.diagnosis)) break;
      failing.push(host);
    }
    if (others.length > 0 && failing.length === others.length)
      return `Nothing was run: ${a.host} is the last host of ${group} that serves; found failing within the hour before: ${failing.join(", ")}. Mend one of them first, or diagnose it again when it is well, then press the button again.`;
  }
  return undefined;
}
