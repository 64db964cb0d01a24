// chat.postMessage is Slack's method, not a window's:
/* oxlint-disable unicorn/require-post-message-target-origin */
import { WebClient } from "@slack/web-api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Faults } from "../../src/playground/workspace/faults/plan.ts";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace } from "../../src/playground/workspace/start.ts";
import { startBolt } from "./bolt-app.ts";
import type { BoltApp } from "./bolt-app.ts";

let workspace: Workspace;
let bolt: BoltApp | undefined;
const OPS = "C0OPS00001";

beforeEach(async () => {
  workspace = await startWorkspace();
});

afterEach(async () => {
  await bolt?.stop();
  bolt = undefined;
  await workspace.close();
});

function client(retries = 0, timeout = 2_000): WebClient {
  return new WebClient(workspace.botToken, {
    slackApiUrl: workspace.apiUrl,
    timeout,
    retryConfig: { retries, minTimeout: 1, maxTimeout: 5 },
  });
}

test("the same seed gives the same weather, another seed another one", () => {
  const weather = (seed: number): string[] => {
    const faults = new Faults();
    faults.set({
      seed,
      rules: [
        { fault: "hang", methods: ["chat.*"], rate: 0.3 },
        { fault: "error", error: "fatal_error", rate: 0.3 },
      ],
    });
    return Array.from({ length: 40 }, () => faults.forCall("chat.postMessage")?.fault ?? "none");
  };
  expect(weather(1)).toEqual(weather(1));
  expect(weather(1)).not.toEqual(weather(2));
  expect(new Set(weather(1))).toEqual(new Set(["hang", "error", "none"]));
});

test("a rule strikes after so many occasions, so many times, and only where it says", () => {
  const faults = new Faults();
  faults.set({ rules: [{ fault: "hang", methods: ["chat.update", "views.*"], after: 1, times: 2 }] });
  const struck = ["chat.update", "chat.postMessage", "views.open", "chat.update", "views.update"].map(
    (method) => faults.forCall(method)?.fault,
  );
  expect(struck).toEqual([undefined, undefined, "hang", "hang", undefined]);
  expect(faults.counts()).toEqual({ hang: 2 });
});

test("a lost reply: performed, never answered, so Slack's own client posts twice", async () => {
  workspace.faults.set({ rules: [{ fault: "lost-reply", methods: ["chat.postMessage"], times: 1 }] });
  const answer = await client(1).chat.postMessage({ channel: OPS, text: "once?" });
  expect(answer.ok).toBe(true);
  expect(workspace.messages("ops").map((message) => message.text)).toEqual(["once?", "once?"]);
});

test("429: with Retry-After the client waits and succeeds; without it, it gives up", async () => {
  workspace.faults.set({ rules: [{ fault: "ratelimited", times: 1, retryAfterSeconds: 0 }] });
  expect((await client(1).chat.postMessage({ channel: OPS, text: "a" })).ok).toBe(true);
  workspace.faults.set({ rules: [{ fault: "ratelimited", times: 1, withoutHeader: true }] });
  await expect(client(1).chat.postMessage({ channel: OPS, text: "b" })).rejects.toThrow(/[Rr]etry/);
  expect(workspace.messages("ops").map((message) => message.text)).toEqual(["a"]);
});

test("a hang is not performed and ends only by the client's own time-out", async () => {
  workspace.faults.set({ rules: [{ fault: "hang", times: 1 }] });
  await expect(client(0, 150).chat.postMessage({ channel: OPS, text: "a" })).rejects.toThrow();
  expect(workspace.messages("ops")).toEqual([]);
});

test("server errors and refusals with any code", async () => {
  workspace.faults.set({
    rules: [
      { fault: "server-error", status: 502, times: 1 },
      { fault: "error", error: "fatal_error", times: 1 },
    ],
  });
  await expect(client().auth.test()).rejects.toMatchObject({ statusCode: 502 });
  await expect(client().auth.test()).rejects.toMatchObject({ data: { error: "fatal_error" } });
  expect((await client().auth.test()).ok).toBe(true);
});

test("slow answers arrive, late", async () => {
  workspace.faults.set({ rules: [{ fault: "slow", delayMs: 120, times: 1 }] });
  const started = performance.now();
  expect((await client().auth.test()).ok).toBe(true);
  expect(performance.now() - started).toBeGreaterThan(110);
});

test("redelivery and a dropped connection: the app sees the command again, with the same trigger", async () => {
  const seen: string[] = [];
  bolt = await startBolt(
    workspace,
    (app) => {
      app.command("/502", async ({ ack, command }) => {
        await ack();
        seen.push(command.trigger_id);
      });
    },
    2,
    500,
  );
  workspace.faults.set({ rules: [{ fault: "redeliver", types: ["slash_commands"], times: 1 }] });
  expect((await workspace.postCommand("ada", "ops", "/502 a")).end).toBe("acked");
  await expect.poll(() => seen.length).toBe(2);
  expect(new Set(seen).size).toBe(1);

  const back = bolt.receivers.map((each) => new Promise((resolve) => each.client.once("connected", resolve)));
  workspace.faults.set({ rules: [{ fault: "drop-connection", types: ["slash_commands"], times: 1 }] });
  expect((await workspace.postCommand("ada", "ops", "/502 b")).end).toBe("acked");
  await Promise.any(back);
  expect(workspace.faults.counts()).toEqual({ redeliver: 1, "drop-connection": 1 });
});

test("reorder: the second command overtakes the first", async () => {
  const seen: string[] = [];
  bolt = await startBolt(workspace, (app) => {
    app.command("/502", async ({ ack, command }) => {
      await ack();
      seen.push(command.text);
    });
  });
  workspace.faults.set({ rules: [{ fault: "reorder", types: ["slash_commands"], times: 1, holdMs: 2_000 }] });
  await Promise.all([
    workspace.postCommand("ada", "ops", "/502 first"),
    workspace.postCommand("ada", "ops", "/502 second"),
  ]);
  expect(seen).toEqual(["second", "first"]);
});

test("an expired trigger: views.open is refused", async () => {
  const refused: unknown[] = [];
  bolt = await startBolt(workspace, (app) => {
    app.command("/502", async ({ ack, command, client: web }) => {
      await ack();
      const view = { type: "modal" as const, title: { type: "plain_text" as const, text: "a" }, blocks: [] };
      await web.views
        .open({ trigger_id: command.trigger_id, view })
        .catch((error: unknown) => refused.push(error));
    });
  });
  workspace.faults.set({ rules: [{ fault: "expired-trigger", times: 1 }] });
  await workspace.postCommand("ada", "ops", "/502 a");
  await expect.poll(() => refused).toMatchObject([{ data: { error: "expired_trigger_id" } }]);
});

test("the plan can be set over HTTP, and a wrong one is refused with the field", async () => {
  const set = (plan: unknown): Promise<Response> =>
    fetch(`${workspace.url}_sim/faults`, { method: "POST", body: JSON.stringify(plan) });
  expect((await set({ rules: [{ fault: "hang", times: 1 }] })).status).toBe(200);
  await expect(client(0, 100).auth.test()).rejects.toThrow();
  expect(await (await fetch(`${workspace.url}_sim/faults`)).json()).toEqual({ struck: { hang: 1 } });
  const refused = await set({ rules: [{ fault: "hang", rate: 2 }] });
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain("rules[0].rate");
});
