import { nearestNames } from "../domain/nearest.ts";
import { type Verb, VERBS, verbOf } from "./verbs.ts";

/** A command of the terminal or of Slack, understood. */
export interface Request {
  readonly verb: string;
  readonly args: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string | true>>;
}

export type Parsed =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** Options every terminal command takes. */
const GLOBAL: Readonly<Record<string, "value" | "flag">> = { config: "value", help: "flag" };

/**
 * Reads words: a verb first, else a host. `--name value`, `--name=value`; options may stand anywhere.
 * @param where which grammar: options and verbs of the other are refused with a hint
 */
export function parseWords(words: readonly string[], where: "terminal" | "slack"): Parsed {
  const [first] = words.filter((w) => !w.startsWith("-"));
  if (words.includes("--help") || words.includes("-h") || first === undefined) return done({ verb: "help", args: {}, options: optionsOnly(words) });
  const verb = verbOf(first);
  const isVerb = verb.name !== "diagnose";
  if (isVerb && verb.where !== "both" && verb.where !== where) {
    return { ok: false, message: `${verb.name} is a command of the ${verb.where}, not of ${where === "slack" ? "Slack" : "the terminal"}`, hint: `use it ${verb.where === "terminal" ? "as: 502 " : "in Slack as: /502 "}${verb.usage}` };
  }
  const allowed = { ...verb.options, ...(where === "terminal" ? GLOBAL : {}) };
  const options: Record<string, string | true> = {};
  const plain: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (!word.startsWith("--") || word === "--") {
      plain.push(word);
      continue;
    }
    const [name = "", inline] = splitOption(word);
    const kind = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (kind === undefined) return unknownOption(name, Object.keys(allowed));
    if (kind === "flag") options[name] = true;
    else {
      const value = inline ?? words[++i];
      if (value === undefined || value === "") return { ok: false, message: `--${name} needs a value`, hint: usage(verb, where) };
      options[name] = value;
    }
  }
  const given = isVerb ? plain.slice(plain.indexOf(verb.name) + 1) : plain;
  return withArgs(verb, given, options, where);
}

function withArgs(verb: Verb, given: readonly string[], options: Record<string, string | true>, where: "terminal" | "slack"): Parsed {
  const args: Record<string, string> = {};
  for (const [i, arg] of verb.args.entries()) {
    const value = given[i];
    if (value === undefined && arg.required) return { ok: false, message: `${verb.name === "diagnose" ? "a host" : `${verb.name} ${arg.name}`} is missing`, hint: usage(verb, where) };
    if (value !== undefined) args[arg.name] = value;
  }
  const extra = given[verb.args.length];
  if (extra !== undefined) return { ok: false, message: `"${extra}" is one word too many`, hint: usage(verb, where) };
  return done({ verb: verb.name, args, options });
}

function done(request: Request): Parsed {
  return { ok: true, request };
}

function optionsOnly(words: readonly string[]): Record<string, string | true> {
  const at = words.indexOf("--config");
  const value = words[at + 1];
  return at >= 0 && value !== undefined ? { config: value } : {};
}

function splitOption(word: string): [string, string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word.slice(2), undefined] : [word.slice(2, at), word.slice(at + 1)];
}

function unknownOption(name: string, allowed: readonly string[]): Parsed {
  const [near] = nearestNames(name, allowed);
  const hint = near === undefined ? `it takes ${allowed.map((a) => `--${a}`).join(", ") || "no options"}` : `did you mean --${near}?`;
  return { ok: false, message: `there is no option --${name} here`, hint };
}

/** "usage: 502 fix RUN FIX …" */
export function usage(verb: Verb, where: "terminal" | "slack"): string {
  return `usage: ${where === "slack" ? "/502" : "502"} ${verb.usage}`;
}

/** The help of one side, a line a verb. */
export function helpText(where: "terminal" | "slack"): string {
  const own = VERBS.filter((v) => v.where === "both" || v.where === where);
  const width = Math.max(...own.map((v) => v.usage.length)) + 2;
  return own.map((v) => `${where === "slack" ? "/502" : "502"} ${v.usage.padEnd(width)}${v.does}`).join("\n");
}
