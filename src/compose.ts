import { join } from "node:path";
import { channelWorld } from "./compose-channels.ts";
import { loadPlaybooks, makeStateDir, ROOT, type Settings, UsageError } from "./config.ts";
import type { Host } from "./domain/host.ts";
import type { Actor } from "./domain/run.ts";
import { decide, type PolicyRule, speaksOfHost, type Actor as AccessActor } from "./inventory/access.ts";
import { addressesOf } from "./http/addresses-of.ts";
import { askFromHere } from "./http/site-prober.ts";
import { contactFor, hostAt } from "./inventory/host-at.ts";
import { errorText } from "./inventory/load-config.ts";
import { nearestNames } from "./domain/nearest.ts";
import { absolute } from "./inventory/files.ts";
import { hostNames, membersOf, resolveHost } from "./inventory/resolve.ts";
import { hostsServing, servingGroups } from "./inventory/serving-groups.ts";
import { siteOf } from "./inventory/sites.ts";
import { readSecret, type SecretPlace } from "./inventory/secret.ts";
import { fixGate } from "./inventory/windows.ts";
import { openQueue } from "./jobs/open-queue.ts";
import { SshShell } from "./ssh/ssh-shell.ts";
import { loadAuditKey } from "./store/audit-key.ts";
import { type OpenStore, openStore } from "./store/open.ts";
import type { ChannelWorld } from "./workflows/channel-world.ts";
import type { FixWorld } from "./workflows/fix-world.ts";
import { type Counters, countedShell, countedStore } from "./workflows/metrics.ts";
import type { Clock, Ids, Shell } from "./workflows/ports.ts";
import type { RunWorld } from "./workflows/run-world.ts";
import { systemClock, timeIds } from "./system.ts";
import { silencedBy } from "./workflows/silences.ts";
import { budgetSpent } from "./workflows/start-budget.ts";
import { workRun } from "./workflows/work-run.ts";

/** The wired-up product: what the bot and the terminal drive. */
export interface Product {
  readonly settings: Settings;
  readonly store: OpenStore;
  readonly runs: RunWorld;
  readonly fixes: FixWorld;
  readonly channels: ChannelWorld;
  readonly clock: Clock;
  readonly ids: Ids;
  close(): Promise<void>;
}

export interface ComposeOptions {
  /** The process's name among replicas. */
  readonly instance: string;
  readonly shell?: Shell;
  readonly progress?: (runId: string, text: string) => void;
  readonly fixProgress?: (approvalId: string, text: string) => void;
  /** The one playbook that is needed; absent: all of them. */
  readonly playbook?: string;
  /** Counts what ends and fails, for /metrics. */
  readonly counters?: Counters;
}

/**
 * Wires the product from its settings.
 * @throws UsageError when a playbook does not load; StoreError when the state cannot be opened
 */
