import { announcementOf } from "../domain/alert-message.ts";
import { AlertState } from "../domain/alert.ts";
import type { Actor, Destination } from "../domain/run.ts";
import type { AlertWorld } from "./alert-world.ts";
import { diagnoseHosts } from "./diagnose-hosts.ts";
import { silencedBy } from "./silences.ts";

/** How long alerts gather before what they need is begun: a dead bastion is one message, not forty. */
export const GATHER_MS = 1500;

/** The sender posts its own message at about the time it tells us. */
const LOOK_BACK_MS = 10 * 60_000;
/** So many messages of the sender's are each answered in their threads; a storm of them gets one answer. */
const MOST_THREADS = 3;

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
  await wakeSilenced(world);
  const waiting = await waitingAlerts(world);
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
      // Another replica may have begun them between the look and the lease.
      const left = new Set((await waitingAlerts(world)).map((w) => w.key));
      const still = alerts.filter((a) => left.has(a.key));
      for (const together of await byThread(world, still)) if (await begin(world, together)) begun += 1;
    } finally {
      await world.store.release(lease, owner);
    }
  }
  return begun;
}

/** What still fires when the silence of its host is over waits anew: its sender may not repeat it for hours. */
async function wakeSilenced(world: AlertWorld): Promise<void> {
  for (const { key, value } of await world.store.memos("alert")) {
    const state = AlertState.safeParse(value).data;
    if (state?.status !== "firing" || !state.silenced) continue;
    if ((await silencedBy(world, state.host)) !== undefined) continue;
    await world.store.transaction(async (tx) => {
      const kept = AlertState.safeParse(await tx.memo("alert", key)).data;
      if (kept?.status !== "firing" || !kept.silenced) return;
      const { rootKey: _muted, ...again } = kept;
      await tx.setMemo("alert", key, { ...again, status: "waiting", silenced: false });
    });
  }
}

async function waitingAlerts(world: AlertWorld): Promise<Waiting[]> {
  return (await world.store.memos("alert")).flatMap((m): Waiting[] => {
    const state = AlertState.safeParse(m.value).data;
    return state?.status === "waiting" ? [{ key: m.key, state }] : [];
  });
}

/** Alerts of one channel, put together by the sender's own messages about them, which are looked for once. */
async function byThread(world: AlertWorld, alerts: readonly Waiting[]): Promise<readonly Waiting[][]> {
  const first = alerts[0]?.state;
  const channel = first?.channel;
  if (channel === undefined || first?.silenced === true || first?.threadTs !== undefined)
    return [[...alerts]];
  const since = Math.min(...alerts.map((a) => a.state.since)) - LOOK_BACK_MS;
  const messages = (await world.foreignMessages?.(channel, since)) ?? [];
  if (messages.length === 0) return [[...alerts]];
  const hosts = world.hostNames();
  const found = alerts.map(({ key, state }): Waiting => {
    const fingerprint = key.slice(key.indexOf(":") + 1);
    const ts = announcementOf({ ...state, fingerprint }, messages, hosts)?.ts;
    return { key, state: ts === undefined ? state : { ...state, threadTs: ts } };
  });
  const threads = Map.groupBy(found, (a) => a.state.threadTs);
  return threads.size > MOST_THREADS ? [[...alerts]] : [...threads.values()];
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
  const names = [...new Set(alerts.map((a) => a.state.name))];
  const alert = names.length === 1 ? "the alert" : "the alerts";
  const title = `${hosts.length} hosts of ${alert} ${names.slice(0, 3).join(", ")}`;
  const root = await diagnoseHosts(world, { hosts, title, actor, destination });
  for (const { key } of alerts) {
    await world.store.transaction(async (tx) => {
      const state = AlertState.safeParse(await tx.memo("alert", key)).data;
      if (state?.status !== "waiting") return;
      await tx.setMemo("alert", key, {
        ...state,
        status: "firing",
        ...(root === undefined ? {} : { rootKey: root }),
        ...(threadTs === undefined ? {} : { threadTs }),
      });
    });
  }
  return root !== undefined;
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
