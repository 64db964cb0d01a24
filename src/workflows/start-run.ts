import type { Actor, Destination, Run, RunRequest } from "../domain/run.ts";
import { type RunBody, runKey } from "./run-message.ts";
import type { RunWorld } from "./run-world.ts";

export type Started =
  | { readonly kind: "started" | "joined"; readonly run: Run }
  | {
      readonly kind: "unknown-host" | "unknown-playbook" | "not-allowed";
      readonly text: string;
      readonly nearest: readonly string[];
    };

/**
 * Accepts a request: the run's row, its first message and its job in one transaction.
 * A host with an open run in Slack is not diagnosed twice: the command joins it, where its asker can read its answer.
 */
export async function startRun(
  world: RunWorld,
  input: {
    readonly request: RunRequest;
    readonly actor: Actor;
    readonly destination?: Destination;
    /** Whether an open run of the same question answers this one, too; absent: a run of its own. */
    readonly join?: (open: Run) => boolean | Promise<boolean>;
  },
): Promise<Started> {
  const { request, actor } = input;
  const host = world.findHost(request.host);
  if (!host) {
    const nearest = world.nearestHosts(request.host);
    const hint =
      nearest.length === 0 ? "Add it to hosts: in 502.yml." : `Did you mean ${nearest.join(" or ")}?`;
    return {
      kind: "unknown-host",
      text: `There is no host ${request.host} in the inventory. ${hint}`,
      nearest,
    };
  }
  if (!world.playbooks.has(request.playbook)) {
    const names = [...world.playbooks.keys()];
    return {
      kind: "unknown-playbook",
      text: `There is no playbook ${request.playbook}. There are: ${names.join(", ")}.`,
      nearest: names,
    };
  }
  const may = world.mayDiagnose(actor, host);
  if (!may.allowed)
    return { kind: "not-allowed", text: `You may not diagnose ${request.host}: ${may.why}.`, nearest: [] };
  if (input.join !== undefined) {
    for (const open of await world.store.openRuns(request.host))
      if (asksTheSame(open.request, request) && (await input.join(open)))
        return { kind: "joined", run: open };
  }
  const run: Run = {
    id: world.ids.next("run"),
    request,
    actor,
    ...(input.destination === undefined ? {} : { destination: input.destination }),
    state: "queued",
    createdAt: world.clock.now(),
  };
  await world.store.transaction(async (tx) => {
    await tx.insertRun(run);
    await tx.enqueue({ kind: "execute-run", ref: run.id });
    await tx.audit({
      at: run.createdAt,
      actor: actor.id,
      via: actor.via,
      action: "run-requested",
      host: request.host,
      runId: run.id,
      detail: { ...(actor.channel === undefined ? {} : { channel: actor.channel }), ...request },
    });
    if (run.destination) {
      const body: RunBody = {
        kind: "run",
        runId: run.id,
        host: request.host,
        actor: actor.id,
        state: "queued",
        progress: "waiting for its turn",
      };
      await tx.putOutbox({
        id: world.ids.next("msg"),
        channel: run.destination.channel,
        key: runKey(run.id),
        body: JSON.stringify(body),
        createdAt: run.createdAt,
      });
    }
  });
  return { kind: "started", run };
}

function asksTheSame(a: RunRequest, b: RunRequest): boolean {
  return a.playbook === b.playbook && a.vhost === b.vhost && a.url === b.url;
}
