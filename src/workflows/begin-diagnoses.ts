import { AlertState } from "../domain/alert.ts";
import type { Actor, Destination } from "../domain/run.ts";
import type { AlertWorld } from "./alert-world.ts";
import { reportKey } from "./report-message.ts";
import { runKey } from "./run-message.ts";
import { beginGroup, planRuns } from "./start-report.ts";
import { startRun } from "./start-run.ts";

/** How long alerts gather before what they need is begun: a dead bastion is one message, not forty. */
export const GATHER_MS = 1500;

interface Waiting {
  readonly key: string;
  readonly state: AlertState;
}

/**
 * Begins what waiting alerts need, once they have gathered: one run for one host, one group for several of one
 * channel. A host whose alerts are silenced is diagnosed for the record, and nothing is posted.
 * @returns how many runs and groups were begun
 */
export async function beginDiagnoses(world: AlertWorld): Promise<number> {
  const now = world.clock.now();
  const waiting = (await world.store.memos("alert")).flatMap((m): Waiting[] => {
    const state = AlertState.safeParse(m.value).data;
    return state?.status === "waiting" ? [{ key: m.key, state }] : [];
  });
  const places = Map.groupBy(
    waiting,
    (w) => `${w.state.silenced ? "" : (w.state.channel ?? "")} ${w.state.threadTs ?? ""}`,
  );
  let begun = 0;
  for (const [, alerts] of places) {
    const newest = Math.max(...alerts.map((a) => a.state.since));
    const oldest = Math.min(...alerts.map((a) => a.state.since));
    // A storm that does not end is not waited for for ever.
    if (now - newest < GATHER_MS && now - oldest < 10 * GATHER_MS) continue;
    // Replicas look at the same time: one of them begins.
    const lease = `alerts:${alerts[0]?.state.channel ?? "silent"}`;
    const owner = world.ids.next("job");
    if (!(await world.store.lease(lease, owner, 30_000))) continue;
    try {
      if (await begin(world, alerts)) begun += 1;
    } finally {
      await world.store.release(lease, owner);
    }
  }
  return begun;
}

async function begin(world: AlertWorld, alerts: readonly Waiting[]): Promise<boolean> {
  const [first] = alerts;
  if (first === undefined) return false;
  const { channel, silenced, threadTs } = first.state;
  const destination: Destination | undefined =
    silenced || channel === undefined
      ? undefined
      : { channel, ...(threadTs === undefined ? {} : { threadTs }) };
  const source = first.key.split(":")[0] ?? "";
  const actor: Actor = { id: `alert:${source}`, via: "alert", ...(channel === undefined ? {} : { channel }) };
  const hosts = [...new Set(alerts.map((a) => a.state.host))];
  const root =
    hosts.length === 1
      ? await oneRun(world, hosts[0] ?? "", actor, destination)
      : await group(world, alerts, hosts, actor, destination);
  for (const { key } of alerts) {
    await world.store.transaction(async (tx) => {
      const state = AlertState.safeParse(await tx.memo("alert", key)).data;
      if (state?.status !== "waiting") return;
      await tx.setMemo("alert", key, {
        ...state,
        status: "firing",
        ...(root === undefined ? {} : { rootKey: root }),
      });
    });
  }
  return root !== undefined;
}

async function oneRun(
  world: AlertWorld,
  host: string,
  actor: Actor,
  destination: Destination | undefined,
): Promise<string | undefined> {
  const playbook = world.findHost(host)?.playbook ?? "502";
  const started = await startRun(world, {
    request: { host, playbook },
    actor,
    ...(destination === undefined ? {} : { destination }),
    join: true,
  });
  return "run" in started ? runKey(started.run.id) : undefined;
}

async function group(
  world: AlertWorld,
  alerts: readonly Waiting[],
  hosts: readonly string[],
  actor: Actor,
  destination: Destination | undefined,
): Promise<string> {
  const planned = planRuns(world, hosts, actor, {});
  const names = [...new Set(alerts.map((a) => a.state.name))];
  const alert = names.length === 1 ? "the alert" : "the alerts";
  const title = `${hosts.length} hosts of ${alert} ${names.slice(0, 3).join(", ")}`;
  const report = await beginGroup(world, { title, planned, actor, destination });
  return reportKey(report.id);
}

/** Works until the signal: begins what waits, looking every `GATHER_MS`. */
export async function runAlerts(
  world: AlertWorld,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await beginDiagnoses(world).catch(onError);
    await world.clock.wait(GATHER_MS, signal);
  }
}
