import { nearestNames } from "../domain/nearest.ts";
import type { Report } from "../domain/report.ts";
import type { Actor, Destination, Run } from "../domain/run.ts";
import type { ChannelTx } from "./channel-store.ts";
import type { ChannelWorld } from "./channel-world.ts";
import type { SiteHosts } from "./run-world.ts";
import type { StoreTx } from "./ports.ts";
import { groupBody, reportKey } from "./report-message.ts";
import { isSeenBy } from "./targets.ts";
import { several } from "../wording/run.ts";

const MOST_NAMES = 20;

export type StartedGroup =
  | { readonly kind: "started"; readonly report: Report }
  | {
      readonly kind: "unknown-group" | "unknown-playbook" | "not-allowed";
      readonly text: string;
      readonly nearest: readonly string[];
    };

export interface GroupRequest {
  /** With its "@". */
  readonly group: string;
  readonly playbook?: string;
  readonly vhost?: string;
  /** The group is the hosts of this site. */
  readonly site?: SiteHosts;
}

/** `502 @web`, or a site of several hosts: one run for each host of the group, its report, and its job, in one transaction. */
export async function startGroup(
  world: ChannelWorld,
  input: { readonly request: GroupRequest; readonly actor: Actor; readonly destination?: Destination },
): Promise<StartedGroup> {
  const { request, actor, destination } = input;
  const { site } = request;
  const group = request.group.replace(/^@/, "");
  const members = site?.hosts ?? world.membersOf(group);
  if (members.length === 0) {
    return unknownGroup(world, actor, group);
  }
  if (request.playbook !== undefined && !world.playbooks.has(request.playbook)) {
    const names = [...world.playbooks.keys()];
    return {
      kind: "unknown-playbook",
      text: `There is no playbook ${request.playbook}. There are: ${names.join(", ")}.`,
      nearest: names,
    };
  }
  const planned = planRuns(world, members, actor, {
    ...request,
    ...(site === undefined ? {} : { url: site.url }),
  });
  const title = site?.name ?? `@${group}`;
  if (planned.runs.length === 0) {
    const why = planned.refused[0]?.why ?? "no host of it is configured";
    return { kind: "not-allowed", text: `You may not diagnose ${title}: ${why}.`, nearest: [] };
  }
  const report = await beginGroup(world, {
    title,
    planned,
    actor,
    destination,
    ...(site === undefined ? {} : { site: site.url }),
  });
  return { kind: "started", report };
}

/** A group that is not there, with those that are called nearly so, else all: of hosts that the actor may diagnose. */
function unknownGroup(world: ChannelWorld, actor: Actor, group: string): StartedGroup {
  const seen = world.groupNames().filter((name) => isSeenBy(world, actor, [`@${name}`]));
  const near = nearestNames(group, seen);
  const all = seen.map((n) => `@${n}`);
  const known =
    near.length > 0
      ? `Did you mean ${near.map((n) => `@${n}`).join(" or ")}?`
      : seen.length > 0
        ? `There are: ${several(all, MOST_NAMES)}.`
        : "There is no group with a host that you may diagnose.";
  return {
    kind: "unknown-group",
    text: `There is no group @${group}, or it has no hosts. ${known}`,
    nearest: near.length > 0 ? near : seen,
  };
}

/** Begins the planned runs of several hosts as one report, in one transaction. */
export async function beginGroup(
  world: ChannelWorld,
  of: {
    readonly title: string;
    readonly planned: PlannedRuns;
    readonly actor: Actor;
    readonly destination: Destination | undefined;
    readonly site?: string;
  },
): Promise<Report> {
  const { title, planned, actor, destination, site } = of;
  const report: Report = {
    id: world.ids.next("rep"),
    kind: "group",
    title,
    runs: planned.runs.map((r) => ({ host: r.request.host, runId: r.id })),
    refused: planned.refused,
    actor,
    ...(destination === undefined ? {} : { destination }),
    ...(site === undefined ? {} : { site }),
    quiet: false,
    state: "open",
    createdAt: world.clock.now(),
  };
  await world.store.transaction((tx) => beginReport(tx, world, report, planned.runs));
  return report;
}

export interface PlannedRuns {
  readonly runs: readonly Run[];
  readonly refused: readonly { readonly host: string; readonly why: string }[];
}

/** A queued run for every host the actor may diagnose; they say nothing by themselves, their report does. */
export function planRuns(
  world: ChannelWorld,
  hosts: readonly string[],
  actor: Actor,
  request: { readonly playbook?: string; readonly vhost?: string; readonly url?: string },
): PlannedRuns {
  const runs: Run[] = [];
  const refused: { host: string; why: string }[] = [];
  for (const name of hosts) {
    const host = world.findHost(name);
    const may =
      host === undefined
        ? { allowed: false, why: "it is not in the inventory" }
        : world.mayDiagnose(actor, host);
    const playbook = request.playbook ?? host?.playbook ?? "502";
    if (!may.allowed) refused.push({ host: name, why: may.why });
    else if (!world.playbooks.has(playbook))
      refused.push({ host: name, why: `there is no playbook ${playbook}` });
    else {
      const vhost = request.vhost === undefined ? {} : { vhost: request.vhost };
      const url = request.url === undefined ? {} : { url: request.url };
      runs.push({
        id: world.ids.next("run"),
        request: { host: name, playbook, ...vhost, ...url },
        actor,
        state: "queued",
        createdAt: world.clock.now(),
      });
    }
  }
  return { runs, refused };
}

/**
 * Writes a report with its runs and its job.
 * @returns false when its schedule's due time has a report already; nothing is written then
 */
export async function beginReport(
  tx: StoreTx & ChannelTx,
  world: ChannelWorld,
  report: Report,
  runs: readonly Run[],
): Promise<boolean> {
  if (!(await tx.insertReport(report))) return false;
  for (const run of runs) await tx.insertRun(run);
  await tx.enqueue({ kind: "report", ref: report.id });
  await tx.audit({
    at: report.createdAt,
    actor: report.actor.id,
    via: report.actor.via,
    action: "report-requested",
    detail: { report: report.id, title: report.title, hosts: report.runs.map((r) => r.host) },
  });
  if (report.kind === "group" && report.destination !== undefined) {
    await tx.putOutbox({
      id: world.ids.next("msg"),
      channel: report.destination.channel,
      key: reportKey(report.id),
      body: JSON.stringify(groupBody(report, 0)),
      createdAt: report.createdAt,
    });
  }
  return true;
}
