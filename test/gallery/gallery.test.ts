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

/** The texts that Slack reads as markup. */
function mrkdwn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwn);
  if (!isJson(value)) return [];
  const own = value["type"] === "mrkdwn" ? [String(value["text"])] : [];
  return [...own, ...Object.values(value).flatMap(mrkdwn)];
}
