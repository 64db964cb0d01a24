import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { App } from "@slack/bolt";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace } from "../../src/playground/workspace/start.ts";
import { startBolt } from "../playground/bolt-app.ts";
import type { BoltApp } from "../playground/bolt-app.ts";
import { startChromium } from "./chromium.ts";
import type { Browser } from "./chromium.ts";

let workspace: Workspace;
let bolt: BoltApp;
let browser: Browser;
let page: Page;
const heard: { actions: unknown[]; values: unknown[]; shortcuts: string[] } = {
  actions: [],
  values: [],
  shortcuts: [],
};

const plain = (text: string) => ({ type: "plain_text", text });
const option = (value: string) => ({ text: plain(value.toUpperCase()), value });
const field = (id: string, element: object, extra: object = {}) => ({
  type: "input",
  block_id: id,
  label: plain(id),
  element: { action_id: "v", ...element },
  ...extra,
});

const FORM = {
  type: "modal",
  callback_id: "form",
  title: plain("Schedule a report"),
  submit: plain("Save"),
  blocks: [
    field("host", { type: "external_select", min_query_length: 1, placeholder: plain("Type a host") }),
    field("group", { type: "static_select", options: [option("web"), option("db")] }),
    field(
      "cron",
      { type: "plain_text_input", initial_value: "weekdays 09:00" },
      { dispatch_action: true, hint: plain("Plain words or cron.") },
    ),
    field("flags", { type: "checkboxes", options: [option("quiet"), option("chart")] }),
    field("risk", { type: "radio_buttons", options: [option("safe"), option("disruptive")] }),
    field("when", { type: "datetimepicker" }),
    field("day", { type: "datepicker" }),
    field("at", { type: "timepicker" }),
    field("owner", { type: "users_select" }),
    field("note", { type: "plain_text_input", multiline: true }, { optional: true }),
    field("teams", { type: "multi_static_select", options: [option("a"), option("b"), option("c")] }),
  ],
};

const RICH = [
  {
    type: "section",
    text: { type: "mrkdwn", text: "*Ten hosts*, worst first" },
    accessory: { type: "overflow", action_id: "menu", options: [option("mute"), option("open")] },
  },
  {
    type: "table",
    column_settings: [{}, { align: "right" }],
    rows: [
      [
        { type: "raw_text", text: "Host" },
        { type: "raw_text", text: "502s" },
      ],
      [
        { type: "raw_text", text: "shop-1" },
        { type: "raw_text", text: "412" },
      ],
      [
        { type: "raw_text", text: "shop-2" },
        { type: "raw_text", text: "0" },
      ],
    ],
  },
  {
    type: "data_visualization",
    title: "502s over time",
    chart: {
      type: "line",
      series: [
        {
          name: "shop-1",
          data: [
            { label: "12:00", value: 1 },
            { label: "12:01", value: 40 },
            { label: "12:02", value: 38 },
          ],
        },
      ],
      axis_config: { categories: ["12:00", "12:01", "12:02"], y_label: "502s" },
    },
  },
  {
    type: "markdown",
    text: "### Why\n- `shop.service` was **stopped**\n- see the [runbook](https://e.test/runbook)",
  },
  {
    type: "actions",
    block_id: "row",
    elements: [
      {
        type: "static_select",
        action_id: "pick",
        placeholder: plain("Playbook"),
        options: [option("nginx"), option("disk")],
      },
      { type: "datepicker", action_id: "since" },
      { type: "button", action_id: "go", text: plain("Run") },
    ],
  },
];

function wire(app: App): void {
  app.command("/502", async ({ ack, command, client }) => {
    await ack();
    if (command.text === "form")
      await client.apiCall("views.open", { trigger_id: command.trigger_id, view: FORM });
    else
      await client.apiCall("chat.postMessage", { channel: command.channel_id, text: "report", blocks: RICH });
  });
  app.options("v", async ({ ack, options }) => {
    await ack({
      options: ["web-1", "web-2", "db-1"]
        .filter((host) => host.startsWith(options.value))
        .map((host) => ({ text: { type: "plain_text", text: host }, value: host })),
    });
  });
  app.action(/.*/, async ({ ack, action, body }) => {
    await ack();
    heard.actions.push({ action, state: body.type === "block_actions" ? body.state?.values : undefined });
  });
  app.view("form", async ({ ack, view }) => {
    await ack();
    heard.values.push(view.state.values);
  });
  app.shortcut(/.*/, async ({ ack, shortcut }) => {
    await ack();
    heard.shortcuts.push(`${shortcut.type} ${shortcut.callback_id}`);
  });
}

