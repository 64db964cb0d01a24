import { expect, test } from "vitest";
import { endOf } from "../../src/model/unit-end.ts";

test.each([
  ["success", 0, undefined],
  ["exit-code", 3, "it ended with exit code 3"],
  ["signal", 31, "it was killed by SIGSYS, for a system call that its unit does not allow"],
  ["core-dump", 11, "it was killed by SIGSEGV"],
  ["signal", 60, "it was killed by signal 60"],
  ["timeout", 15, "a time limit of the unit was over (start, run or stop)"],
  ["a-result-of-tomorrow", 0, "a-result-of-tomorrow"],
])("Result=%s, status %i", (result, execMainStatus, said) => {
  expect(endOf({ result, execMainStatus })).toBe(said);
});

test("nothing is said of a run that is not known", () => {
  expect(endOf({})).toBeUndefined();
  expect(endOf({ result: "exit-code" })).toBeUndefined();
});
