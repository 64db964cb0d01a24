import { readScheduleWords, readSilenceWords } from "../grammar/channel-words.ts";
import type { Request } from "../grammar/parse.ts";
import type { Actor, Destination } from "../domain/run.ts";
import { scheduleCommand, silenceCommand } from "../workflows/channel-command.ts";
import type { ChannelWorld } from "../workflows/channel-world.ts";
import type { SiteHosts } from "../workflows/run-world.ts";
import { startGroup } from "../workflows/start-report.ts";
import { escape, heldMoment, markIds, withMoments } from "./draw/text.ts";

/** True for what this file answers: `/502 @GROUP`, `schedule …` and `silence …`. */
export function isChannelCommand({ verb, args }: Request): boolean {
  return verb === "schedule" || verb === "silence" || args["host"]?.startsWith("@") === true;
}

/**
 * Answers it; a site's hosts are a group, too.
 * @param more.zone the person's own, in which a time without one is meant
 * @returns what the person alone is told (mrkdwn); undefined when the answer is posted in the channel
 */
export async function channelCommand(
  world: ChannelWorld,
  actor: Actor,
  { verb, args, options }: Request,
  destination: Destination,
  { site, zone }: { readonly site?: SiteHosts | undefined; readonly zone?: string | undefined } = {},
): Promise<string | undefined> {
  const [what, words] = [args["what"] ?? "", args["words"] ?? ""];
  const playbook = typeof options["playbook"] === "string" ? options["playbook"] : undefined;
  if (verb === "silence")
    return said(await silenceCommand(world, actor, readSilenceWords(what, words), heldMoment));
  if (verb === "schedule") {
    const read = readScheduleWords(what, words, (word) => world.findHost(word) !== undefined);
    const here = { channel: destination.channel, quiet: options["quiet"] === true, playbook, zone };
    return said(await scheduleCommand(world, actor, read, here));
  }
  const vhost = typeof options["vhost"] === "string" ? options["vhost"] : undefined;
  const request = {
    group: args["host"] ?? "",
    ...(playbook === undefined ? {} : { playbook }),
    ...(vhost === undefined ? {} : { vhost }),
    ...(site === undefined ? {} : { site }),
  };
  const started = await startGroup(world, { request, actor, destination });
  return started.kind === "started" ? undefined : escape(started.text);
}

/** As Slack shows it: people and channels by name, moments in the reader's zone, commands as they are typed here. */
function said(answer: { readonly lines: readonly string[] }): string {
  return withMoments(markIds(answer.lines.join("\n"))).replaceAll("`502 ", "`/502 ");
}
