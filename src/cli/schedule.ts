import { readScheduleWords, readSilenceWords } from "../grammar/channel-words.ts";
import type { Actor } from "../domain/run.ts";
import { type Said, scheduleCommand, silenceCommand } from "../workflows/channel-command.ts";
import type { ChannelWorld } from "../workflows/channel-world.ts";
import type { Call } from "./call.ts";
import { type Answer, document, failure, USAGE } from "./output.ts";

/** `502 schedule …`: manages reports; a running bot makes them. */
export async function scheduleVerb(world: ChannelWorld, actor: Actor, call: Call): Promise<Answer> {
  const isHost = (word: string): boolean => world.findHost(word) !== undefined;
  const words = readScheduleWords(call.args["what"] ?? "", call.args["words"] ?? "", isHost);
  if (words.kind === "list" && call.json) return document(await world.store.schedules(), 0);
  const said = await scheduleCommand(world, actor, words, {
    quiet: call.flag("quiet"),
    playbook: call.text("playbook"),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  return answerOf(said, call);
}

/** `502 silence …` */
export async function silenceVerb(world: ChannelWorld, actor: Actor, call: Call): Promise<Answer> {
  const words = readSilenceWords(call.args["what"] ?? "", call.args["words"] ?? "");
  if (words.kind === "list" && call.json) return document(await world.store.silences(world.clock.now()), 0);
  return answerOf(await silenceCommand(world, actor, words), call);
}

function answerOf(said: Said, call: Call): Answer {
  const text = said.lines.join("\n");
  return said.ok ? { exitCode: 0, out: `${text}\n` } : failure(call.json, "usage", text, "", USAGE);
}
