import { expect, test } from "vitest";
import { loadConfig } from "../src/inventory/load-config.ts";
import { unheard } from "../src/named-places.ts";

const look = (text: string): string[] => {
  const loaded = loadConfig(text, "502.yml");
  if (!loaded.ok) throw new Error("502.yml is wrong");
  return unheard(loaded).map((f) => f.what);
};
const SLACK = "slack: { botToken: file:bot }\n";
const ALERTS = "alerts: { token: file:token }\n";
const WATCHED = "hosts: { web-1: { hostName: 198.51.100.6, watch: 1m } }\n";

test.each([
  ["nothing comes by itself", SLACK, []],
  ["alerts without a channel", SLACK + ALERTS, ["alerts"]],
  ["a watched host without a channel", SLACK + WATCHED, ["watch"]],
  [
    "both, and a default channel",
    `slack: { botToken: file:bot, defaultChannel: C0OPS00001 }\n${ALERTS}${WATCHED}`,
    [],
  ],
  [
    "a channel for all alerts",
    `${SLACK}alerts: { token: file:token, channels: [{ channel: C0OPS00001 }] }\n`,
    [],
  ],
  [
    "a channel for some",
    `${SLACK}${WATCHED}alerts: { token: file:token, channels: [{ on: [web-1], channel: C0OPS00001 }] }\nwatch: { channel: C0OPS00001 }\n`,
    ["alerts"],
  ],
  ["no Slack at all", ALERTS, []],
])("%s", (_, text, expected) => {
  expect(look(text)).toEqual(expected);
});
