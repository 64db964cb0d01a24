// Payloads are judged by the simulated workspace itself, not by Slack's types.
/* oxlint-disable typescript/no-unsafe-type-assertion */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { App, SlackViewAction, ViewResponseAction } from "@slack/bolt";
import type { Json } from "../../src/playground/workspace/json.ts";
import { at } from "../../src/playground/workspace/json.ts";
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

const plain = (text: string) => ({ type: "plain_text" as const, text });
const option = (value: string) => ({ text: plain(value.toUpperCase()), value });
const input = (id: string, element: object, extra: object = {}) => ({
  type: "input" as const,
  block_id: id,
  label: plain(id),
  element: { action_id: "v", ...element },
  ...extra,
});

function modal(title: string, blocks: object[], extra: object = {}) {
  return {
    type: "modal" as const,
    callback_id: "form",
    title: plain(title),
    submit: plain("OK"),
    blocks: blocks as never,
    ...extra,
  };
}

const FORM = modal("Form", [
  input("host", { type: "plain_text_input", initial_value: "web-1", max_length: 10 }),
  input("count", { type: "number_input", is_decimal_allowed: false, min_value: "1", max_value: "5" }),
  input("mail", { type: "email_text_input" }, { optional: true }),
  input("risk", {
    type: "static_select",
    options: [option("safe"), option("disruptive")],
    initial_option: option("safe"),
  }),
  input(
    "flags",
    { type: "checkboxes", options: [option("a"), option("b"), option("c")] },
    { optional: true },
  ),
  input("who", { type: "users_select" }),
  input("when", { type: "datetimepicker", initial_date_time: 1_790_000_000 }),
  input("day", { type: "datepicker" }, { optional: true }),
  input(
    "groups",
    { type: "multi_static_select", options: [option("web"), option("db")], max_selected_items: 1 },
    { optional: true },
  ),
]);

/** Opens the form by command; `answer` says what its submission is acked with. */
async function open(
  answer: (body: SlackViewAction, app: App) => ViewResponseAction | undefined,
): Promise<void> {
  bolt = await startBolt(workspace, (app) => {
    app.command("/502", async ({ ack, command, client }) => {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: FORM as never });
    });
    app.view("form", async ({ ack, body }) => {
      const response = answer(body, app);
      await (response === undefined ? ack() : ack(response));
    });
  });
  await workspace.postCommand("ada", "ops", "/502 a");
  await workspace.waitForView("ada");
}

const GOOD = { count: "2", who: "U0LIN00002" };
const inputs = (more: Record<string, string | string[]> = {}) =>
  Object.fromEntries(Object.entries({ ...GOOD, ...more }).map(([id, value]) => [`${id}/v`, value]));

test("every kind of entry arrives in the shape Slack gives it, initial values among them", async () => {
  let values: unknown;
  await open((body) => {
    values = body.view.state.values;
    return undefined;
  });
  const entered = inputs({
    mail: "a@b.test",
    flags: ["a", "c"],
    when: "1790000060",
    groups: ["db"],
    day: "2026-11-20",
  });
  expect(await workspace.submitView("ada", entered)).toEqual({ outcome: "closed", errors: {} });
  expect(values).toMatchObject({
    host: { v: { type: "plain_text_input", value: "web-1" } },
    count: { v: { type: "number_input", value: "2" } },
    mail: { v: { type: "email_text_input", value: "a@b.test" } },
    risk: { v: { type: "static_select", selected_option: { value: "safe" } } },
    flags: { v: { type: "checkboxes", selected_options: [{ value: "a" }, { value: "c" }] } },
    who: { v: { type: "users_select", selected_user: "U0LIN00002" } },
    when: { v: { type: "datetimepicker", selected_date_time: 1_790_000_060 } },
    day: { v: { type: "datepicker", selected_date: "2026-11-20" } },
    groups: { v: { type: "multi_static_select", selected_options: [{ value: "db" }] } },
  });
});

