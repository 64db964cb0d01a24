import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ENDS } from "../../src/domain/command.ts";
import type { Output } from "../../src/parsers/output.ts";
import { redact } from "../../src/parsers/redact.ts";
import { PARSERS, type Parser } from "../../src/parsers/registry.ts";
import { everyCapture, result } from "./captured.ts";

const parsers: readonly (readonly [string, Parser])[] = Object.entries(PARSERS);
const captures = everyCapture();

/** What is wrong with the facts by the parser's own schema; undefined facts are always right. */
function fault(parser: Parser, output: Output): string | undefined {
  const facts = parser.parse(output);
  return facts === undefined ? undefined : parser.schema.safeParse(facts).error?.message;
}

/** Facts without the lines that are kept for the reader: those are redacted on purpose. */
function withoutText(facts: unknown): unknown {
  const kept: unknown = JSON.parse(
    JSON.stringify(facts ?? null, (key, value: unknown) =>
      ["message", "tail", "detail", "text", "lines", "stdout"].includes(key) ? undefined : value,
    ),
  );
  return kept;
}

describe.each(parsers)("%s", (name, parser) => {
  test("could not look: denied, missing, timed out, unreachable", () => {
    for (const { output } of captures) {
      for (const end of ["denied", "missing", "timed-out", "unreachable"] as const) {
        expect(parser.parse({ ...output, end, exitCode: null })).toBeUndefined();
      }
      expect(parser.parse({ ...output, exitCode: 127 })).toBeUndefined();
    }
    // To `sudo -l` the refusal is the answer.
    const refused = parser.parse(result("", { stderr: "sudo: a password is required\n", exitCode: 1 }));
    expect(refused).toEqual(name === "sudo-list" ? { listed: false, rules: [], all: false } : undefined);
  });

  test("redaction does not disturb it", () => {
    for (const { output } of captures) {
      const plain = parser.parse(output);
      const clean = parser.parse({ ...output, stdout: redact(output.stdout), stderr: redact(output.stderr) });
      expect(withoutText(clean)).toEqual(withoutText(plain));
    }
  });

  test("never throws on captured output cut at every byte", () => {
    expect(captures.length).toBeGreaterThan(20);
    for (const { output } of captures) {
      const text = output.stdout.slice(0, 3000);
      const step = text.length > 1500 ? 7 : 1;
      for (let at = 0; at <= text.length; at += step)
        parser.parse({ ...output, stdout: text.slice(0, at), end: "cut" });
      expect(fault(parser, output)).toBeUndefined();
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
          expect(fault(parser, { stdout: parts.join("\n"), stderr, exitCode, end })).toBeUndefined();
        },
      ),
      { numRuns: 150 },
    );
  });

  test("a long line is read to its end: 200,000 characters of anything, read and complained about", () => {
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
      const stdout = unit.repeat(Math.floor(200_000 / unit.length));
      const outputs = [result(stdout), result("", { stderr: stdout, exitCode: 1 })];
      expect({ unit, faults: outputs.map((output) => fault(parser, output)) }).toEqual({
        unit,
        faults: [undefined, undefined],
      });
    }
  }, 120_000);
});