export async function compose(settings: Settings, options: ComposeOptions): Promise<Product> {
  const { config, inventory, around } = settings;
  const folders = [
    join(ROOT, "playbooks"),
    ...config.playbooks.map((p) => absolute(p, inventory.directory, around.home)),
  ];
  const playbooks = loadPlaybooks(folders, config, options.playbook);
  if (playbooks.errors.length > 0) {
    throw new UsageError(
      playbooks.errors.map(errorText).join("\n"),
      "correct the lines named above, or see: 502 lint",
    );
  }
  makeStateDir(settings.stateDir);
  const secret = (place: SecretPlace, key: string): string => {
    try {
      return readSecret(place, inventory.directory, around);
    } catch (error) {
      throw new UsageError(
        error instanceof Error ? error.message : String(error),
        `or correct ${key} in the configuration`,
      );
    }
  };
  const url =
    config.databaseUrl === undefined
      ? process.env["DATABASE_URL"]
      : secret(config.databaseUrl, "databaseUrl");
  const key = config.audit.key && secret(config.audit.key, "audit.key");
  const opened = await openStore({
    dir: settings.stateDir,
    auditKey: loadAuditKey(settings.stateDir, process.env, key),
    clock: systemClock,
    queue: openQueue,
    ...(url === undefined || url === "" ? {} : { url }),
  });
  const { counters } = options;
  const store = counters === undefined ? opened : countedStore(opened, counters);
  const plainShell = options.shell ?? new SshShell();
  const shell = counters === undefined ? plainShell : countedShell(plainShell, counters);
  const findHost = (name: string): Host | undefined => resolveHost(name, inventory, around);
  const { progress, fixProgress } = options;
  const may = (what: PolicyRule["may"][number], host: Host): boolean =>
    config.policy?.some((rule) => rule.may.includes(what) && speaksOfHost(rule, host)) ?? false;
  const runs: RunWorld = {
    store,
    shell,
    clock: systemClock,
    ids: timeIds,
    playbooks: playbooks.byName,
    runMs: config.limits.runSeconds * 1000,
    offerMs: config.fixes.offerMinutes * 60_000,
    findHost,
    permits: (host) => ({
      dangerous: may("approve:dangerous", host),
      // Without a policy the local user may.
      edits: config.policy === undefined || may("approve:edit", host),
      selinux: may("approve:selinux", host),
      managedFiles: config.fixes.managedFiles === "allow",
    }),
    heldBack: async (bound) => {
      const why = await budgetSpent(fixes, bound);
      const host = findHost(bound.host);
      return why === undefined || host === undefined ? undefined : { why, glass: may("break-glass", host) };
    },
    machineAt: async (called) => {
      const host = await hostAt(called, inventory, around, addressesOf);
      if (host !== undefined) return host;
      const contact = contactFor(called, config.sites);
      return contact === undefined ? undefined : { contact };
    },
    site: (word) => siteOf(word, config.sites, (group) => membersOf(inventory, group)),
    askFromHere: (url) => askFromHere(url, addressesOf),
    mayDiagnose: (actor, host) => access(settings, actor, host, { action: "diagnose" }),
    nearestHosts: (word) => nearestNames(word, hostNames(inventory, around)),
    ...(progress === undefined ? {} : { progress }),
  };
  const fixes: FixWorld = {
    store,
    shell,
    clock: systemClock,
    ids: timeIds,
    instance: options.instance,
    settings: {
      approvalMs: config.fixes.approvalMinutes * 60_000,
      startMs: config.fixes.startSeconds * 1000,
      starts: config.fixes.restartBudget.count,
      startsWithinMs: config.fixes.restartBudget.within,
    },
    findHost,
    access: (q) => {
      const host = findHost(q.host);
      if (!host)
        return {
          allowed: false,
          approvals: 0,
          fourEyes: false,
          why: `${q.host} is not in the inventory any more`,
        };
      const { actor, host: _named, ...asked } = q;
      return access(settings, actor, host, asked);
    },
    groupsOf: (name) => servingGroups(findHost(name), config.sites),
    hostsOf: (group) => hostsServing(group, inventory, config.sites),
    gate: (q) => fixGate({ host: q.host, groups: findHost(q.host)?.groups ?? [], at: q.at }, config.fixes),
    ...(config.slack === undefined ? {} : { alarm: alarmOf(config.slack) }),
    ...(config.slack?.onCallGroup === undefined ? {} : { onCall: { group: config.slack.onCallGroup } }),
    silenced: async (host) => (await silencedBy(channels, host)) !== undefined,
    diagnose: async (req) => {
      const id = timeIds.next("run");
      const request = {
        host: req.host,
        playbook: req.playbook,
        ...(req.vhost === undefined ? {} : { vhost: req.vhost }),
      };
      await store.transaction((tx) =>
        tx.insertRun({ id, request, actor: req.actor, state: "queued", createdAt: systemClock.now() }),
      );
      return workRun(runs, id, req.session);
    },
    ...(fixProgress === undefined
      ? {}
      : { progress: (p: { approvalId: string; text: string }) => fixProgress(p.approvalId, p.text) }),
  };
  const channels = channelWorld(settings, runs, store, (actor, host, action) =>
    access(settings, actor, host, { action }),
  );
  return {
    settings,
    store,
    runs,
    fixes,
    channels,
    clock: systemClock,
    ids: timeIds,
    close: () => store.close(),
  };
}

/** Who is told when glass is broken, besides the thread's channel. */
function alarmOf({
  auditChannel,
  defaultChannel,
  securityGroup,
}: NonNullable<Settings["config"]["slack"]>): NonNullable<FixWorld["alarm"]> {
  const channel = auditChannel ?? defaultChannel;
  return {
    ...(channel === undefined ? {} : { channel }),
    ...(securityGroup === undefined ? {} : { group: securityGroup }),
  };
}

type Question = Pick<Parameters<typeof decide>[0], "action" | "risk" | "edit">;

function access(
  settings: Settings,
  actor: Actor,
  host: Host,
  question: Question,
): { allowed: boolean; approvals: number; fourEyes: boolean; why: string } {
  const who: AccessActor = {
    id: actor.id,
    kind: actor.id.startsWith("local:") ? "local" : actor.fullMember === false ? "guest" : "member",
    userGroups: [...(actor.groups ?? [])],
    ...(actor.unknown === undefined ? {} : { unknown: actor.unknown }),
  };
  return decide(
    {
      ...question,
      actor: who,
      host: host.name,
      source: host.source,
      groups: host.groups,
      ...(actor.channel === undefined ? {} : { channel: actor.channel }),
    },
    settings.config.policy,
  );
}
