import { isChannelId } from "../domain/channel.ts";
import type { Actor } from "../domain/run.ts";
import type { ScheduleWords, SilenceWords } from "../grammar/channel-words.ts";
import { sayChannel } from "../wording/channel.ts";
import { saySchedule, saySilence, sayNext } from "../wording/schedule.ts";
import type { ChannelWorld } from "./channel-world.ts";
import {
  addSchedule,
  type Answered,
  pauseSchedule,
  planSchedule,
  removeSchedule,
} from "./manage-schedules.ts";
import { runScheduleNow } from "./run-schedules.ts";
import { nextTimes } from "./schedule-times.ts";
import { addSilence, endSilence } from "./silences.ts";
import { isSeenBy } from "./targets.ts";

/** What is said to whoever gave a command. */
export interface Said {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** `schedule …`, the same in the terminal and in Slack. @param here where it was said */
export async function scheduleCommand(
  world: ChannelWorld,
  actor: Actor,
  words: ScheduleWords,
  here: {
    readonly channel?: string | undefined;
    readonly quiet?: boolean;
    readonly playbook?: string | undefined;
    /** In which a time is meant that names none. */
    readonly zone?: string | undefined;
  },
): Promise<Said> {
  switch (words.kind) {
    case "bad":
      return no(words.text);
    case "list": {
      const kept = await world.store.schedules();
      const all = kept.filter((s) => isSeenBy(world, actor, s.on));
      if (all.length === 0) return yes(`No reports are scheduled${ofYours(kept)}.`);
      const now = world.clock.now();
      return yes(
        ...all.flatMap((s) => [
          saySchedule(s),
          ...(s.paused ? [] : [`  ${sayNext(s, nextTimes(s.cron, s.zone, now, 1))}`]),
        ]),
      );
    }
    case "add": {
      const { when, on } = words;
      const request = {
        actor,
        when,
        on,
        channel: here.channel ?? "",
        quiet: here.quiet ?? false,
        ...(here.playbook === undefined ? {} : { playbook: here.playbook }),
        ...(here.zone === undefined ? {} : { zone: here.zone }),
      };
      // Whether it may be is asked before any channel is looked up: its name is told only to those who may.
      const planned = planSchedule(world, request);
      if (!planned.ok) return no(planned.text);
      const place = await channelFor(world, words.channel, here.channel);
      if (!place.ok) return no(place.text);
      const added = await addSchedule(world, { ...request, channel: place.channel });
      return added.ok
        ? yes(
            `Scheduled. ${saySchedule(added.schedule)}`,
            sayNext(added.schedule, added.next),
            `Not what you meant? \`502 schedule remove ${added.schedule.id}\``,
          )
        : no(added.text);
    }
    case "pause":
    case "resume": {
      const done = await pauseSchedule(world, actor, words.id, words.kind === "pause");
      return done.ok ? yes(saySchedule(done.schedule)) : no(done.text);
    }
    case "run": {
      const done = await runScheduleNow(world, actor, words.id);
      return done.ok
        ? yes(
            `The report on ${done.report.title} is being made; it will be posted to ${done.report.destination?.channel ?? ""}.`,
          )
        : no(done.text);
    }
    default: {
      const done = await removeSchedule(world, actor, words.id);
      return done.ok ? yes(`Removed: ${saySchedule(done.schedule)}`) : no(done.text);
    }
  }
}

/** `silence …`, the same in the terminal and in Slack. @param clock how to write a moment */
export async function silenceCommand(
  world: ChannelWorld,
  actor: Actor,
  words: SilenceWords,
  clock?: (at: number) => string,
): Promise<Said> {
  switch (words.kind) {
    case "bad":
      return no(words.text);
    case "list": {
      const now = world.clock.now();
      const kept = await world.store.silences(now);
      const all = kept.filter((s) => isSeenBy(world, actor, [s.target]));
      return all.length === 0
        ? yes(`Nothing is silenced${ofYours(kept)}.`)
        : yes(...all.map((s) => saySilence(s, clock)));
    }
    case "add": {
      const done = await addSilence(world, { actor, ...words });
      return done.ok
        ? yes(
            `Silenced: ${saySilence(done.silence, clock)}`,
            "Runs and records go on; only posts about it are held back.",
          )
        : no(done.text);
    }
    default: {
      const done = await endSilence(world, actor, words.id);
      return done.ok ? yes(`Ended: ${saySilence(done.silence, clock)}`) : no(done.text);
    }
  }
}

/** The id of the channel that was named, else of the one it was said in. */
async function channelFor(
  world: ChannelWorld,
  called: string | undefined,
  here: string | undefined,
): Promise<Answered<{ readonly channel: string }>> {
  const named = called ?? here;
  if (named === undefined)
    return { ok: false, text: "Say which channel the report goes to: its name, as #ops, or its id (C…)." };
  if (named === here) return { ok: true, channel: named };
  const found = await world.findChannel?.(named);
  if (found?.kind === "found") return { ok: true, channel: found.id };
  if (found !== undefined) return { ok: false, text: sayChannel(named, found) };
  if (isChannelId(named)) return { ok: true, channel: named };
  const text = `No Slack is configured in which ${named} could be looked up. Write the channel's id (C…, at the end of its details in Slack).`;
  return { ok: false, text };
}

/** Said where there is something that this person is not shown. */
function ofYours(kept: readonly unknown[]): string {
  return kept.length === 0 ? "" : " on hosts that you may diagnose";
}

function yes(...lines: string[]): Said {
  return { ok: true, lines };
}

function no(text: string): Said {
  return { ok: false, lines: [text] };
}
