import { z } from "zod";
import { join } from "node:path";
import { loadPlaybooks, ROOT } from "../../src/config.ts";
import type { FromHere } from "../../src/domain/from-here.ts";
import type { Host } from "../../src/domain/host.ts";
import type { ChannelWorld } from "../../src/workflows/channel-world.ts";
import type { Clock, Shell } from "../../src/workflows/ports.ts";
import { hopTo } from "./openssh.ts";
import { makePlace, type OpenedStore, type Place, realClock } from "./place.ts";

const playbooks = loadPlaybooks([join(ROOT, "playbooks")]).byName;

export interface StageOptions {
  readonly hosts: readonly string[];
  readonly shell: Shell;
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly clock?: Clock;
  readonly engine?: string;
  readonly limits?: ChannelWorld["limits"];
  readonly runMs?: number;
  readonly refuse?: readonly string[];
  /** The bastion in front of a host. */
  readonly via?: (host: string) => string | undefined;
  /** The machine of peers with this address, a host of its own. */
  readonly machines?: Readonly<Record<string, string>>;
  /** The hosts behind a public name. */
  readonly sites?: Readonly<Record<string, readonly string[]>>;
  /** What a public address answers to the bot itself. */
  readonly askFromHere?: (url: string) => Promise<FromHere>;
}

export interface ChannelStage {
  readonly place: Place;
  readonly store: OpenedStore;
  readonly world: ChannelWorld;
  /** Bodies of the messages that wait, in order. */
  posted(): Promise<{ key: string; threadKey?: string; channel: string; body: PostedBody }[]>;
  end(): Promise<void>;
}

/** Reports, schedules and alerts over a real store, the shipped playbooks and the given shell. */
export async function channelStage(o: StageOptions): Promise<ChannelStage> {
  const place = await makePlace(o.engine ?? "SQLite");
  const clock = o.clock ?? realClock;
  const store = await place.open({ clock });
  return {
    place,
    store,
    world: stageWorld(o, store, clock),
    posted: () => postedIn(store),
    end: () => place.end(),
  };
}

export async function postedIn(store: OpenedStore): ReturnType<ChannelStage["posted"]> {
  const waiting = await store.outboxDue(1000);
  return waiting.map((m) => ({
    key: m.key,
    channel: m.channel,
    ...(m.threadKey === undefined ? {} : { threadKey: m.threadKey }),
    body: bodyOf(m.body),
  }));
}

/** The fields that tests look at; the rest of a body is its drawing's matter. */
const PostedBody = z.looseObject({ kind: z.string() });
type PostedBody = z.infer<typeof PostedBody>;

function bodyOf(json: string): PostedBody {
  return PostedBody.parse(JSON.parse(json));
}

let counter = 0;

/** The world of one replica on an opened store. */
export function stageWorld(o: StageOptions, store: OpenedStore, clock: Clock): ChannelWorld {
  const hosts = new Map(o.hosts.map((name) => [name, hostOf(name, o.via?.(name), o.groups ?? {})]));
  const groups = o.groups ?? {};
  return {
    store,
    shell: o.shell,
    clock,
    ids: { next: (prefix) => `${prefix}-${(++counter).toString().padStart(6, "0")}-${process.pid}` },
    playbooks,
    runMs: o.runMs ?? 60_000,
    findHost: (name) => hosts.get(name),
    mayDiagnose: (_actor, host) => ({
      allowed: !(o.refuse ?? []).includes(host.name),
      why: "the policy says no",
    }),
    machineAt: ({ addresses }) => {
      const name = addresses.map((a) => o.machines?.[a]).find((n) => n !== undefined);
      return Promise.resolve(name === undefined ? undefined : hostOf(name, undefined, groups));
    },
    site: (word) => {
      const name = URL.canParse(word) ? new URL(word).hostname : word;
      const of = o.sites?.[name];
      return of === undefined ? undefined : { name, hosts: of, url: `https://${name}/` };
    },
    ...(o.askFromHere === undefined ? {} : { askFromHere: o.askFromHere }),
    nearestHosts: () => [],
    limits: o.limits ?? { hosts: 20, hostsPerBastion: 8 },
    membersOf: (group) => groups[group] ?? [],
    groupNames: () => Object.keys(groups),
    may: (actor) => ({ allowed: actor.fullMember !== false, why: "guests may not" }),
  };
}

function hostOf(
  name: string,
  via: string | undefined,
  groups: Readonly<Record<string, readonly string[]>>,
): Host {
  return {
    ...hopTo(name, 22),
    jumps: via === undefined ? [] : [hopTo(via, 22)],
    groups: Object.entries(groups).flatMap(([group, members]) => (members.includes(name) ? [group] : [])),
    addresses: [],
    source: "file",
  };
}

/** The world of a process of its own. */
export function channelStageOn(o: StageOptions, store: OpenedStore): ChannelWorld {
  return stageWorld(o, store, o.clock ?? realClock);
}
