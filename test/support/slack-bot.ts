import { join } from "node:path";
import { loadPlaybooks, ROOT } from "../../src/config.ts";
import { makeLog } from "../../src/log.ts";
import { startSlack, type Slack } from "../../src/slack/start.ts";
import {
  startWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from "../../src/playground/workspace/start.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import type { BoundFix } from "../../src/domain/fix.ts";
import type { Host } from "../../src/domain/host.ts";
import type { Clock } from "../../src/workflows/ports.ts";
import { applyFix } from "../../src/workflows/apply-fix.ts";
import { expireApproval } from "../../src/workflows/expire-approvals.ts";
import { callApprovers } from "../../src/workflows/call-approvers.ts";
import type { ChannelWorld } from "../../src/workflows/channel-world.ts";
import type { FixWorld } from "../../src/workflows/fix-world.ts";
import { followUp } from "../../src/workflows/follow-up.ts";
import { type RunBody, runKey } from "../../src/workflows/run-message.ts";
import type { RunWorld } from "../../src/workflows/run-world.ts";
import { systemClock, timeIds } from "../../src/system.ts";
import { FakeHost } from "./fake-host.ts";
import { aBoundFix, aCause, aDiagnosisOf, offerOf } from "./fix-stage.ts";
import { aBundle } from "./nouns.ts";
import { makePlace, type OpenedStore } from "./place.ts";

/** The real adapter against a simulated workspace; the hosts behind it are fakes, the workflows are real. */
export interface SlackBot {
  readonly ws: Workspace;
  readonly slack: Slack;
  /** What the adapter was given. */
  readonly world: Parameters<typeof startSlack>[1];
  readonly store: OpenedStore;
  readonly host: FakeHost;
  readonly clock: ShiftedClock;
  readonly fixes: FixWorld;
  /** Lines of the bot's log. */
  readonly log: string[];
  /** Ends a queued run with this diagnosis. */
  finish(runId: string, diagnosis: Diagnosis, bound?: readonly BoundFix[]): Promise<void>;
  /** Another bot over the same state. */
  again(): Promise<Slack>;
  stop(): Promise<void>;
}

/** The real time, which a test can push forward. */
export class ShiftedClock implements Clock {
  shift = 0;
  now(): number {
    return Date.now() + this.shift;
  }
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    await systemClock.wait(ms, signal);
  }
}

const PLAYBOOKS = loadPlaybooks([join(ROOT, "playbooks")]).byName;
const HOSTS = ["web-1", "web-2", "shop-1"];

export interface BotOptions extends WorkspaceOptions {
  /** Whether a person may diagnose; everybody but guests, unless told otherwise. */
  readonly mayDiagnose?: RunWorld["mayDiagnose"];
  readonly access?: FixWorld["access"];
  /** Freezes, who is told of broken glass, settings. */
  readonly fixWorld?: Pick<FixWorld, "gate" | "alarm" | "settings">;
  readonly http?: { readonly port: number };
  /** What each run finds; by default web-1's stopped service while it is stopped. */
  readonly find?: (host: string, runId: string) => Diagnosis | Error;
  readonly bound?: Partial<BoundFix>;
  /** Names of the inventory. */
  readonly hosts?: readonly string[];
  /** Groups and who may schedule; absent: the bot has no channel commands. */
  readonly channels?: {
    readonly groups: Readonly<Record<string, readonly string[]>>;
    readonly may?: ChannelWorld["may"];
  };
  readonly policyChannels?: readonly string[];
  readonly withoutPolicy?: boolean;
  readonly onCall?: FixWorld["onCall"];
}

