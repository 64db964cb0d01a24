import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ENDS } from "../../src/domain/command.ts";
import { PARSERS, type Parser } from "../../src/parsers/registry.ts";
import { everyCapture, result } from "./captured.ts";

const parsers: readonly (readonly [string, Parser])[] = Object.entries(PARSERS);
const captures = everyCapture();

/** The facts keep to the parser's schema, or are undefined. */
function judge(parser: Parser, output: Parameters<Parser["parse"]>[0]): void {
  const facts = parser.parse(output);
  if (facts !== undefined) expect(parser.schema.safeParse(facts).error?.message).toBeUndefined();
}

describe.each(parsers)("%s", (_name, parser) => {
  test("could not look: denied, missing, timed out, unreachable", () => {
    for (const { output } of captures) {
      for (const end of ["denied", "missing", "timed-out", "unreachable"] as const) {
        expect(parser.parse({ ...output, end, exitCode: null })).toBeUndefined();
      }
      expect(parser.parse({ ...output, exitCode: 127 })).toBeUndefined();
    }
    expect(
      parser.parse(result("", { stderr: "sudo: a password is required\n", exitCode: 1 })),
    ).toBeUndefined();
  });

  test("never throws on captured output cut at every byte", () => {
    expect(captures.length).toBeGreaterThan(20);
    for (const { output } of captures) {
      const text = output.stdout.slice(0, 3000);
      const step = text.length > 1500 ? 7 : 1;
      for (let at = 0; at <= text.length; at += step)
        parser.parse({ ...output, stdout: text.slice(0, at), end: "cut" });
      judge(parser, output);
    }
  });

  test("never throws on anything, and keeps to its schema", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(...captures.map(({ output }) => output.stdout.slice(0, 2000))),
      fc.json(),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 4 }),
        fc.string(),
        fc.option(fc.integer({ min: 0, max: 255 })),
        fc.constantFrom(...ENDS),
        (parts, stderr, exitCode, end) => {
          judge(parser, { stdout: parts.join("\n"), stderr, exitCode, end });
        },
      ),
      { numRuns: 150 },
    );
  });

  test("a megabyte on one line costs less than a second", () => {
    for (const unit of [
      "a",
      " ",
      "1 ",
      "a=b ",
      "[{",
      '"',
      "::",
      "users:((",
      "/proc/1/fd/1 ",
      "x|",
      "\\",
      "avc:  denied  { ",
      "{ path=",
    ]) {
      const stdout = unit.repeat(Math.floor(1_000_000 / unit.length));
      const started = performance.now();
      parser.parse(result(stdout));
      parser.parse(result("", { stderr: stdout, exitCode: 1 }));
      const took = performance.now() - started;
      expect({ unit, slow: took > 1000 }).toEqual({ unit, slow: false });
    }
  }, 30_000);
});
