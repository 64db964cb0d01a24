import { type Alert, AlertState, hostCandidates, judgeFiring } from "../domain/alert.ts";
import { ago, listed } from "../wording/headline.ts";
import type { AlertWorld } from "./alert-world.ts";
import type { ChannelTx } from "./channel-store.ts";
import { type NoteBody, threadKeyOf } from "./note-message.ts";
import type { StoreTx } from "./ports.ts";
import { silencedBy } from "./silences.ts";
import { type Fixed, fixesOf, sayWhatFixed } from "./what-fixed.ts";

/** What became of a message's alerts, by count; `unknown` are the names of hosts that nobody has mapped. */
export interface Taken {
  readonly firing: number;
  readonly known: number;
  readonly flapping: number;
  readonly resolved: number;
  readonly unknown: readonly string[];
}

/**
 * Records alerts. Those that newly fire wait for beginDiagnoses, so that a storm becomes one message; the end of one
 * is said in its thread with what fixed it. An alert that is known to fire changes nothing.
 */
export async function takeAlerts(world: AlertWorld, alerts: readonly Alert[]): Promise<Taken> {
  const count = { firing: 0, known: 0, flapping: 0, resolved: 0 };
  const unknown = new Set<string>();
  for (const alert of alerts) {
    const host = hostOfAlert(world, alert);
    if (host === undefined) {
      const [called] = hostCandidates(alert.labels);
      unknown.add(called ?? alert.name);
      await sayUnknown(world, alert, called);
      continue;
    }
    const silenced = (await silencedBy(world, host)) !== undefined;
    const fixes = alert.status === "resolved" ? await fixesOf(world.store, host) : [];
    await world.store.transaction(async (tx) => {
      const key = `${alert.source}:${alert.fingerprint}`;
      const before = AlertState.safeParse(await tx.memo("alert", key)).data;
      if (alert.status === "resolved") {
        if (before === undefined || before.status === "resolved") return;
        count.resolved += 1;
        await resolve(tx, world, key, before, fixes);
        return;
      }
      const judged = judgeFiring(before, { at: world.clock.now(), silenced }, world.alerts.dampMs);
      count[judged === "new" ? "firing" : judged] += 1;
      if (judged === "known") return;
      if (judged === "flapping" && before !== undefined) return flap(tx, world, key, before);
      await tx.setMemo("alert", key, freshState(world, alert, host, silenced));
      await tx.audit({
        at: world.clock.now(),
        actor: `alert:${alert.source}`,
        via: "alert",
        action: "alert-fires",
        host,
        detail: { name: alert.name, fingerprint: alert.fingerprint, silenced },
      });
    });
  }
  return { ...count, unknown: [...unknown] };
}

/** The host an alert is about: by `alerts.names`, by the inventory's names, by an address, or by any mapped label. */
function hostOfAlert(world: AlertWorld, alert: Pick<Alert, "labels">): string | undefined {
  for (const name of hostCandidates(alert.labels)) {
    const mapped = mappedHost(world, name);
    if (mapped !== undefined) return mapped;
    if (world.findHost(name) !== undefined) return name;
    const at = world.hostAt(name);
    if (at !== undefined) return at;
  }
  return Object.values(alert.labels)
    .map((value) => mappedHost(world, value))
    .find((host) => host !== undefined);
}

function mappedHost(world: AlertWorld, name: string): string | undefined {
  const { names } = world.alerts;
  const mapped = Object.hasOwn(names, name) ? names[name] : undefined;
  return mapped !== undefined && world.findHost(mapped) !== undefined ? mapped : undefined;
}

/** Where alerts about a host are posted; undefined: nowhere. */
function channelFor(world: AlertWorld, host: string): string | undefined {
  const groups = world.findHost(host)?.groups ?? [];
  const fits = (target: string): boolean =>
    target === host || target === "@all" || (target.startsWith("@") && groups.includes(target.slice(1)));
  const mapped = world.alerts.channels.find((c) => c.on === undefined || c.on.some(fits));
  return mapped?.channel ?? world.alerts.defaultChannel;
}

function freshState(world: AlertWorld, alert: Alert, host: string, silenced: boolean): AlertState {
  const channel = alert.thread?.channel ?? channelFor(world, host);
  return {
    status: "waiting",
    name: alert.name,
    host,
    summary: alert.summary,
    called: [...new Set([host, ...hostCandidates(alert.labels)])],
    urls: [...(alert.urls ?? [])],
    since: world.clock.now(),
    flaps: 0,
    silenced,
    ...(channel === undefined ? {} : { channel }),
    ...(alert.thread === undefined ? {} : { threadTs: alert.thread.ts }),
  };
}

