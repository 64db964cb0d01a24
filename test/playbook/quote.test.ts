import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quoteArgv, quoteWord } from "../../src/playbook/quote.ts";
import { SHELLS } from "../support/shells.ts";

const HOSTILE = [
  "",
  " ",
  "'",
  "''",
  "'\\''",
  '"',
  "\\",
  "\\'",
  "$(id)",
  "`id`",
  "${PATH}",
  "$((1+1))",
  ";id",
  "&&id",
  "|id",
  "\n",
  "a\nb\n",
  "*",
  "?",
  "[a-z]",
  "~",
  "~root",
  "#x",
  "!!",
  "-rf",
  "--",
  "=",
  "a=b",
  "{a,b}",
  "<x",
  ">x",
  "\t",
  "\r",
  "\u0000x".slice(1),
  "é",
  "日本",
  "\u202e",
  "\ud83d\ude00",
  "%s",
  "\\n",
  "\u0001",
  "\u007f",
  "'; touch /nowhere/pwned; '",
  "$IFS",
  "\\\n",
];

function words(shell: readonly string[], argv: readonly string[]): string[] {
  const [program = "sh", ...args] = shell;
  const script = quoteArgv(["printf", "%s\\0", ...argv]);
  const run = spawnSync(program, [...args, "-s"], {
    input: `${script}\n`,
    env: { PATH: process.env["PATH"] },
  });
  expect(run.stderr.toString()).toBe("");
  return run.stdout.toString("utf8").split("\0").slice(0, -1);
}

describe.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))("quoting for %s", (_, shell) => {
  test("hostile words arrive as they are", () => {
    expect(words(shell, HOSTILE)).toEqual(HOSTILE);
  });

  test("so does any text", () => {
    const word = fc.oneof(
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text.replaceAll("\0", "")).toString("utf8")),
      fc.string({ unit: fc.constantFrom(...Array.from("'\"\\$`;&|<>(){}[]*?!#~=% \t\n-ab")) }),
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (argv) => {
        expect(words(shell, argv)).toEqual(argv);
      }),
      { numRuns: 25 },
    );
  });
});

test("at least one shell was tried", () => {
  expect(SHELLS.length).toBeGreaterThan(0);
});

test("what no argument vector can hold is refused", () => {
  expect(() => quoteWord("a\0b")).toThrow(RangeError);
  expect(() => quoteArgv([])).toThrow(RangeError);
  expect(() => quoteArgv([""])).toThrow(RangeError);
  expect(() => quoteArgv(["-x"])).toThrow(RangeError);
  expect(() => quoteArgv(["LD_PRELOAD=x", "id"])).toThrow(RangeError);
});
