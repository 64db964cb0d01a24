import { helpAbout, verbsFor } from "../grammar/help.ts";
import type { Request } from "../grammar/parse.ts";
import type { Verb } from "../grammar/verbs.ts";
import { sayVotes } from "../wording/approval.ts";
import { sayState, several } from "../wording/run.ts";
import { asSentence, dateMark, escape, mentions, MINUTES, person } from "./draw/text.ts";
import { seesHost } from "../workflows/targets.ts";
import { unknownHost } from "./unknown-host.ts";
import type { SlackWorld } from "./world.ts";
import type { Approval } from "../domain/approval.ts";
import type { Actor } from "../domain/run.ts";
import { cutLabel } from "./limits.ts";

const MOST = 20;
const RECENT = 200;

/** The answers to /502 hosts, runs, approvals, playbooks and help: mrkdwn for one person. */
export async function listing(
  world: SlackWorld,
  actor: Actor,
  { verb, args }: Pick<Request, "verb" | "args">,
): Promise<string> {
  const { host, about } = args;
  switch (verb) {
    case "hosts":
      return hosts(world, actor);
    case "runs":
      return runs(world, actor, host);
    case "approvals":
      return approvals(world, actor);
    case "playbooks":
      return `Playbooks: ${escape([...world.runs.playbooks.keys()].join(", "))}. Choose one with --playbook NAME.`;
    default:
      return about === undefined ? help(world, actor) : explain(world, actor, about);
  }
}

const sees = ({ runs }: SlackWorld, actor: Actor, name: string): boolean => seesHost(runs, actor, name);

function mine(world: SlackWorld, actor: Actor): string[] {
  return world.hostNames().filter((name) => sees(world, actor, name));
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
    ? "There is no host you may diagnose. Whoever keeps the bot's 502.yml can change that: its hosts: lists the hosts, its policy: says who may."
    : `There is no host you may diagnose from here. The policy speaks of ${bound.map((c) => `<#${c}>`).join(", ")}: try it there.`;
}

/** Of hosts that this person may diagnose: a headline says what is wrong there. */
async function runs(world: SlackWorld, actor: Actor, host: string | undefined): Promise<string> {
  const own = mine(world, actor);
  if (own.length === 0) return noHost(world);
  if (host !== undefined && !sees(world, actor, host)) return unknownHost(world, actor, host);
  const found = await world.store.runs({ hosts: host === undefined ? own : [host], limit: MOST });
  if (found.length === 0)
    return host === undefined ? "Nothing was run yet." : `Nothing was run on ${escape(host)} yet.`;
  const lines = found.map((r) => {
    const said = r.diagnosis?.headline ?? sayState(r.state);
    return `• ${escape(r.request.host)}, ${dateMark(r.createdAt, MINUTES)}: ${escape(cutLabel(said, 150))} (${person(r.actor.id)})`;
  });
  return [`The latest ${lines.length === 1 ? "run" : `${lines.length} runs`}:`, ...lines].join("\n");
}

async function approvals(world: SlackWorld, actor: Actor): Promise<string> {
  if (mine(world, actor).length === 0) return noHost(world);
  const waiting = await world.store.approvals({ state: ["requested"], limit: RECENT });
  const open = waiting
    .filter((a) => a.expiresAt > world.clock.now() && sees(world, actor, a.host))
    .slice(0, MOST);
  if (open.length === 0) return "No approval waits.";
  const lines = await Promise.all(
    open.map(
      async (a) =>
        `• ${escape(a.host)}: ${escape(await titleOf(world, a))}. ${asSentence(mentions(sayVotes(a)))} Asked by ${person(a.requestedBy)}, expires ${dateMark(a.expiresAt, MINUTES)}.`,
    ),
  );
  return ["These approvals wait; their buttons stand in the threads of their runs:", ...lines].join("\n");
}

/** A fix by its title; its id alone where its run is gone. */
async function titleOf(world: SlackWorld, { runId, fixId }: Approval): Promise<string> {
  const fixes = (await world.store.run(runId))?.diagnosis?.fixes ?? [];
  return cutLabel(fixes.find((f) => f.id === fixId)?.title ?? fixId, 150);
}

/** Whether somebody may do this on any host at all. */
function may(
  { channels, hostNames }: SlackWorld,
  actor: Actor,
  what: NonNullable<Verb["needs"]>,
  names: readonly string[],
): boolean {
  if (what === "diagnose") return names.length > 0;
  return (
    channels !== undefined &&
    hostNames().some((name) => {
      const host = channels.findHost(name);
      return host !== undefined && channels.may(actor, what, host).allowed;
    })
  );
}

function explain(world: SlackWorld, actor: Actor, word: string): string {
  const names = mine(world, actor);
  const about = helpAbout(word, "slack", (what) => may(world, actor, what, names));
  if ("usage" in about) return `\`\`\`${escape(about.usage)}\`\`\``;
  return `${escape(about.sorry)} \`/502 help\` lists what you may do.`;
}

/** Only what the caller may do. */
function help(world: SlackWorld, actor: Actor): string {
  const names = mine(world, actor);
  const verbs = verbsFor("slack", (what) => may(world, actor, what, names));
  const lines = verbs.map((v) => `• \`/502 ${escape(v.usage)}\` ${escape(v.does)}`);
  const example = names[0];
  const first =
    example === undefined ? noHost(world) : `Type \`/502 ${escape(example)}\` to learn why it answers 502.`;
  return [first, ...lines].join("\n");
}
