import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FrameScanner } from "../../src/ssh/frame-scanner.ts";

const BOUNDARY = "@@0123456789abcdef:";

function scan(chunks: readonly Buffer[]): { data: string; frames: string[] } {
  const data: Buffer[] = [];
  const frames: string[] = [];
  const scanner = new FrameScanner(
    BOUNDARY,
    (part) => data.push(Buffer.from(part)),
    (frame) => frames.push(frame),
  );
  for (const chunk of chunks) scanner.push(chunk);
  scanner.flush();
  return { data: Buffer.concat(data).toString(), frames };
}

test("finds the frames anywhere, in any chunks, and passes on all else", () => {
  const text = fc.string({
    unit: fc.constantFrom("@", "@@", "0", "012", "@@0123456789abcde", "x", "\n", "é", ":"),
  });
  const frame = fc.string({ unit: fc.constantFrom("E", ":", "1", " ", "é", "@") });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(text, frame)),
      text,
      fc.array(fc.integer({ min: 1, max: 9 })),
      (parts, last, sizes) => {
        const whole = Buffer.from(
          parts.map(([before, inside]) => `${before}${BOUNDARY}${inside}\n`).join("") + last,
        );
        const chunks: Buffer[] = [];
        let at = 0;
        for (let i = 0; at < whole.length; i++) {
          const size = sizes[i % Math.max(1, sizes.length)] ?? 7;
          chunks.push(whole.subarray(at, at + size));
          at += size;
        }
        const found = scan(chunks);
        expect(found.frames).toEqual(parts.map(([, inside]) => inside));
        expect(found.data).toBe(parts.map(([before]) => before).join("") + last);
      },
    ),
  );
});

test("output that imitates another boundary is output", () => {
  const found = scan([Buffer.from("@@fedcba9876543210:E:0:0:1\n")]);
  expect(found).toEqual({ data: "@@fedcba9876543210:E:0:0:1\n", frames: [] });
});
