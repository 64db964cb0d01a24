import { afterEach, beforeEach, expect, test } from "vitest";
import { Grants } from "../../src/playground/workspace/state/grants.ts";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace } from "../../src/playground/workspace/start.ts";
import { startBolt } from "./bolt-app.ts";
import type { BoltApp } from "./bolt-app.ts";

test("a trigger works once, and for three seconds", () => {
  let now = 1_000;
  const grants = new Grants(() => now);
  const [first, second] = [grants.trigger("U1", "C1"), grants.trigger("U1", "C1")];
  expect(grants.redeemTrigger(first)).toMatchObject({ ok: true, value: { user: "U1", channel: "C1" } });
  expect(grants.redeemTrigger(first)).toEqual({ ok: false, error: "exchanged_trigger_id" });
  now += 3_000;
  expect(grants.redeemTrigger(second).ok).toBe(true);
  const third = grants.trigger("U1", undefined);
  now += 3_001;
  expect(grants.redeemTrigger(third)).toEqual({ ok: false, error: "expired_trigger_id" });
  expect(grants.redeemTrigger("made up")).toEqual({ ok: false, error: "invalid_trigger_id" });
});

test("a response_url works five times within thirty minutes", () => {
  let now = 0;
  const grants = new Grants(() => now);
  const id = grants.responseUrl({ channel: "C1", user: "U1" });
  for (let uses = 0; uses < 5; uses += 1) expect(grants.redeemUrl(id).ok).toBe(true);
  expect(grants.redeemUrl(id)).toEqual({ ok: false, error: "used_url" });
  const other = grants.responseUrl({ channel: "C1", user: "U1" });
  now += 30 * 60_000 + 1;
  expect(grants.redeemUrl(other)).toEqual({ ok: false, error: "expired_url" });
});

let workspace: Workspace;
let bolt: BoltApp | undefined;

beforeEach(async () => {
  workspace = await startWorkspace();
});

afterEach(async () => {
  await bolt?.stop();
  bolt = undefined;
  await workspace.close();
});

test("respond(): replaces and deletes the original, answers the sixth use with 404", async () => {
  const refused: unknown[] = [];
  bolt = await startBolt(workspace, (app) => {
    app.command("/502", async ({ ack, respond }) => {
      await ack();
      const element = {
        type: "button" as const,
        action_id: "go",
        text: { type: "plain_text" as const, text: "Go" },
      };
      await respond({
        response_type: "in_channel",
        text: "0",
        blocks: [{ type: "actions", elements: [element] }],
      });
    });
    app.action("go", async ({ ack, respond }) => {
      await ack();
      for (const text of ["1", "2", "3", "4"]) await respond({ replace_original: true, text });
      await respond({ delete_original: true });
      await respond({ text: "one too many" }).catch((error: unknown) => refused.push(error));
    });
  });
  await workspace.postCommand("ada", "ops", "/502 shop-1");
  const message = await workspace.waitForMessage("ops", (each) => each.text === "0");
  await workspace.click("ada", message, "go");
  await expect.poll(() => refused.length).toBe(1);
  expect(workspace.messages("ops")).toEqual([]);
  expect(workspace.ephemeral("ada", "ops")).toEqual([]);
});