async function flap(
  tx: StoreTx & ChannelTx,
  world: AlertWorld,
  key: string,
  before: AlertState,
): Promise<void> {
  const { resolvedAt: _ended, ...state } = before;
  await tx.setMemo("alert", key, { ...state, status: "firing", flaps: before.flaps + 1 });
  if (before.flaps > 0) return;
  const minutes = Math.round(world.alerts.dampMs / 60_000);
  await note(tx, world, before, `${key}:flaps:${before.since}`, {
    mood: "warning",
    title: `${before.name} on ${before.host} fires again`,
    text: `It flaps: it fired again within ${minutes} minutes of its end. It is followed here, and not diagnosed again until it has been quiet that long.`,
  });
}

async function resolve(
  tx: StoreTx & ChannelTx,
  world: AlertWorld,
  key: string,
  before: AlertState,
  fixes: readonly Fixed[],
): Promise<void> {
  const now = world.clock.now();
  await tx.setMemo("alert", key, { ...before, status: "resolved", resolvedAt: now });
  await tx.audit({
    at: now,
    actor: `alert:${key.split(":")[0] ?? ""}`,
    via: "alert",
    action: "alert-resolved",
    host: before.host,
    detail: { name: before.name },
  });
  // While it flaps, one word about it is enough.
  if (before.flaps > 0) return;
  await note(tx, world, before, `${key}:resolved:${before.since}`, {
    mood: "healthy",
    title: `${before.name} on ${before.host} is resolved`,
    text: `It fired for ${ago(now - before.since)}. ${sayWhatFixed(fixes, before.since)}`,
    people: fixes.flatMap((f) => f.by),
  });
}

/** Said in the thread of what was begun for the alert, or in the channel; never while it is silenced. */
async function note(
  tx: StoreTx & ChannelTx,
  world: AlertWorld,
  state: AlertState,
  key: string,
  what: Omit<NoteBody, "kind" | "lines">,
): Promise<void> {
  if (state.silenced || state.channel === undefined) return;
  const body: NoteBody = { kind: "note", lines: [], ...what };
  await tx.putOutbox({
    id: world.ids.next("msg"),
    channel: state.channel,
    key: `alert:${key}`,
    body: JSON.stringify(body),
    createdAt: world.clock.now(),
    ...threadOf(state),
  });
}

function threadOf({ rootKey, threadTs }: AlertState): { readonly threadKey?: string } {
  const key = rootKey ?? (threadTs === undefined ? undefined : threadKeyOf(threadTs));
  return key === undefined ? {} : { threadKey: key };
}

/** A host that nobody knows is said once, with how to map it; so is a rule that names none. */
async function sayUnknown(world: AlertWorld, alert: Alert, called: string | undefined): Promise<void> {
  const key = called === undefined ? `unknown-rule:${alert.name}` : `unknown-host:${called}`;
  await world.store.transaction(async (tx) => {
    const { defaultChannel } = world.alerts;
    const channel = world.alerts.channels.find((c) => c.on === undefined)?.channel ?? defaultChannel;
    // What is said nowhere has not been said: it will be, once 502.yml names a channel.
    if (channel === undefined || (await tx.memo("said", key)) !== undefined) return;
    await tx.setMemo("said", key, { at: world.clock.now() });
    await tx.putOutbox({
      id: world.ids.next("msg"),
      channel,
      key: `alert:${key}`,
      body: JSON.stringify(called === undefined ? namesNone(alert) : namesUnknown(alert, called)),
      createdAt: world.clock.now(),
    });
  });
}

function namesUnknown(alert: Alert, called: string): NoteBody {
  return {
    kind: "note",
    mood: "unknown",
    title: `${alert.name} names a host I do not know: ${called.slice(0, 100)}`,
    text: `Nothing was diagnosed. Map it in 502.yml, and I will not say this again: alerts: { names: { ${JSON.stringify(called.slice(0, 100))}: HOST } }`,
    lines: [],
  };
}

function namesNone(alert: Alert): NoteBody {
  const values = Object.entries(alert.labels).flatMap(([label, value]) =>
    label === "alertname" ? [] : [value.slice(0, 60)],
  );
  const or =
    values.length === 0
      ? ""
      : `, or map the value of another one (${listed(values)}) in 502.yml: alerts: { names: { VALUE: HOST } }`;
  return {
    kind: "note",
    mood: "unknown",
    title: `${alert.name.slice(0, 100)} names no host`,
    text: `Nothing was diagnosed, and I will not say this again. Give its rule a label host or instance${or}.`,
    lines: [],
  };
}
