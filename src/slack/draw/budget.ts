import { cutText, LIMITS } from "../limits.ts";
import { type Block, type Drawn, line, words } from "./blocks.ts";

/** A mention, an emoji: what a name takes that Slack looks up itself. */
const LOOKED_UP = 20;
/** What is left of a text that gives way, the notice of its cut included. */
const SHORTEST = 120;

/** Characters that a reader has of blocks together, those Slack writes itself (moments, names) by their longest. */
export function charactersOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, v) => sum + charactersOf(v), 0);
  if (!isNode(value)) return 0;
  const own = ["emoji", "user", "usergroup"].includes(String(value["type"])) ? LOOKED_UP : 0;
  return Object.entries(value).reduce(
    (sum, [key, v]) => sum + (typeof v === "string" ? (READ.has(key) ? v.length : 0) : charactersOf(v)),
    own,
  );
}

const READ: ReadonlySet<string> = new Set(["text", "fallback", "alt_text"]);

export function fits(blocks: readonly Block[]): boolean {
  return charactersOf(blocks) <= LIMITS.totalCharacters;
}

/**
 * The most of something countable that a message has room for.
 * @param most at most so many
 * @param draw a message with n of them; it says in words how many it leaves out, and where those are
 */
export function mostThatFits(most: number, draw: (n: number) => Drawn): Drawn {
  for (let n = most; n > 1; n -= 1) {
    const drawn = draw(n);
    if (fits(drawn.blocks)) return drawn;
  }
  return draw(Math.min(1, most));
}

/**
 * A message within Slack's budget of characters: its longest lists lose their last items, then its longest texts
 * their ends, and it says so.
 * @param where the rest is found, as the end of a sentence: "in the thread"
 */
export function fit<T extends Drawn>(drawn: T, where: string): T {
  if (fits(drawn.blocks)) return drawn;
  const blocks = structuredClone(drawn.blocks);
  const left = new Map<Items, number>();
  for (;;) {
    const over = charactersOf(blocks) - LIMITS.totalCharacters;
    if (over <= 0) return { ...drawn, blocks };
    const list = longest(listsOf(blocks).filter((l) => l.length > (left.has(l) ? 2 : 1)));
    const texts = textsOf(blocks);
    const text = longest(texts.filter((t) => t.text.length > SHORTEST));
    if (list !== undefined && (text === undefined || charactersOf(list) >= text.text.length)) {
      // The notice of what is left out already stands last.
      if (left.has(list)) list.pop();
      list.pop();
      left.set(list, (left.get(list) ?? 0) + 1);
      list.push(line(words(`${left.get(list) ?? 0} more ${where}`)));
    } else if (text === undefined) return { ...drawn, blocks };
    else text.text = cutText(text.text, Math.max(SHORTEST, text.text.length - over));
  }
}

type Node = Record<string, unknown>;
type Items = unknown[];

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function longest<T>(all: readonly T[]): T | undefined {
  return all.reduce<T | undefined>(
    (most, one) => (most === undefined || charactersOf([one]) > charactersOf([most]) ? one : most),
    undefined,
  );
}

/** The items of each list of rich text. */
function listsOf(value: unknown): Items[] {
  if (Array.isArray(value)) return value.flatMap(listsOf);
  if (!isNode(value)) return [];
  const own =
    value["type"] === "rich_text_list" && Array.isArray(value["elements"]) ? [value["elements"]] : [];
  return [...own, ...Object.values(value).flatMap(listsOf)];
}

/** What is never read as markup, so that a cut breaks none. */
function textsOf(value: unknown): { text: string }[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isNode(value)) return [];
  const plain = value["type"] === "text" || value["type"] === "plain_text" || value["type"] === "raw_text";
  return plain && hasText(value) ? [value] : Object.values(value).flatMap(textsOf);
}

function hasText(value: Node): value is Node & { text: string } {
  return typeof value["text"] === "string";
}
