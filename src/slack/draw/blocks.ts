import type { types } from "@slack/bolt";
import { cutLabel, cutText, LIMITS } from "../limits.ts";
import { clean, MINUTES, momentsIn } from "./text.ts";

export type Block = types.KnownBlock;
export type View = types.ModalView;
export type Inline = types.RichTextElement;
type Section = types.RichTextBlock["elements"][number];

/** A message as the Web API takes it: blocks, and the text for notifications and screen readers. */
export interface Drawn {
  readonly text: string;
  readonly blocks: Block[];
}

/** Words in rich text: never read as markup, whatever they hold. */
export function words(text: string, style?: { bold?: true; italic?: true; code?: true }): Inline {
  return { type: "text", text: clean(text) || " ", ...(style === undefined ? {} : { style }) };
}

/**
 * A text in which ids of people (U…, W…) become mentions; the rest is never read as markup.
 * @param people only these: what a host says must not call anybody
 */
export function named(text: string, people?: ReadonlySet<string>): Inline[] {
  return text
    .split(/\b([UW][A-Z0-9]{8,})\b/)
    .flatMap((part, i): Inline[] =>
      part === ""
        ? []
        : i % 2 === 1 && people?.has(part) !== false
          ? [{ type: "user", user_id: part }]
          : [words(part)],
    );
}

/** A moment in the reader's own zone. @param at epoch milliseconds */
export function moment(at: number, format = "{date_short_pretty} {time_secs}"): Inline {
  const fallback = `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return {
    type: "date",
    timestamp: Math.floor(at / 1000),
    format,
    fallback,
  };
}

/** Held moments in words become moments in the reader's own zone. */
export function timed(inlines: readonly Inline[]): Inline[] {
  return inlines.flatMap((one): Inline[] =>
    one.type !== "text"
      ? [one]
      : momentsIn(one.text).flatMap((part) =>
          typeof part === "number" ? [moment(part, MINUTES)] : part === "" ? [] : [{ ...one, text: part }],
        ),
  );
}

export function line(...elements: Inline[]): Section {
  return { type: "rich_text_section", elements };
}

export function bullets(items: readonly (readonly Inline[])[]): Section {
  return {
    type: "rich_text_list",
    style: "bullet",
    elements: items.map((elements) => ({ type: "rich_text_section", elements: [...elements] })),
  };
}

/** Host output, commands and configuration: shown as it is. */
export function preformatted(text: string, max: number = LIMITS.preformatted): Section {
  const shown = cutText(clean(text), max);
  return { type: "rich_text_preformatted", elements: [{ type: "text", text: shown || " " }], border: 0 };
}

export function rich(...elements: Section[]): Block {
  return { type: "rich_text", elements };
}

/** Small grey text; takes mrkdwn, so what came from elsewhere must have been escaped. */
export function context(...texts: string[]): Block {
  const elements = texts.slice(0, LIMITS.contextElements).map((text) => ({
    type: "mrkdwn" as const,
    text: cutText(text, LIMITS.contextText),
  }));
  return { type: "context", elements };
}

/** Small grey text that is never read as markup: for what a host, a person or the inventory says. */
export function small(text: string): Block {
  const shown = cutText(clean(text), LIMITS.contextText) || " ";
  return { type: "context", elements: [{ type: "plain_text", text: shown, emoji: false }] };
}

/** How late a message is, for its text. */
export function sayAge(lateMs: number): string {
  return `${Math.round(lateMs / 60_000)} minutes late`;
}

/** How late a message is; under those that wait for nobody's press. */
export function saysAge(lateMs: number): Block {
  return context(`:hourglass: ${sayAge(lateMs)}, because Slack could not be reached.`);
}

export function plain(text: string, max: number): types.PlainTextElement {
  return { type: "plain_text", text: cutLabel(clean(text), max) || "-", emoji: true };
}

export interface ButtonLook {
  readonly actionId: string;
  readonly value: string;
  readonly text: string;
  readonly style?: "primary" | "danger";
}

export function button(b: ButtonLook): types.Button {
  return {
    type: "button",
    action_id: b.actionId,
    value: b.value,
    text: plain(b.text, LIMITS.buttonText),
    ...(b.style === undefined ? {} : { style: b.style }),
  };
}

/** @returns no block at all where there is no button: Slack refuses an empty one. */
export function actions(blockId: string, buttons: readonly ButtonLook[]): Block[] {
  if (buttons.length === 0) return [];
  const elements = buttons.slice(0, LIMITS.actionsElements).map(button);
  return [{ type: "actions", block_id: blockId, elements }];
}
