import { sayActor } from "../../wording/actor.ts";
/** Escapes what Slack reads as markup in a text (`&`, `<`, `>`); for everything that came from elsewhere. */
export function escape(text: string): string {
  return clean(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * Takes out what a terminal or a writing direction would act upon: escape sequences, control characters other than
 * line ends and tabs, and marks that turn the direction of what follows.
 */
export function clean(text: string): string {
  return text
    .replaceAll(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g, "")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");
}

/** How a moment is written where seconds tell nothing. */
export const MINUTES = "{date_short_pretty} {time}";

/** A moment in the reader's own zone, with UTC for clients that cannot. @param at epoch milliseconds */
export function dateMark(at: number, format = "{date_short_pretty} {time_secs}"): string {
  return `<!date^${Math.floor(at / 1000)}^${format}|${utc(at)}>`;
}

/** Around a moment until it is written: of private use, so nobody types it and escaping leaves it. */
const MOMENT = "\ue000";

/** Stands for a moment in a text that is worded, escaped and cut first; `withMoments` writes it. */
export function heldMoment(at: number): string {
  return `${MOMENT}${at}${MOMENT}`;
}

/** The moments that were held, in the reader's own zone. */
export function withMoments(text: string): string {
  return text.replaceAll(new RegExp(`${MOMENT}(\\d+)${MOMENT}`, "g"), (_, at: string) =>
    dateMark(Number(at), MINUTES),
  );
}

/** A text in pieces: words, and between them the moments that were held. */
export function momentsIn(text: string): (string | number)[] {
  return text
    .split(new RegExp(`${MOMENT}(\\d+)${MOMENT}`))
    .map((part, i) => (i % 2 === 1 ? Number(part) : part.replaceAll(MOMENT, "")));
}

/** "2026-11-20 13:40:05 UTC" */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** Who acted, as Slack shows people: a mention for a Slack id, words for anybody else. */
export function person(id: string): string {
  return /^[UW][A-Z0-9]{2,}$/.test(id) ? `<@${id}>` : escape(sayActor(id));
}

/** Escaped, with ids of people and of channels as Slack shows them; for what the bot itself says of its schedules. */
export function markIds(text: string): string {
  return mentions(text).replaceAll(/\b[CG][A-Z0-9]{8,}\b/g, (id) => `<#${id}>`);
}

/** Escaped, with ids of people as mentions. @param people only these: what a host says must not call anybody */
export function mentions(text: string, people?: ReadonlySet<string>): string {
  return escape(text).replaceAll(/\b[UW][A-Z0-9]{8,}\b/g, (id) =>
    people?.has(id) === false ? id : `<@${id}>`,
  );
}

/** With a capital, and a full stop where it has no mark of its own. */
export function asSentence(text: string): string {
  const capital = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
  return /[.?!]$/.test(capital) ? capital : `${capital}.`;
}
