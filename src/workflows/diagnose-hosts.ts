import { isDirectId } from "../domain/channel.ts";
import type { Actor, Destination, Run } from "../domain/run.ts";
import type { ChannelWorld } from "./channel-world.ts";
import { type NoteBody, threadKeyOf } from "./note-message.ts";
import { reportKey } from "./report-message.ts";
import { runKey } from "./run-message.ts";
import { beginGroup, planRuns } from "./start-report.ts";
import { startRun } from "./start-run.ts";

/**
 * Begins what something that happened to hosts calls for: a run for one host, which may join one that is open, a group
 * for several.
 * @param of.title what a group is about
 * @returns the key of the message in whose thread it goes on; undefined when nothing could be begun
 */
export async function diagnoseHosts(
  world: ChannelWorld,
  of: {
    readonly hosts: readonly string[];
    readonly title: string;
    readonly actor: Actor;
    readonly destination: Destination | undefined;
  },
): Promise<string | undefined> {
  const { hosts, title, actor, destination } = of;
  const [host] = hosts;
  if (host === undefined) return undefined;
  if (hosts.length > 1) {
    const planned = planRuns(world, hosts, actor, {});
    const report = await beginGroup(world, { title, planned, actor, destination });
    return reportKey(report.id);
  }
  const started = await startRun(world, {
    request: { host, playbook: world.findHost(host)?.playbook ?? "502" },
    actor,
    ...(destination === undefined ? {} : { destination }),
    // A run that says nothing by itself, as those of groups, is no answer where one is waited for; nor is one that is
    // said to one person.
    join: (open) =>
      destination === undefined || (open.destination !== undefined && !isDirectId(open.destination.channel)),
  });
  if (!("run" in started)) return undefined;
  const thread = destination === undefined ? undefined : threadIn(destination);
  if (started.kind !== "joined" || destination === undefined || thread === undefined)
    return runKey(started.run.id);
  await sayJoined(world, started.run, destination.channel, thread);
  return thread;
}

function threadIn({ threadTs, threadKey }: Destination): string | undefined {
  return threadTs === undefined ? threadKey : threadKeyOf(threadTs);
}

/** The thread that waits for an answer does not stay without one when the host is being diagnosed elsewhere. */
async function sayJoined(world: ChannelWorld, run: Run, channel: string, threadKey: string): Promise<void> {
  const where = run.destination?.channel === channel ? "in this channel" : "in another channel";
  const body: NoteBody = {
    kind: "note",
    mood: "unknown",
    title: `${run.request.host} is being diagnosed already`,
    text: `Its verdict is posted ${where}, in the message of ${run.id}.`,
    lines: [],
  };
  await world.store.transaction((tx) =>
    tx.putOutbox({
      id: world.ids.next("msg"),
      channel,
      key: `joined:${run.id}:${threadKey}`,
      body: JSON.stringify(body),
      createdAt: world.clock.now(),
      threadKey,
    }),
  );
}
