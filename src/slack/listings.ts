import { VERBS } from "../grammar/verbs.ts";
import { sayVotes } from "../wording/approval.ts";
import { several } from "../wording/run.ts";
import { dateMark, escape, mentions, person } from "./draw/text.ts";
import type { SlackWorld } from "./world.ts";
import type { Actor } from "../domain/run.ts";

const MOST = 20;

/** The answers to /502 hosts, runs, approvals, playbooks and help: mrkdwn for one person. */
export async function listing(
  world: SlackWorld,
  actor: Actor,
  verb: string,
  host: string | undefined,
): Promise<string> {
  switch (verb) {
    case "hosts":
      return hosts(world, actor);
    case "runs":
      return runs(world, host);
    case "approvals":
      return approvals(world);
    case "playbooks":
      return `Playbooks: ${escape([...world.runs.playbooks.keys()].join(", "))}. Choose one with --playbook NAME.`;
    default:
      return help(world, actor);
  }
}

function mine(world: SlackWorld, actor: Actor): string[] {
  return world.hostNames().filter((name) => {
    const host = world.runs.findHost(name);
    return host !== undefined && world.runs.mayDiagnose(actor, host).allowed;
  });
}

function hosts(world: SlackWorld, actor: Actor): string {
  const names = mine(world, actor);
  if (names.length === 0) return noHost(world);
  return `You may diagnose ${names.length === 1 ? "one host" : `${names.length} hosts`}: ${escape(several(names, 100))}.`;
}

/** Where the policy binds people to channels, this may only be the wrong one. */
function noHost(world: SlackWorld): string {
  const bound = world.policyChannels?.() ?? [];
  return bound.length === 0
    ? "There is no host you may diagnose. Hosts stand under hosts: in 502.yml, who may under policy:."
    : `There is no host you may diagnose from here. The policy speaks of ${bound.map((c) => `<#${c}>`).join(", ")}: try it there.`;
}

async function runs(world: SlackWorld, host: string | undefined): Promise<string> {
  const found = await world.store.runs({ limit: MOST, ...(host === undefined ? {} : { host }) });
  if (found.length === 0)
    return host === undefined ? "Nothing was run yet." : `Nothing was run on ${escape(host)} yet.`;
  const lines = found.map((r) => {
    const said = r.diagnosis?.headline ?? r.state;
    return `• ${dateMark(r.createdAt)} ${escape(r.request.host)}: ${escape(said.slice(0, 150))} (${person(r.actor.id)})`;
  });
  return [`The latest ${lines.length === 1 ? "run" : `${lines.length} runs`}:`, ...lines].join("\n");
}

async function approvals(world: SlackWorld): Promise<string> {
  const waiting = await world.store.approvals({ state: ["requested"], limit: MOST });
  const open = waiting.filter((a) => a.expiresAt > world.clock.now());
  if (open.length === 0) return "No approval waits.";
  const lines = open.map(
    (a) =>
      `• ${escape(a.host)}: ${escape(a.fixId)}, ${mentions(sayVotes(a))}, asked by ${person(a.requestedBy)}, expires ${dateMark(a.expiresAt)}`,
  );
  return ["These approvals wait; their buttons stand in the threads of their runs:", ...lines].join("\n");
}

/** Only what the caller may do. */
function help(world: SlackWorld, actor: Actor): string {
  const names = mine(world, actor);
  const verbs = VERBS.filter((v) => v.where !== "terminal" && (v.name !== "diagnose" || names.length > 0));
  const lines = verbs.map((v) => `• \`/502 ${escape(v.usage)}\` ${escape(v.does)}`);
  const example = names[0];
  const first =
    example === undefined ? noHost(world) : `Type \`/502 ${escape(example)}\` to learn why it answers 502.`;
  return [first, ...lines].join("\n");
}
