import { nearestNames } from "../domain/nearest.ts";
import { nearestVerbs, PREFIX, usage } from "./help.ts";
import { GLOBAL, type OptionKind, type Verb, VERBS, verbOf } from "./verbs.ts";

/** A command of the terminal or of Slack, understood. */
export interface Request {
  readonly verb: string;
  readonly args: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string | true>>;
}

export type Parsed =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly message: string; readonly hint: string };

type Where = "terminal" | "slack";
type Options = Record<string, string | true>;

/** What any option takes, so that a value before the verb is not read as the verb. */
const ANY: ReadonlyMap<string, OptionKind> = new Map(
  [...VERBS.map((v) => v.options), GLOBAL].flatMap((options) => Object.entries(options)),
);

/**
 * Reads words: a verb first, else a host. `--name value`, `--name=value`; options may stand anywhere; what
 * follows `--` is no option.
 * @param where - which grammar: options and verbs of the other are refused with a hint
 */
export function parseWords(words: readonly string[], where: Where): Parsed {
  const { plain, given } = split(words);
  const verb = verbOf(plain[0]);
  const isVerb = plain[0] === verb.name;
  if (words.includes("--help") || words.includes("-h") || plain.length === 0) {
    const config = given.find(([name]) => name === "config")?.[1];
    return done({
      verb: "help",
      args: isVerb ? { about: verb.name } : {},
      options: typeof config === "string" && config !== "" ? { config } : {},
    });
  }
  if (isVerb && verb.where !== "both" && verb.where !== where) return elsewhere(verb, where);
  const meant = isVerb ? aboutWhat(verb, plain, where) : misspelt(words, plain, where);
  if (meant !== undefined) return meant;
  const options = checked(given, verb, where);
  if ("ok" in options) return options;
  return withArgs(verb, isVerb ? plain.slice(1) : plain, options.options, where);
}

/** Words and options as written; an option without its value has "". */
function split(words: readonly string[]): { plain: string[]; given: [string, string | true][] } {
  const plain: string[] = [];
  const given: [string, string | true][] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") return { plain: [...plain, ...words.slice(i + 1)], given };
    if (!word.startsWith("-") || word === "-") {
      plain.push(word);
      continue;
    }
    if (word === "-h") continue;
    const at = word.indexOf("=");
    const name = word.slice(0, at < 0 ? undefined : at).replace(/^--?/, "");
    if (at >= 0) given.push([name, word.slice(at + 1)]);
    else given.push([name, ANY.get(name) === "value" ? (words[++i] ?? "") : true]);
  }
  return { plain, given };
}

/**
 * A host takes no word after it: what resembles a verb there was meant as one. Alone it may be a host, which only
 * the inventory can tell.
 */
function misspelt(words: readonly string[], plain: readonly string[], where: Where): Parsed | undefined {
  const [first = "", second] = plain;
  if (second === undefined) return undefined;
  const [near] = nearestVerbs(first, where);
  if (near === undefined) return undefined;
  const at = words.indexOf(first);
  const instead = [...words.slice(0, at), near, ...words.slice(at + 1)];
  // Nobody is sent to a command that would be refused as well.
  if (!parseWords(instead, where).ok) return undefined;
  return {
    ok: false,
    message: `"${first}" is no command, and "${second}" is one word too many behind a host`,
    hint: `did you mean: ${PREFIX[where]} ${instead.map(asTyped).join(" ")}`,
  };
}

/** The help of a command that there is not, but one like it. */
function aboutWhat(verb: Verb, plain: readonly string[], where: Where): Parsed | undefined {
  const [, about] = plain;
  if (verb.name !== "help" || about === undefined || verbOf(about).name === about) return undefined;
  const [near] = nearestVerbs(about, where);
  return near === undefined
    ? undefined
    : {
        ok: false,
        message: `"${about}" is no command`,
        hint: `did you mean: ${PREFIX[where]} help ${near}`,
      };
}

/** A word as it must be typed again. */
function asTyped(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}

function elsewhere(verb: Verb, where: Where): Parsed {
  const here = where === "slack" ? "Slack" : "the terminal";
  const there = verb.where === "slack" ? "Slack" : "the terminal";
  const message = `the command ${verb.name} is for ${there}, not for ${here}`;
  const hint = `use it there as: ${verb.where === "terminal" ? "502 " : "/502 "}${verb.usage}`;
  return { ok: false, message, hint };
}

function checked(
  given: readonly [string, string | true][],
  verb: Verb,
  where: Where,
): Parsed | { options: Options } {
  const allowed = new Map(Object.entries({ ...verb.options, ...(where === "terminal" ? GLOBAL : {}) }));
  const options: Options = {};
  for (const [name, value] of given) {
    const kind = allowed.get(name);
    if (kind === undefined) return unknownOption(name, [...allowed.keys()]);
    if (kind === "flag" && value !== true)
      return { ok: false, message: `--${name} takes no value`, hint: usage(verb, where) };
    if (kind === "value" && (value === true || value === ""))
      return { ok: false, message: `--${name} needs a value`, hint: usage(verb, where) };
    options[name] = value;
  }
  return { options };
}

function withArgs(verb: Verb, given: readonly string[], options: Options, where: Where): Parsed {
  const args: Record<string, string> = {};
  for (const [i, arg] of verb.args.entries()) {
    const value = arg.rest === true ? given.slice(i).join(" ") : given[i];
    if (value !== undefined && value !== "") args[arg.name] = value;
    else if (arg.required) {
      return { ok: false, message: sayMissing(verb, arg.name), hint: usage(verb, where) };
    }
  }
  const extra = verb.args.at(-1)?.rest === true ? undefined : given[verb.args.length];
  if (extra !== undefined)
    return { ok: false, message: `"${extra}" is one word too many`, hint: usage(verb, where) };
  return done({ verb: verb.name, args, options });
}

/** "a host is missing"; as the usage names it, where there are several: "FIX is missing". */
function sayMissing(verb: Verb, arg: string): string {
  if (arg === "what") return `"${verb.name}" alone says too little`;
  return `${verb.args.length === 1 && arg === "host" ? "a host" : arg.toUpperCase()} is missing`;
}

function done(request: Request): Parsed {
  return { ok: true, request };
}

function unknownOption(name: string, allowed: readonly string[]): Parsed {
  const [near] = nearestNames(name, allowed);
  const list = allowed.map((a) => `--${a}`).join(", ");
  const hint =
    near === undefined
      ? list === ""
        ? "it takes no options"
        : `it takes ${list}`
      : `did you mean --${near}?`;
  return { ok: false, message: `there is no option --${name} here`, hint };
}
