import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebClient } from "@slack/web-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChannelFound } from "../../src/domain/channel.ts";
import { readScheduleWords } from "../../src/grammar/channel-words.ts";
import { startWorkspace, type Workspace } from "../../src/playground/workspace/start.ts";
import { BOT_SCOPES } from "../../src/playground/workspace/state/tokens.ts";
import { ChannelNames } from "../../src/slack/channel-names.ts";
import { sayChannel } from "../../src/wording/channel.ts";
import type { Clock } from "../../src/workflows/ports.ts";

let now = 1_795_000_000_000;
const clock: Clock = { now: () => now, wait: async () => undefined };
let ws: Workspace;
let names: ChannelNames;

async function begin(options: Parameters<typeof startWorkspace>[0] = {}): Promise<void> {
  ws = await startWorkspace(options);
  const client = new WebClient(ws.botToken, {
    slackApiUrl: ws.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  names = new ChannelNames(client, clock);
}
afterEach(() => ws.close());

const lists = (): string[] =>
  ws
    .calls()
    .map((c) => c.method)
    .filter((m) => /conversations/.test(m));

function said(called: string, found: ChannelFound): string {
  return found.kind === "found" ? found.id : sayChannel(called, found);
}

describe("a channel named by a person", () => {
  beforeEach(() => begin());

  test.each([
    ["#ops", "C0OPS00001"],
    ["Ops", "C0OPS00001"],
    ["C0OPS00001", "C0OPS00001"],
    ["#security-private", "G0SECRET01"],
    ["#random", "I am not in #random, so I could not post there. Type /invite @fiveohtwo in it"],
    ["C0RANDOM01", "I am not in C0RANDOM01"],
    ["#old-incidents", "#old-incidents is archived"],
    ["#opps", "There is no channel #opps that I can see. Did you mean #ops?"],
    ["C0NOBODY01", "There is no channel C0NOBODY01 that I can see."],
  ])("%s is %s", async (called, expected) => {
    expect(said(called, await names.find(called))).toContain(expected);
  });

  test("the name of a private channel is offered to nobody", async () => {
    expect(await names.find("#security-privat")).toEqual({ kind: "absent", nearest: [] });
  });

  test("many channels take several pages, once; an invitation a moment ago is seen", async () => {
    for (let n = 0; n < 1500; n += 1) {
      ws.state.channels.add({
        id: `C0MANY${String(n).padStart(5, "0")}`,
        name: `team-${n}`,
        kind: "public",
        members: new Set(["U0BOT00502"]),
        archived: false,
        topic: "",
        created: 0,
        shared: false,
      });
    }
    expect(await names.find("team-1499")).toEqual({ kind: "found", id: "C0MANY01499" });
    expect(lists()).toEqual(["users.conversations", "users.conversations"]);
    expect(await names.find("team-7")).toMatchObject({ kind: "found" });
    expect(lists()).toHaveLength(2);
    expect(await names.find("random")).toEqual({ kind: "not-member" });
    ws.state.channels.get("random").members.add("U0BOT00502");
    now += 10_000;
    expect(await names.find("random")).toEqual({ kind: "found", id: "C0RANDOM01" });
  });
});

describe("what Slack does not let the bot see is said in words", () => {
  test("without groups:read private channels are missing, public ones are not", async () => {
    await begin({ botScopes: BOT_SCOPES.filter((s) => s !== "groups:read") });
    expect(await names.find("#ops")).toEqual({ kind: "found", id: "C0OPS00001" });
    expect(said("#security-private", await names.find("#security-private"))).toContain(
      "Private channels I could not look through: the permission groups:read is missing. Paste manifest.yml",
    );
  });

  test("without either permission nothing can be looked up, and an id still counts", async () => {
    await begin({ botScopes: BOT_SCOPES.filter((s) => !/^(groups|channels|im):read$/.test(s)) });
    expect(said("#ops", await names.find("#ops"))).toMatch(
      /I could not look #ops up: the permission channels:read is missing.*or write the channel's id/,
    );
    expect(await names.find("C0OPS00001")).toEqual({ kind: "found", id: "C0OPS00001" });
  });

  test("a limit is said, and the next try asks again", async () => {
    await begin();
    ws.faults.set({ seed: 1, rules: [{ fault: "ratelimited", methods: ["users.conversations"], rate: 1 }] });
    expect(said("#ops", await names.find("#ops"))).toContain("Slack asks to wait");
    ws.faults.set({ seed: 1, rules: [] });
    expect(await names.find("#ops")).toEqual({ kind: "found", id: "C0OPS00001" });
  });
});

describe("the words of schedule add", () => {
  beforeEach(() => begin());
  const add = (words: string): unknown => readScheduleWords("add", words, (w) => /^web-\d$/.test(w));

  test.each([
    ['#ops "weekdays 09:00 Europe/Berlin" @web', "#ops", "weekdays 09:00 Europe/Berlin", ["@web"]],
    ["<#C0OPS00001|ops> daily 09:00 @web", "C0OPS00001", "daily 09:00", ["@web"]],
    ["<#C0OPS00001> daily 09:00 @web", "C0OPS00001", "daily 09:00", ["@web"]],
    ["C0OPS00001 0 9 * * 1-5 @web", "C0OPS00001", "0 9 * * 1-5", ["@web"]],
    ["ops daily 09:00 web-1 web-2", "ops", "daily 09:00", ["web-1", "web-2"]],
    ["mon,thu 17:30 Europe/Berlin @web", undefined, "mon,thu 17:30 Europe/Berlin", ["@web"]],
    ["every 4 hours @web", undefined, "every 4 hours", ["@web"]],
    ["nonsense web-1", undefined, "nonsense", ["web-1"]],
  ])("%s", (words, channel, when, on) => {
    expect(add(words)).toEqual({ kind: "add", ...(channel === undefined ? {} : { channel }), when, on });
  });

  test("without a time or hosts an example is shown", () => {
    for (const bad of ["", "#ops", "#ops @web", "@web", "daily 09:00"])
      expect(add(bad)).toMatchObject({ kind: "bad", text: expect.stringContaining("schedule add #ops") });
  });
});

describe("in the terminal", () => {
  let dir: string;
  beforeEach(async () => {
    await begin();
    dir = mkdtempSync(join(tmpdir(), "fiveohtwo-channel-"));
    writeFileSync(join(dir, "bot.token"), `${ws.botToken}\n`, { mode: 0o600 });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  function cli(slack: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const config = `state: state\nsshConfig: false\n${slack}hosts:\n  web-1: { hostName: 127.0.0.1, port: 1, groups: [web] }\n`;
    writeFileSync(join(dir, "502.yml"), config);
    const bin = join(import.meta.dirname, "../../bin/502.js");
    const { DATABASE_URL: _url, SLACK_BOT_TOKEN: _token, FIVEOHTWO_CONFIG: _config, ...env } = process.env;
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [bin, ...args],
        { cwd: dir, env: { ...env, HOME: dir } },
        (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });
  }

  test("names are looked up with the bot's token; what is not there is said with what is like it", async () => {
    const slack = `slack: { botToken: "file:bot.token", apiUrl: "${ws.apiUrl}" }\n`;
    const add = ["weekdays 09:00 Europe/Berlin", "@web"];
    const good = await cli(slack, "schedule", "add", "#ops", ...add);
    expect(good).toMatchObject({ code: 0, err: "" });
    expect(good.out).toContain("to C0OPS00001");
    expect((await cli(slack, "schedule", "add", "ops", ...add)).out).toContain("to C0OPS00001");
    const bad = await cli(slack, "schedule", "add", "#opps", ...add);
    expect(bad).toMatchObject({ code: 64, out: "" });
    expect(bad.err).toContain("Did you mean #ops?");
  }, 60_000);

  test("without a token, or without Slack, it says so and takes an id", async () => {
    const add = ["weekdays 09:00", "@web"];
    const noToken = await cli(`slack: { apiUrl: "${ws.apiUrl}" }\n`, "schedule", "add", "#ops", ...add);
    expect(noToken.err).toMatch(/SLACK_BOT_TOKEN is not set.*or write the channel's id/);
    expect((await cli("", "schedule", "add", "#ops", ...add)).err).toContain("No Slack is configured");
    expect(await cli("", "schedule", "add", "C0OPS00001", ...add)).toMatchObject({ code: 0 });
  }, 60_000);
});
