import { expect, test } from "vitest";
import { makeLog, redactLine } from "../src/log.ts";

test.each([
  ["token xoxb-1234567890-abcDEF end", "token xoxb-[redacted] end"],
  ["xapp-1-A0FAKE-123-deadbeef", "xapp-[redacted]"],
  ["https://hooks.slack.com/commands/T0/1/abc more", "https://hooks.slack.com/commands/[redacted] more"],
  ["wss://x/link?ticket=abc-def&app_id=1", "wss://x/link?ticket=[redacted]&app_id=1"],
  ["Authorization: Bearer abcdefghij.klm", "Authorization: Bearer [redacted]"],
  ["postgres://bot:s3cret@db/x", "postgres://bot:[redacted]@db/x"],
  ["nothing to hide at http://127.0.0.1:3000/", "nothing to hide at http://127.0.0.1:3000/"],
])("%s", (line, expected) => {
  expect(redactLine(line)).toBe(expected);
});

test("fields and errors carry no secret, and the line stays JSON", () => {
  const lines: string[] = [];
  const log = makeLog("info", { write: (l) => lines.push(l) });
  log.info({ token: "very-secret", nested: { password: "very-secret" } }, "hello");
  log.error({ err: new Error("refused: xoxb-1234567890-abcDEF") }, "failed");
  log.debug("not at this level");
  expect(lines).toHaveLength(2);
  expect(lines.join("")).not.toMatch(/very-secret|abcDEF/);
  expect(lines.map((l): unknown => JSON.parse(l))).toMatchObject([{ msg: "hello" }, { msg: "failed" }]);
});
