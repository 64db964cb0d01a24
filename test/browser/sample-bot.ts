import type { App } from "@slack/bolt";
import { record } from "../../src/playground/workspace/json.ts";

const plain = (text: string) => ({ type: "plain_text" as const, text });

/** A verdict the size and shape of the product's: headline, evidence in preformatted text, fix buttons. */
const VERDICT = [
  { type: "header", text: plain(":red_circle: shop-1: the application is stopped") },
  {
    type: "section",
    text: {
      type: "mrkdwn",
      text: "*shop.example.test* answers *502* now. `shop.service` was stopped by <@U0SAM00003> <!date^1790000000^{date_short_pretty} {time}|at 12:01>, and nothing listens on `127.0.0.1:3000`.",
    },
  },
  {
    type: "rich_text",
    elements: [
      {
        type: "rich_text_preformatted",
        elements: [
          {
            type: "text",
            text: "connect() failed (111: Connection refused) while connecting to upstream\n<b>not bold</b> & *not bold either*",
          },
        ],
      },
    ],
  },
  {
    type: "context",
    elements: [{ type: "mrkdwn", text: "proven · 41 checks in 0.9 s · ruled out: port-mismatch" }],
  },
  {
    type: "actions",
    block_id: "fixes",
    elements: [
      {
        type: "button",
        action_id: "fix",
        style: "primary",
        value: "run-1",
        text: plain(":wrench: Start shop.service"),
      },
      {
        type: "button",
        action_id: "reboot",
        style: "danger",
        value: "run-1",
        text: plain("Reboot"),
        confirm: {
          title: plain("Reboot?"),
          text: plain("All sites of shop-1 go down."),
          confirm: plain("Reboot"),
          deny: plain("No"),
          style: "danger",
        },
      },
      { type: "button", action_id: "more", value: "run-1", text: plain("Show everything") },
    ],
  },
];

const APPROVE = {
  type: "modal" as const,
  callback_id: "approve",
  title: plain("Start shop.service"),
  submit: plain("Approve"),
  close: plain("Cancel"),
  blocks: [
    {
      type: "section" as const,
      text: { type: "mrkdwn" as const, text: "On *shop-1*, exactly this will run:" },
    },
    {
      type: "rich_text" as const,
      elements: [
        {
          type: "rich_text_preformatted" as const,
          elements: [{ type: "text" as const, text: "sudo -n systemctl start shop.service" }],
          border: 0 as const,
        },
      ],
    },
    {
      type: "input" as const,
      block_id: "reason",
      label: plain("Reason"),
      hint: plain("Goes to the audit log."),
      element: { type: "plain_text_input" as const, action_id: "text", placeholder: plain("Why now?") },
    },
    {
      type: "input" as const,
      block_id: "window",
      optional: true,
      label: plain("When"),
      element: {
        type: "radio_buttons" as const,
        action_id: "when",
        options: [
          { text: plain("Now"), value: "now" },
          { text: plain("After the backup"), value: "later" },
        ],
      },
    },
  ],
};

const text = (value: string) => [{ type: "section", text: { type: "mrkdwn", text: value } }];

/** A bot that plays through what the page must be able to show. */
export function sampleBot(app: App): void {
  app.command("/502", async ({ ack, command, client }) => {
    await ack();
    const { channel_id: channel, user_id: user } = command;
    if (command.text !== "shop-1") {
      await client.chat.postEphemeral({
        channel,
        user,
        text: `No host *${command.text}*. Did you mean *shop-1*?`,
      });
      return;
    }
    const parent = { channel, text: "shop-1: the application is stopped", blocks: VERDICT };
    const posted = await client.apiCall("chat.postMessage", parent);
    const ts = String(record(posted)["ts"]);
    await client.reactions.add({ channel, timestamp: ts, name: "eyes" });
    await client.apiCall("chat.postMessage", {
      channel,
      thread_ts: ts,
      text: "systemctl show shop.service: ActiveState=inactive",
    });
    await client.filesUploadV2({
      channel_id: channel,
      thread_ts: ts,
      filename: "evidence.txt",
      title: "Everything that was looked at",
      content: "$ systemctl show shop.service\nActiveState=inactive\n".repeat(20),
    });
  });
  app.action("fix", async ({ ack, body, client }) => {
    await ack();
    if (body.type !== "block_actions") return;
    const view = {
      ...APPROVE,
      private_metadata: JSON.stringify({ channel: body.channel?.id, ts: body.message?.ts }),
    };
    await client.views.open({ trigger_id: body.trigger_id, view });
  });
  app.action("reboot", async ({ ack, respond }) => {
    await ack();
    await respond({
      text: "Reboot needs a second approver.",
      response_type: "ephemeral",
      replace_original: false,
    });
  });
  app.view("approve", async ({ ack, view, body, client }) => {
    const reason = view.state.values["reason"]?.["text"]?.value ?? "";
    if (reason.length < 8) {
      await ack({ response_action: "errors", errors: { reason: "Say it in eight characters or more." } });
      return;
    }
    await ack();
    const { channel, ts } = record(JSON.parse(view.private_metadata));
    const blocks = text(`:white_check_mark: Fixed by <@${body.user.id}>: ${reason}`);
    await client.apiCall("chat.update", { channel, ts, text: "shop-1: fixed", blocks });
  });
  app.event("app_home_opened", async ({ event, client }) => {
    const blocks = [
      { type: "header", text: plain("Hosts") },
      ...text("*shop-1* :red_circle: stopped since 12:01"),
      { type: "actions", elements: [{ type: "button", action_id: "again", text: plain("Check again") }] },
    ];
    await client.apiCall("views.publish", { user_id: event.user, view: { type: "home", blocks } });
  });
}
