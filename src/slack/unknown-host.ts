import type { Actor } from "../domain/run.ts";
import { nearestVerbs } from "../grammar/help.ts";
import { seesHost } from "../workflows/targets.ts";
import { escape } from "./draw/text.ts";
import type { SlackWorld } from "./world.ts";

/** A word that is neither host nor command: what resembles it, of what this person may use (mrkdwn). */
export function unknownHost(world: SlackWorld, actor: Actor, word: string): string {
  const { runs } = world;
  const hosts = runs.nearestHosts(word).filter((name) => seesHost(runs, actor, name));
  const near = [...hosts, ...nearestVerbs(word, "slack")].map((name) => `\`/502 ${escape(name)}\``);
  const hint =
    near.length === 0
      ? "`/502 hosts` lists what you may diagnose; a new host goes under hosts: in 502.yml."
      : `Did you mean ${near.join(" or ")}?`;
  return `There is no host ${escape(word)}. ${hint}`;
}
