import { expect, test } from "vitest";
import { fixValue, readFixValue, readMemo } from "../../src/slack/ids.ts";
import { splitWords } from "../../src/slack/words.ts";

test.each([
  ["web-1 --vhost shop.example.test", ["web-1", "--vhost", "shop.example.test"]],
  ["  web-1   ", ["web-1"]],
  ["", []],
  ["web-1 \u2014vhost x", ["web-1", "--vhost", "x"]],
  ["web-1 --vhost \u201cmy shop\u201d", ["web-1", "--vhost", "my shop"]],
  ["<http://shop.example.test|shop.example.test>", ["shop.example.test"]],
  ["--url <https://shop.example.test/cart>", ["--url", "https://shop.example.test/cart"]],
  ["a &amp; b", ["a", "&", "b"]],
  ["schedule add <#C0OPS00001|ops> daily", ["schedule", "add", "<#C0OPS00001|ops>", "daily"]],
  ["<!subteam^S0ONCALL01|@web>", ["@web"]],
])("%j is split as meant", (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test("ids come back from a button as they were put in, and nothing else is taken for them", () => {
  expect(readFixValue(fixValue("run-1", "start-shop-api"))).toEqual({
    runId: "run-1",
    fixId: "start-shop-api",
  });
  for (const bad of ["", "run-1", "run-1 x y", "run-1 ../x", "RUN x"])
    expect(readFixValue(bad)).toBeUndefined();
  for (const bad of ["", "{}", "null", "[1]", '{"approvalId":1,"channel":"C"}'])
    expect(readMemo(bad)).toBeUndefined();
  const memo = { approvalId: "ap-1", channel: "C0OPS00001", threadTs: "1.2" };
  expect(readMemo(JSON.stringify(memo))).toEqual(memo);
});
