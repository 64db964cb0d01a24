import { expect, test } from "vitest";
import type { Hop } from "../../src/domain/host.ts";
import { connectError } from "../../src/ssh/connect-error.ts";
import { WEB_1 } from "../support/fix-stage.ts";

const hop: Hop = { ...WEB_1, hostName: "web-1.example.test" };
const failed = (...codes: string[]): unknown => {
  const errors = codes.map((code) => Object.assign(new Error(`connect ${code}`), { code }));
  // As node's net throws it: the code of the first attempt stands on the whole.
  return errors.length === 1 ? errors[0] : Object.assign(new AggregateError(errors), { code: codes[0] });
};

test.each([
  [["ETIMEDOUT", "ECONNREFUSED"], "refused", "refuses the connection"],
  [["ECONNREFUSED", "ETIMEDOUT"], "refused", "refuses the connection"],
  [["ETIMEDOUT", "EHOSTUNREACH"], "no-route", "There is no route"],
  [["ETIMEDOUT", "ETIMEDOUT"], "connect-timeout", "did not answer within 10 s"],
  [["ETIMEDOUT"], "connect-timeout", "did not answer within 10 s"],
])("of several addresses, what one answered is told: %j", (codes, code, words) => {
  const way = { hop, isHop: false, timeoutMs: 10_000 };
  const told = connectError(way, failed(...codes), { candidates: [], problems: [] });
  expect(told.code).toBe(code);
  expect(told.message).toContain(words);
});
