// chat.postMessage is Slack's method, not a window's:
/* oxlint-disable unicorn/require-post-message-target-origin */
import { afterEach, beforeEach, expect, test } from "vitest";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace } from "../../src/playground/workspace/start.ts";
import { startBolt } from "./bolt-app.ts";
import type { BoltApp } from "./bolt-app.ts";

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

const approveView = {
  type: "modal" as const,
  callback_id: "approve",
  private_metadata: "run-1",
  title: { type: "plain_text" as const, text: "Approve" },
  submit: { type: "plain_text" as const, text: "Approve" },
  close: { type: "plain_text" as const, text: "Cancel" },
  blocks: [
    {
      type: "input" as const,
      block_id: "reason",
      label: { type: "plain_text" as const, text: "Reason" },
      element: { type: "plain_text_input" as const, action_id: "text", min_length: 3 },
    },
  ],
};

test("command, ack, message, button, modal, submission, update", async () => {
  bolt = await startBolt(workspace, (app) => {
    app.command("/502", async ({ ack, command, client }) => {
      await ack({ text: `looking at ${command.text}` });
      await client.chat.postMessage({
        channel: command.channel_id,
        text: `Verdict for ${command.text}`,
        metadata: { event_type: "verdict", event_payload: { run: "run-1" } },
        blocks: [
          { type: "section", text: { type: "mrkdwn", text: "*stopped*" } },
          {
            type: "actions",
            block_id: "fixes",
            elements: [
              {
                type: "button",
                action_id: "fix",
                value: "run-1",
                style: "primary",
                text: { type: "plain_text", text: "Start" },
              },
            ],
          },
        ],
      });
    });
    app.action("fix", async ({ ack, body, client, respond }) => {
      await ack();
      if (body.type !== "block_actions") throw new Error(body.type);
      await client.views.open({ trigger_id: body.trigger_id, view: approveView });
      await respond({ text: "opened", response_type: "ephemeral", replace_original: false });
    });
    app.view("approve", async ({ ack, view, body, client }) => {
      const reason = view.state.values["reason"]?.["text"]?.value ?? "";
      if (reason === "because") {
        await ack({ response_action: "errors", errors: { reason: "Say why." } });
        return;
      }
      await ack();
      const [message] = workspace.messages("ops");
      if (message === undefined) throw new Error("no message");
      await client.chat.update({
        channel: message.channel,
        ts: message.ts,
        text: `approved by <@${body.user.id}>: ${reason}`,
        blocks: [],
      });
    });
  });

  const outcome = await workspace.postCommand("ada", "ops", "/502 shop-1");
  expect(outcome.end).toBe("acked");
  expect(workspace.ephemeral("ada", "ops").map((message) => message.text)).toEqual(["looking at shop-1"]);
  const verdict = await workspace.waitForMessage("ops", (message) => message.text === "Verdict for shop-1");

  await workspace.click("lin", verdict, "fix");
  const view = await workspace.waitForView("lin");
  expect(view.payload["private_metadata"]).toBe("run-1");
  await workspace.waitForMessage(
    "ops",
    (message) => message.text === "opened" && message.ephemeralFor === "U0LIN00002",
  );

  expect(await workspace.submitView("lin", {})).toMatchObject({
    outcome: "errors",
    errors: { reason: "Please complete this required field." },
  });
  expect(await workspace.submitView("lin", { "reason/text": "because" })).toMatchObject({
    outcome: "errors",
    errors: { reason: "Say why." },
  });
  expect(await workspace.submitView("lin", { "reason/text": "restart agreed" })).toMatchObject({
    outcome: "closed",
  });
  expect(workspace.view("lin")).toBeUndefined();
  const updated = await workspace.waitForMessage("ops", (message) => message.text.startsWith("approved"));
  expect(updated.ts).toBe(verdict.ts);
  expect(updated.text).toBe("approved by <@U0LIN00002>: restart agreed");
  expect(updated.blocks).toEqual([]);

  const history = await bolt.app.client.conversations.history({
    channel: "C0OPS00001",
    include_all_metadata: true,
  });
  expect(history.messages?.[0]?.metadata).toEqual({ event_type: "verdict", event_payload: { run: "run-1" } });
});