export async function startBot(options: BotOptions = {}): Promise<SlackBot> {
  const ws = await startWorkspace(options);
  const clock = new ShiftedClock();
  const place = await makePlace("SQLite");
  const store = await place.open({ clock });
  const host = new FakeHost();
  const log: string[] = [];
  const sink = makeLog("debug", { write: (line) => log.push(line) });
  const hosts = options.hosts ?? HOSTS;
  const bound = aBoundFix({ ...QUICK, ...options.bound });
  const find =
    options.find ??
    ((name: string, runId: string): Diagnosis =>
      aDiagnosisOf(host.active === "active" ? [] : [aCause()], {
        host: name,
        runId,
        startedAt: clock.now(),
        headline:
          host.active === "active"
            ? `${name} serves all its vhosts: no 502 now.`
            : "shop-api.service is stopped.",
        fixes: host.active === "active" ? [] : [bound.fix],
      }));
  const runs: RunWorld = {
    store,
    shell: host.shell(),
    clock,
    ids: timeIds,
    playbooks: PLAYBOOKS,
    runMs: 10_000,
    findHost: (name) => (hosts.includes(name) ? hostNamed(name) : undefined),
    mayDiagnose:
      options.mayDiagnose ??
      ((actor) => ({
        allowed: actor.fullMember === true,
        why: "guests and people of other organisations may not",
      })),
    nearestHosts: (word) => hosts.filter((h) => h.startsWith(word.slice(0, 3))),
  };
  const fixes: FixWorld = {
    store,
    shell: host.shell(),
    clock: hurried(clock),
    ids: timeIds,
    instance: "bot-1",
    findHost: (name) => runs.findHost(name),
    access:
      options.access ??
      (() => ({ allowed: true, approvals: 1, fourEyes: false, why: "the policy allows it" })),
    ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
    silenced: async (name) => (await store.silences(clock.now())).some((s) => s.target === name),
    diagnose: async (req) => {
      const found = find(req.host, "run-after");
      if (found instanceof Error) throw found;
      return found;
    },
    ...options.fixWorld,
  };
  const groups = options.channels?.groups ?? {};
  const channels: ChannelWorld | undefined = options.channels && {
    ...runs,
    store,
    limits: { hosts: 20, hostsPerBastion: 8 },
    membersOf: (group) => groups[group] ?? [],
    groupNames: () => Object.keys(groups),
    may: options.channels.may ?? ((actor) => ({ allowed: actor.fullMember === true, why: "guests may not" })),
  };
  const finish = async (
    runId: string,
    diagnosis: Diagnosis,
    given: readonly BoundFix[] = [bound],
  ): Promise<void> => {
    const run = await store.run(runId);
    if (run === undefined) throw new Error(`no run ${runId}`);
    const at = clock.now();
    await store.transaction(async (tx) => {
      await tx.startRun(runId);
      await tx.finishRun(runId, "done", at, diagnosis);
      await tx.saveBundle(runId, { ...aBundle(runId), host: run.request.host });
      await tx.supersede(run.request.host, runId, at);
      const offered = diagnosis.fixes.length === 0 ? [] : given;
      await tx.insertOffers(offered.map((b) => offerOf({ ...b, runId, host: run.request.host }, at)));
      if (run.destination === undefined) return;
      const body: RunBody = {
        kind: "run",
        runId,
        host: run.request.host,
        actor: run.actor.id,
        state: "done",
        diagnosis,
      };
      await tx.putOutbox({
        id: timeIds.next("msg"),
        channel: run.destination.channel,
        key: runKey(runId),
        body: JSON.stringify(body),
        createdAt: at,
      });
    });
  };
  const execute = async (runId: string): Promise<void> => {
    const run = await store.run(runId);
    if (run?.state !== "queued") return;
    const found = find(run.request.host, runId);
    if (!(found instanceof Error)) return finish(runId, found);
    await store.transaction(async (tx) => {
      await tx.finishRun(runId, "failed", clock.now(), undefined);
      if (run.destination === undefined) return;
      const { channel } = run.destination;
      const host = run.request.host;
      const body: RunBody = {
        kind: "run",
        runId,
        host,
        actor: run.actor.id,
        state: "failed",
        failure: found.message,
      };
      const message = { id: timeIds.next("msg"), channel, key: runKey(runId), body: JSON.stringify(body) };
      await tx.putOutbox({ ...message, createdAt: clock.now() });
    });
  };
  const worker = await store.queue.work(
    {
      "execute-run": (job) => execute(job.ref),
      "apply-fix": async (job) => void (await applyFix(fixes, job.ref)),
      expire: async (job) => void (await expireApproval(fixes, job.ref)),
      "follow-up": async (job) => void (await followUp(fixes, job.ref)),
      "call-approvers": async (job) => void (await callApprovers(fixes, job.ref)),
    },
    { concurrency: 4 },
  );
  const world: SlackBot["world"] = {
    store,
    clock,
    runs,
    fixes,
    log: sink,
    instance: "bot-1",
    hostNames: () => hosts,
    policyChannels: () => options.policyChannels ?? [],
    ...(options.withoutPolicy === undefined ? {} : { withoutPolicy: options.withoutPolicy }),
    ...(channels === undefined ? {} : { channels }),
  };
  const connect = (instance: string): Promise<Slack> =>
    startSlack(
      {
        botToken: ws.botToken,
        apiUrl: ws.apiUrl,
        receive: options.http
          ? { mode: "http", signingSecret: ws.signingSecret, address: "127.0.0.1", port: options.http.port }
          : { mode: "socket", appToken: ws.appToken },
      },
      { ...world, instance },
    );
  const slack = await connect("bot-1");
  if (options.http === undefined) await ws.waitForConnections(2);
  const others: Slack[] = [];
  return {
    ws,
    slack,
    world,
    store,
    host,
    clock,
    fixes,
    log,
    finish,
    again: async () => {
      const other = await connect("bot-2");
      others.push(other);
      return other;
    },
    stop: async () => {
      await worker.stop();
      for (const s of [...others, slack]) await s.stop();
      await ws.close();
      await place.end();
    },
  };
}

/** Verification in milliseconds instead of seconds. */
const QUICK: Partial<BoundFix> = {
  verify: { ...aBoundFix().verify, everyMs: 1, withinMs: 500, stableMs: 1 },
};

function hurried(clock: ShiftedClock): Clock {
  return { now: () => clock.now(), wait: (ms, signal) => systemClock.wait(Math.min(ms, 5), signal) };
}

export function hostNamed(name: string): Host {
  return {
    name,
    hostName: "127.0.0.1",
    port: 22,
    user: "ops",
    identityFiles: [],
    identitiesNamed: false,
    identitiesOnly: false,
    identityAgent: null,
    knownHostsFiles: [],
    connectTimeoutMs: 5_000,
    serverAliveIntervalMs: 0,
    serverAliveCountMax: 3,
    jumps: [],
    groups: [],
    addresses: [],
    source: "file",
  };
}

/** The run workflows' world without any host. */
export function hostlessRuns(store: OpenedStore): RunWorld {
  return {
    store,
    shell: new FakeHost().shell(),
    clock: systemClock,
    ids: timeIds,
    playbooks: PLAYBOOKS,
    runMs: 10_000,
    findHost: () => undefined,
    mayDiagnose: () => ({ allowed: true, why: "" }),
    nearestHosts: () => [],
  };
}
