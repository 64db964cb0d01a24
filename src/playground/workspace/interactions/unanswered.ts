import type { Outcome } from "../delivery/delivery.ts";

type Unanswered = Exclude<Outcome["end"], "acked">;

/** Slack's error code, what it stands for in the user's words, and what to do next. */
const SAID: Readonly<Record<Unanswered, { error: string; because: string; next: string }>> = {
  timeout: {
    error: "operation_timeout",
    because: "the app did not respond in time",
    next: "It may still be at work: wait for its answer before you try again.",
  },
  unreachable: {
    error: "dispatch_failed",
    because: "the app could not be reached",
    next: "Nothing was started: try again in a few seconds. If that fails too, see whether the bot is running.",
  },
};

/** Why a command has no answer, as Slackbot says it. */
export function commandFailed(command: string, end: Unanswered): string {
  const { because, error, next } = SAID[end];
  return `${command} failed because ${because} (${error}). ${next}`;
}

/** Why a press, a shortcut or a Home has no answer; undefined for what was acknowledged. */
export function unanswered(outcome: Outcome): string | undefined {
  if (outcome.end === "acked") return undefined;
  const { because, next } = SAID[outcome.end];
  return `${capital(because)}. ${next}`;
}

/** Why a form was not taken, after Slack's own sentence. */
export function notSubmitted(end: Unanswered): string {
  return `${capital(SAID[end].because)}; what you entered is still here.`;
}

/** Why a searched field has nothing to offer. */
export function notSuggested(end: Unanswered): string {
  return `${capital(SAID[end].because)}: type on to ask again.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