async function shot(name: string): Promise<void> {
  const shots = process.env["FIVEOHTWO_SHOTS"];
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

async function command(text: string): Promise<void> {
  await page.goto(`${workspace.url}?user=ada&channel=ops`);
  await page.waitForSelector("body[data-live]");
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

beforeAll(async () => {
  workspace = await startWorkspace();
  bolt = await startBolt(workspace, wire);
  browser = await startChromium(1280, 1000);
  page = browser.page;
  page.setDefaultTimeout(8_000);
});

afterAll(async () => {
  await browser?.close();
  await bolt?.stop();
  await workspace?.close();
});

test("every input of a form, filled in by hand, arrives as Slack sends it", async () => {
  await command("/502 form");
  const form = page.getByRole("dialog", { name: "Schedule a report" });
  const search = form.getByLabel("host", { exact: true });
  await search.fill("web");
  await page.waitForSelector("datalist option", { state: "attached" });
  await search.fill("web-2");
  await form.getByLabel("group").selectOption("db");
  await form.getByLabel("cron").fill("daily 08:00");
  await form.getByLabel("cron").press("Enter");
  await form.getByLabel("QUIET").check();
  await form.getByLabel("DISRUPTIVE").check();
  await form.getByLabel("when").fill("2026-11-20T09:30");
  await form.getByLabel("day").fill("2026-11-21");
  await form.locator("input[name='at/v']").fill("08:15");
  await form.getByLabel("owner").selectOption("U0LIN00002");
  await form.getByLabel("B", { exact: true }).check();
  await shot("form");
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });
  const unix = await page.evaluate("Math.floor(new Date('2026-11-20T09:30').getTime() / 1000)");
  expect(heard.values).toMatchObject([
    {
      host: { v: { selected_option: { value: "web-2" } } },
      group: { v: { selected_option: { value: "db" } } },
      cron: { v: { value: "daily 08:00" } },
      flags: { v: { selected_options: [{ value: "quiet" }] } },
      risk: { v: { selected_option: { value: "disruptive" } } },
      when: { v: { selected_date_time: unix } },
      day: { v: { selected_date: "2026-11-21" } },
      at: { v: { selected_time: "08:15" } },
      owner: { v: { selected_user: "U0LIN00002" } },
      teams: { v: { selected_options: [{ value: "b" }] } },
    },
  ]);
  expect(heard.actions).toMatchObject([
    { action: { type: "plain_text_input", action_id: "v", block_id: "cron", value: "daily 08:00" } },
  ]);
});

test("tables, charts and markdown are drawn; menus and pickers in a message send what was chosen", async () => {
  heard.actions.length = 0;
  await command("/502 report");
  const messages = page.locator("#messages");
  await messages.getByText("shop-2").waitFor();
  await messages.getByRole("link", { name: "runbook" }).waitFor();
  await messages.getByText("502s over time").first().waitFor();
  // One after the other, as a person does: each has been sent before the next.
  const sent = async (count: number): Promise<void> =>
    await expect.poll(() => heard.actions.length, { timeout: 10_000 }).toBe(count);
  await messages.getByLabel("Playbook").selectOption("disk");
  await sent(1);
  await messages.locator("input[type=date]").fill("2026-11-19");
  await sent(2);
  await messages.locator("summary[aria-label='More options']").click();
  await shot("report");
  await messages.getByRole("menuitem", { name: "MUTE" }).click();
  await sent(3);
  await messages.getByRole("button", { name: "Run" }).click();
  await sent(4);
  expect(heard.actions).toMatchObject([
    { action: { type: "static_select", action_id: "pick", selected_option: { value: "disk" } } },
    { action: { type: "datepicker", selected_date: "2026-11-19" } },
    { action: { type: "overflow", selected_option: { value: "mute" } } },
    {
      action: { type: "button", action_id: "go" },
      state: {
        row: { pick: { selected_option: { value: "disk" } }, since: { selected_date: "2026-11-19" } },
      },
    },
  ]);
});

test("shortcuts: of a message from its menu, global ones from the lightning", async () => {
  await page.goto(`${workspace.url}?user=ada&channel=ops`);
  await page.waitForSelector("body[data-live]");
  await page.locator(".sk-message").first().hover();
  await page.locator(".sk-message").first().locator("summary[aria-label='More actions']").click();
  await page.getByRole("menuitem", { name: "Diagnose this" }).click();
  await page.locator("summary[aria-label='Shortcuts']").click();
  await page.getByRole("menuitem", { name: "Diagnose a host" }).click();
  await expect
    .poll(() => heard.shortcuts, { timeout: 10_000 })
    .toEqual(["message_action diagnose_this", "shortcut new_run"]);
});
