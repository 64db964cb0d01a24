import { parseDuration } from "../domain/duration.ts";
import { readWhen } from "../domain/schedule-words.ts";

/** What the words behind `schedule` ask for. */
export type ScheduleWords =
  | { readonly kind: "list" }
  | { readonly kind: "pause" | "resume" | "run" | "remove"; readonly id: string }
  | { readonly kind: "add"; readonly channel?: string; readonly when: string; readonly on: readonly string[] }
  | { readonly kind: "bad"; readonly text: string };

const ADD = '`502 schedule add #ops "weekdays 09:00 Europe/Berlin" @web`';

/**
 * Reads the words behind `schedule`: `add [CHANNEL] WHEN HOST|@GROUP…`, `list`, `pause|resume|run|remove ID`.
 * @param isHost tells a host's name from the words of a time
 */
export function readScheduleWords(
  what: string,
  words: string,
  isHost: (word: string) => boolean,
): ScheduleWords {
  const given = words.split(/\s+/).filter((w) => w !== "");
  switch (what) {
    case "list":
      return { kind: "list" };
    case "pause":
    case "resume":
    case "run":
    case "remove": {
      const [id, ...more] = given;
      if (id === undefined || more.length > 0)
        return {
          kind: "bad",
          text: `Say which one: \`502 schedule ${what} ID\`. They are listed by \`502 schedule list\`.`,
        };
      return { kind: what, id };
    }
    case "add":
      return readAdd(given, isHost);
    default:
      return {
        kind: "bad",
        text: `schedule takes add, list, pause, resume, run or remove, not "${what}". For example: ${ADD}`,
      };
  }
}

function readAdd(given: readonly string[], isHost: (word: string) => boolean): ScheduleWords {
  const bare = given.map((w) => w.replaceAll(/^["'“”]+|["'“”]+$/g, "")).filter((w) => w !== "");
  const channel = channelOf(bare, isHost);
  const rest = channel === undefined ? bare : bare.slice(1);
  const from = rest.findIndex((w) => w.startsWith("@") || isHost(w));
  if (from < 1) return { kind: "bad", text: `A schedule needs a time and hosts. For example: ${ADD}` };
  return {
    kind: "add",
    ...(channel === undefined ? {} : { channel }),
    when: rest.slice(0, from).join(" "),
    on: rest.slice(from),
  };
}

/**
 * The channel that is named first: an id, Slack's own "<#C0123456789|ops>", "#ops", or "ops" where what follows is a
 * time by itself (in a shell a word with # begins a comment).
 */
function channelOf(words: readonly string[], isHost: (word: string) => boolean): string | undefined {
  const first = words[0] ?? "";
  const id = /^(?:<#)?([CG][A-Z0-9]{5,})(?:\|[^>]*)?>?$/.exec(first)?.[1];
  if (id !== undefined || first.startsWith("#")) return id ?? first;
  const time = words.slice(
    0,
    words.findIndex((w, i) => i > 0 && (w.startsWith("@") || isHost(w))),
  );
  const named = !readWhen(time.join(" ")).ok && readWhen(time.slice(1).join(" ")).ok;
  return named ? first : undefined;
}

/** What the words behind `silence` ask for; `ms` is how long. */
export type SilenceWords =
  | { readonly kind: "list" }
  | { readonly kind: "end"; readonly id: string }
  | { readonly kind: "add"; readonly target: string; readonly ms: number; readonly reason: string }
  | { readonly kind: "bad"; readonly text: string };

/** Reads the words behind `silence`: `HOST|@GROUP 2h REASON`, `list`, `end ID|HOST|@GROUP`. */
export function readSilenceWords(what: string, words: string): SilenceWords {
  const [first = "", ...more] = words.split(/\s+/).filter((w) => w !== "");
  if (what === "list" && first === "") return { kind: "list" };
  if (what === "end")
    return first === ""
      ? { kind: "bad", text: "Say which one: `502 silence end HOST`" }
      : { kind: "end", id: first };
  const ms = parseDuration(first);
  if (ms === undefined)
    return {
      kind: "bad",
      text: "A silence needs how long and why. For example: `502 silence web-1 2h disk is being replaced`",
    };
  return { kind: "add", target: what, ms, reason: more.join(" ") };
}
