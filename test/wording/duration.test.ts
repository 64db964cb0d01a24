import { expect, test } from "vitest";
import { sayDuration } from "../../src/wording/duration.ts";

test.each([
  [1_000, "1 second"],
  [60_000, "60 seconds"],
  [90_000, "90 seconds"],
  [600_000, "10 minutes"],
  [3_600_000, "60 minutes"],
  [7_200_000, "2 hours"],
  [5_400_000, "90 minutes"],
])("%i ms are %s", (ms, said) => {
  expect(sayDuration(ms)).toBe(said);
});
