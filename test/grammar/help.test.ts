import { expect, test } from "vitest";
import { helpOf, helpText, nearestVerbs, verbsFor } from "../../src/grammar/help.ts";
import { VERBS, verbOf, wordsOf } from "../../src/grammar/verbs.ts";
import { ALONE, CONFIGURED, WITH_STATE } from "../../src/terminal-verbs.ts";

test("each side is shown its own verbs", () => {
  for (const where of ["terminal", "slack"] as const) {
    const own = VERBS.filter((v) => v.where === "both" || v.where === where);
    // What does not fit beside its usage stands below it.
    const lines = helpText(where)
      .split("\n")
      .filter((line) => !line.startsWith("  "));
    expect(lines.map((line) => line.replace(/^\/?502 /, "").split(" ")[0])).toEqual(
      own.map((v) => v.usage.split(" ")[0]),
    );
    expect(lines.every((line) => line.startsWith(where === "slack" ? "/502 " : "502 "))).toBe(true);
  }
});

test("who may nothing is shown nothing that needs a right", () => {
  const shown = (may: (what: string) => boolean): string[] => verbsFor("slack", may).map((v) => v.name);
  expect(shown(() => false)).toEqual(["help"]);
  expect(shown((what) => what === "silence")).toEqual(["silence", "help"]);
});

test("a verb's own help names its options", () => {
  expect(helpOf(verbOf("fix"), "terminal")).toContain("--reason …");
  expect(helpOf(verbOf("hosts"), "slack")).not.toContain("--config");
});

test("a misspelt verb finds the one that was meant", () => {
  expect(nearestVerbs("hsots", "terminal")[0]).toBe("hosts");
  expect(nearestVerbs("sudoer", "terminal")[0]).toBe("sudoers");
  expect(nearestVerbs("sudoer", "slack")).not.toContain("sudoers");
  expect(nearestVerbs("zzzzzzzz", "terminal")).toEqual([]);
});

test("every verb of the terminal has one handler", () => {
  const handlers = [ALONE, CONFIGURED, WITH_STATE].flatMap((table) => Object.keys(table));
  expect(handlers.toSorted()).toEqual([...wordsOf("terminal"), "diagnose"].toSorted());
});
