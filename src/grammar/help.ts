import { nearestNames } from "../domain/nearest.ts";
import { GLOBAL, SLACK_OPTIONS, type Verb, verbOf, VERBS, wordsOf } from "./verbs.ts";

type Where = "terminal" | "slack";

/** How a command begins on each side. */
export const PREFIX: Readonly<Record<Where, string>> = { slack: "/502", terminal: "502" };

/** "usage: 502 fix RUN FIX …" */
export function usage(verb: Verb, where: Where): string {
  return `usage: ${PREFIX[where]} ${verb.usage}`;
}

/**
 * The verbs of one side that the caller may use.
 * @param may - whether the caller may do this on any host at all
 */
export function verbsFor(where: Where, may: (what: NonNullable<Verb["needs"]>) => boolean): Verb[] {
  return VERBS.filter((v) => v.where === "both" || v.where === where).filter(
    (v) => v.needs === undefined || may(v.needs),
  );
}

/** Where what a verb does begins; after a usage that is longer it stands on the next line. */
const COLUMN = 22;

/** The help of one side, for a terminal of 80 columns. */
export function helpText(where: Where): string {
  const lines = verbsFor(where, () => true).map((v) => {
    const said = `${PREFIX[where]} ${v.usage}`;
    return said.length < COLUMN - 1
      ? `${said.padEnd(COLUMN)}${v.does}`
      : `${said}\n${" ".repeat(COLUMN)}${v.does}`;
  });
  return lines.join("\n");
}

const WHICH: Readonly<Record<NonNullable<Verb["needs"]>, string>> = {
  diagnose: "that you may diagnose",
  schedule: "about which you may schedule reports",
  silence: "that you may silence",
};

/**
 * The help about a word: of the verb, or how a host is diagnosed.
 * @param may - whether the caller may do this on any host at all
 */
export function helpAbout(
  word: string,
  where: Where,
  may: (what: NonNullable<Verb["needs"]>) => boolean,
): { readonly usage: string } | { readonly sorry: string } {
  const verb = verbOf(word);
  if (verb.where !== "both" && verb.where !== where) {
    const place = verb.where === "slack" ? "Slack" : "the terminal";
    return { sorry: `${word} is for ${place}: it ${verb.does}.` };
  }
  if (verb.needs !== undefined && !may(verb.needs)) {
    return { sorry: `There is no host ${WHICH[verb.needs]}.` };
  }
  return { usage: helpOf(verb, where) };
}

/** The help of one verb: its usage, what it does and its options. */
export function helpOf(verb: Verb, where: Where): string {
  const all = { ...verb.options, ...(where === "terminal" ? GLOBAL : {}) };
  const taken = Object.entries(all).filter(([name]) => where === "terminal" || SLACK_OPTIONS.has(name));
  const options = taken.map(([name, kind]) => `--${name}${kind === "value" ? " …" : ""}`);
  const lines = [usage(verb, where), verb.does];
  return [...lines, ...(options.length === 0 ? [] : [`options: ${options.join(", ")}`])].join("\n");
}

/** For a word that is neither verb nor host: the verbs that resemble it, nearest first. */
export function nearestVerbs(word: string, where: Where): string[] {
  return nearestNames(word, wordsOf(where));
}
