import { describe, expect, test } from "vitest";
import { checkBlocks, checkView } from "../../src/playground/workspace/block-kit/check.ts";
import { isJson, records } from "../../src/playground/workspace/json.ts";
import { LIMITS, overLimits } from "../support/block-kit-limits.ts";
import { allPieces } from "./pieces.ts";

const pieces = await allPieces();

describe("the independent check knows each limit to the one", () => {
  test.each(LIMITS.map((l) => [l.what, l] as const))("%s", (what, { most, make }) => {
    const broken = (n: number): string[] => {
      const { surface, payload } = make(n);
      return overLimits(surface, payload);
    };
    expect(broken(most - 1).filter((p) => p.startsWith(`${what}:`))).toEqual([]);
    expect(broken(most)).toEqual([]);
    expect(broken(most + 1)).toContain(`${what}: ${most + 1} of at most ${most}`);
  });

  test("what is empty or used twice is found", () => {
    const actions = (...elements: object[]) => ({ text: "t", blocks: [{ type: "actions", elements }] });
    const button = { type: "button", action_id: "a", text: { type: "plain_text", text: "t" } };
    expect(overLimits("message", actions(button, button))).toEqual(["action_id is used twice"]);
    expect(overLimits("message", actions())).toEqual(["actions without elements"]);
    expect(overLimits("message", { blocks: [] })).toHaveLength(1);
  });
});

describe("every message and view", () => {
  test("there are many, each with a name of its own, on all surfaces", () => {
    expect(pieces.length).toBeGreaterThan(200);
    expect(new Set(pieces.map((p) => p.name)).size).toBe(pieces.length);
    expect(new Set(pieces.map((p) => p.surface))).toEqual(new Set(["message", "modal", "home"]));
  });

  test.each(pieces.map((p) => [p.name, p] as const))("%s", (_, { surface, payload }) => {
    expect(overLimits(surface, payload)).toEqual([]);
    const blocks = records(payload["blocks"]);
    expect(
      surface === "message" ? checkBlocks(blocks, surface, "/blocks") : checkView({ ...payload }),
    ).toEqual([]);
  });

  test("a sentence of ten thousand lines fills no screen: only what stands preformatted keeps its lines", () => {
    const tall = pieces
      .filter((p) => p.name.startsWith("hostile-many-lines"))
      .flatMap((p) => said([p.payload["blocks"]]).map((t) => [p.name, t.split("\n").length] as const))
      .filter(([, lines]) => lines > 14);
    expect(tall).toEqual([]);
  });

  test("what a host says calls nobody, is no link, and acts on no terminal", () => {
    const hostile = pieces.filter((p) => p.name.startsWith("hostile-"));
    const marked = hostile.flatMap((p) => [JSON.stringify(p.payload["text"] ?? ""), ...mrkdwn(p.payload)]);
    expect(marked.length).toBeGreaterThan(500);
    expect(marked.filter((t) => /<!(?!date|subteam\^S0ONCALL01> )|<https?:|<@U0ADA00001\|/.test(t))).toEqual(
      [],
    );
    const formatted = hostile.flatMap((p) => mrkdwn(p.payload)).filter((t) => /\*b\*|```/.test(t));
    expect(formatted).toEqual([]);
    const acts = ["\\u001b", "\\u0007", "\u202e", "\u2066"];
    const acting = hostile.filter((p) => acts.some((a) => JSON.stringify(p.payload).includes(a)));
    expect(acting.map((p) => p.name)).toEqual([]);
  });
});

/** What reads badly in any message, and how it is found. */
const FLAWS: readonly (readonly [what: string, RegExp])[] = [
  ["a value that is none", /undefined|\bnull\b|NaN|\[object/],
  ["a moment in a zone that is not the reader's", /\d{4}-\d\d-\d\d[ T]\d\d:\d\d|(?<!daily )\d\d:\d\d \(?UTC/],
  ["an id of a person or a channel as it is stored", /(?<![<@#^|!A-Z0-9[])\b[UWCG]0[A-Z0-9]{7,}\b/],
  ["a sentence that begins small", /[a-z)>]{2}\. (?!shop-|web-)[a-z]+ [a-z]+/],
  ["a mention or a moment that touches the word before it", /[A-Za-z,;:]\ue000/],
  ["the same mark twice", /[.,;:]{2}(?!\.)|\?\./],
  [
    "a command of Slack's without its slash",
    /(?<!\/502 )\b(?:schedule|silence) (?:add|list|pause|resume|remove|end) [A-Z#s]/,
  ],
];

describe("what the bot says reads well", () => {
  const ordinary = pieces.filter((p) => !p.name.startsWith("hostile-"));

  test.each(FLAWS)("nowhere %s", (_, flaw) => {
    const bad = ordinary.flatMap((p) =>
      said([p.payload, p.errors]).flatMap((t) => (flaw.test(t) ? [`${p.name}: ${t}`] : [])),
    );
    expect(bad).toEqual([]);
  });

  test("each refusal of Slack's is told with what to do next", () => {
    const told = ordinary.filter((p) => p.name.startsWith("trouble-"));
    const next =
      /; (?:ask|choose|type|open it|press again|use \/502|502 HOST)|: (?:invite|close|tell|join)|administrators can|can allow|Set the|Install|Paste|Try again|its log says|sets it up|Update fiveohtwo|There is nothing to do/;
    const texts = told.flatMap((p) => said(p.payload).filter((t) => t.startsWith("That did not work.")));
    expect(texts.length).toBeGreaterThan(50);
    expect(texts.filter((t) => !next.test(t))).toEqual([]);
  });

  test("no message that stays tells a moment by its distance from now", () => {
    const stay = /^(?:run|everything|approval|call|claim|note|group|report|follow-up)-?/;
    const stale = ordinary
      .filter((p) => stay.test(p.name))
      .flatMap((p) => said(p.payload).flatMap((t) => (/ ago\b|\d old\b/.test(t) ? [`${p.name}: ${t}`] : [])));
    expect(stale).toEqual([]);
  });

  test("each message has a text for notifications that says more than a word", () => {
    const texts = ordinary.filter((p) => p.surface === "message").map((p) => p.payload["text"]);
    expect(texts.filter((t) => typeof t !== "string" || t.trim().split(/\s+/).length < 3)).toEqual([]);
  });
});

/** All that is read in a payload, dates left out; not what stands preformatted: that is as the host said it. */
function said(value: unknown): string[] {
  if (typeof value === "string") return [value.replaceAll(/<!date[^>]*>|```[^]*?```/g, "")];
  if (Array.isArray(value)) return value.flatMap(said);
  if (!isJson(value) || value["type"] === "rich_text_preformatted") return [];
  const sections = value["type"] === "rich_text_section" ? [inline(value["elements"])] : [];
  const rest = Object.entries(value).filter(
    ([key]) => !/(?:^|_)ids?$|^private_metadata$|^value$|^fallback$/.test(key),
  );
  return [...sections, ...rest.flatMap(([, each]) => said(each))];
}

/** The words of one line of rich text. */
function inline(elements: unknown): string {
  return records(elements)
    .map((e) => (typeof e["text"] === "string" ? e["text"] : "\ue000"))
    .join("");
}

/** The texts that Slack reads as markup. */
function mrkdwn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwn);
  if (!isJson(value)) return [];
  const own = value["type"] === "mrkdwn" ? [String(value["text"])] : [];
  return [...own, ...Object.values(value).flatMap(mrkdwn)];
}