test("what Slack's client refuses never reaches the app", async () => {
  let asked = 0;
  await open(() => {
    asked += 1;
    return undefined;
  });
  const bad = inputs({ host: "x".repeat(11), count: "9", mail: "nobody", who: "", groups: ["web", "db"] });
  expect((await workspace.submitView("ada", bad)).errors).toEqual({
    host: "Must be at most 10 characters.",
    count: "Must be 5 or less.",
    mail: "Please enter a valid email address.",
    who: "Please complete this required field.",
    groups: "Choose at most 1.",
  });
  expect(asked).toBe(0);
  expect(await workspace.submitView("ada", inputs({ host: "web-1", mail: "", groups: [] }))).toMatchObject({
    outcome: "closed",
  });
  expect(asked).toBe(1);
});

test("push, then update, then clear; entries survive an update where ids stay", async () => {
  const answers: ViewResponseAction[] = [
    {
      response_action: "push",
      view: modal("Second", [input("more", { type: "plain_text_input" })]) as never,
    },
    {
      response_action: "update",
      view: modal("Third", [input("more", { type: "plain_text_input" })]) as never,
    },
    { response_action: "clear" },
  ];
  await open(() => answers.shift());
  expect((await workspace.submitView("ada", inputs())).outcome).toBe("pushed");
  const second = workspace.view("ada");
  expect(second?.payload["title"]).toEqual(plain("Second"));
  expect(second?.previousId).toBe(second?.rootId);
  expect((await workspace.submitView("ada", { "more/v": "kept" })).outcome).toBe("updated");
  expect(workspace.view("ada")?.id).toBe(second?.id);
  expect(at(workspace.view("ada")?.values, "more", "v", "value")).toBe("kept");
  expect((await workspace.submitView("ada", {})).outcome).toBe("cleared");
  expect(workspace.view("ada")).toBeUndefined();
});

test.each<[string, ViewResponseAction]>([
  ["errors for a block that does not exist", { response_action: "errors", errors: { nowhere: "no" } }],
  ["a view Slack would refuse", { response_action: "update", view: modal("x".repeat(25), []) as never }],
])("%s: the user is told to try again, the modal stays", async (_what, response) => {
  await open(() => response);
  expect(await workspace.submitView("ada", inputs())).toMatchObject({
    outcome: "trouble",
    trouble: "We had some trouble connecting. Try again?",
  });
  expect(workspace.view("ada")).toBeDefined();
});

test("a hash that is out of date is refused, the current one is taken", async () => {
  await open(() => undefined);
  const view = workspace.view("ada");
  const update = (hash: string): Promise<unknown> | undefined =>
    bolt?.app.client.views.update({ view_id: view?.id ?? "", hash, view: modal("New", []) as never });
  const old = view?.hash ?? "";
  await update(old);
  await expect(update(old)).rejects.toMatchObject({ data: { error: "hash_conflict" } });
  expect(workspace.view("ada")?.payload["title"]).toEqual(plain("New"));
});

test("an external select asks the app, and its choice is submitted as the app gave it", async () => {
  let submitted: unknown;
  bolt = await startBolt(workspace, (app) => {
    app.command("/502", async ({ ack, command, client }) => {
      await ack();
      const blocks = [input("host", { type: "external_select", min_query_length: 1 })];
      await client.views.open({ trigger_id: command.trigger_id, view: modal("Hosts", blocks) as never });
    });
    app.options("v", async ({ ack, options }) => {
      await ack({ options: [option(`${options.value}-1`), option(`${options.value}-2`)] });
    });
    app.view("form", async ({ ack, view }) => {
      await ack();
      submitted = view.state.values;
    });
  });
  await workspace.postCommand("ada", "ops", "/502 a");
  const view = await workspace.waitForView("ada");
  const response = await fetch(`${workspace.url}_page/act/suggest`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      user: "ada",
      place: { viewId: view.id },
      blockId: "host",
      actionId: "v",
      value: "web",
    }),
  });
  const offered = (await response.json()) as Json;
  expect(at(offered, "answer", "options")).toEqual([option("web-1"), option("web-2")]);
  await workspace.submitView("ada", { "host/v": JSON.stringify(option("web-2")) });
  expect(submitted).toMatchObject({ host: { v: { selected_option: option("web-2") } } });
});
