import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedOutput } from "../../src/ssh/bounded-output.ts";

test("keeps what fits as it is, else head, mark and tail, whatever the chunks", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary-ascii", maxLength: 400 }),
      fc.array(fc.nat(40)),
      fc.integer({ min: 2, max: 200 }),
      (text, sizes, max) => {
        const output = new BoundedOutput(max);
        const whole = Buffer.from(text);
        let at = 0;
        for (const size of [...sizes, whole.length]) {
          output.push(whole.subarray(at, at + size));
          at += size;
        }
        output.push(whole.subarray(at));
        expect(output.total).toBe(whole.length);
        expect(output.cut).toBe(whole.length > max);
        const head = text.slice(0, Math.ceil(max / 2));
        const tail = text.slice(text.length - Math.floor(max / 2));
        const marked = `${head}\n…${whole.length - max} bytes cut…\n${tail}`;
        expect(output.text()).toBe(whole.length <= max ? text : marked);
      },
    ),
  );
});

test("memory stays bounded under a flood of small chunks", () => {
  const output = new BoundedOutput(1000);
  for (let i = 0; i < 100_000; i++) output.push(Buffer.from("0123456789"));
  expect(output.size).toBeLessThan(20_000);
  expect(output.text()).toHaveLength(1000 + "\n…999000 bytes cut…\n".length);
});
