import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace } from "../../src/playground/workspace/start.ts";
import { startBolt } from "../playground/bolt-app.ts";
import type { BoltApp } from "../playground/bolt-app.ts";
import { startChromium } from "./chromium.ts";
import type { Browser } from "./chromium.ts";
import { sampleBot } from "./sample-bot.ts";

let workspace: Workspace;
let bolt: BoltApp;
let browser: Browser;
let page: Page;
const complaints: string[] = [];
const shots = process.env["FIVEOHTWO_SHOTS"];

/** Keeps a picture where FIVEOHTWO_SHOTS says, for a person to look at. */
async function shot(name: string): Promise<void> {
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

async function open(query: string): Promise<void> {
  await page.goto(`${workspace.url}?${query}`);
  await page.waitForSelector("body[data-live]");
}

/** The name of the field that has the focus. The page's own language is not this program's: hence text. */
const focused = (): Promise<unknown> => page.evaluate("document.activeElement.getAttribute('name')");

beforeAll(async () => {
  workspace = await startWorkspace();
  bolt = await startBolt(workspace, sampleBot);
  browser = await startChromium();
  page = browser.page;
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
});

beforeEach(() => {
  complaints.length = 0;
});

afterAll(async () => {
  await browser?.close();
  await bolt?.stop();
  await workspace?.close();
});

test("command, verdict, thread, modal with a field error, approval, all in the page", async () => {
  await open("user=ada&channel=ops");
  await page.keyboard.type("/502 shop-1");
  await page.keyboard.press("Enter");
  await page.getByText("the application is stopped").first().waitFor();
  await page.getByRole("link", { name: /2 replies/ }).waitFor();
  expect(await page.locator(".sk-lib b").count()).toBe(0);
  await shot("verdict");

  await page.getByRole("link", { name: /2 replies/ }).click();
  await page.waitForSelector("body[data-live]");
  const thread = page.getByRole("complementary", { name: "Thread" });
  await thread.getByText("Everything that was looked at").waitFor();
  await thread.getByText("ActiveState=inactive").first().waitFor();
  await shot("thread");

  await page.locator("#messages").getByRole("button", { name: "Start shop.service" }).click();
  const dialog = page.getByRole("dialog", { name: "Start shop.service" });
  await dialog.waitFor();
  expect(await focused()).toBe("reason/text");
  await page.keyboard.press("Enter");
  await dialog.getByText("Please complete this required field.").waitFor();
  await dialog.getByLabel("Reason").fill("short");
  await dialog.getByLabel("After the backup").check();
  await dialog.getByRole("button", { name: "Approve" }).click();
  await dialog.getByText("Say it in eight characters or more.").waitFor();
  expect(await dialog.getByLabel("Reason").inputValue()).toBe("short");
  expect(await dialog.getByLabel("After the backup").isChecked()).toBe(true);
  await shot("modal");

  await dialog.getByLabel("Reason").fill("sales are waiting");
  await page.keyboard.press("Enter");
  await page.locator("#messages").getByText("sales are waiting").waitFor();
  await dialog.waitFor({ state: "detached" });
  expect(await page.getByRole("button", { name: "Start shop.service" }).count()).toBe(0);
  await shot("fixed");
  expect(complaints).toEqual([]);
});

test("Tab stays in the modal, Escape closes it and gives the focus back", async () => {
  await open("user=lin&channel=general");
  await page.keyboard.type("/502 shop-1");
  await page.keyboard.press("Enter");
  const button = page.getByRole("button", { name: "Start shop.service" });
  await button.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.closest('[role=dialog]') !== null")).toBe(true);
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(workspace.view("lin")).toBeUndefined();
  await page.waitForFunction("document.activeElement.textContent.includes('Start shop.service')");
});

test("a danger button asks first; what only one user may see, only that user sees", async () => {
  await open("user=lin&channel=general");
  await page.getByRole("button", { name: "Reboot" }).click();
  await page.getByText("All sites of shop-1 go down.").waitFor();
  await shot("confirm");
  await page.getByRole("button", { name: "No" }).click();
  await page.getByRole("button", { name: "Reboot" }).click();
  await page.locator("dialog").getByRole("button", { name: "Reboot" }).click();
  await page.locator("#messages").getByText("Reboot needs a second approver.").waitFor();
  await page.getByText("Only visible to you").waitFor();
  await page.locator("#who").selectOption("ada");
  await page.waitForURL(/user=ada/);
  await page.waitForSelector("body[data-live]");
  await page.getByText("the application is stopped").first().waitFor();
  expect(await page.getByText("Reboot needs a second approver.").count()).toBe(0);
});

test("a misspelt host gets a private answer, and a guest sees only the channels of a guest", async () => {
  await open("user=ada&channel=ops");
  await page.keyboard.type("/502 shpo-1");
  await page.keyboard.press("Enter");
  await page.locator("#messages").getByText("Did you mean").waitFor();
  await shot("misspelt");
  await open("user=gus&channel=general");
  expect(
    await page.getByRole("navigation", { name: "Channels" }).getByRole("link").allTextContents(),
  ).toEqual(["#ops", "🤖fiveohtwo"]);
  expect(page.url()).toContain("gus");
  expect(await page.getByRole("heading", { level: 1 }).first().textContent()).toBe("# ops");
});

test("App Home is asked for and shown", async () => {
  await open("user=sam&home=home");
  await page.getByText("stopped since 12:01").waitFor();
  await page.getByRole("button", { name: "Check again" }).waitFor();
  expect(workspace.home("sam")?.payload["type"]).toBe("home");
  await shot("home");
});

test("suggestions by keyboard: slash, arrow, Tab, and people behind @", async () => {
  await open("user=sam&channel=general");
  await page.keyboard.type("/5");
  await page.getByRole("listbox").getByText("/502").waitFor();
  await page.keyboard.press("Tab");
  expect(await page.locator("#composer").inputValue()).toBe("/502 ");
  await page.locator("#composer").fill("");
  await page.keyboard.type("hello @li");
  await page.getByRole("listbox").getByText("Lin Moreau").waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.type("and @oncall");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await page.locator(".slack_user", { hasText: "lin" }).waitFor();
  expect(workspace.messages("general").at(-1)?.text).toBe(
    "hello <@U0LIN00002> and <!subteam^S0ONCALL01|@oncall>",
  );
});

test("dark by toggle and by preference, narrow without sideways scrolling", async () => {
  await open("user=ada&channel=general");
  const background = (): Promise<unknown> => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const light = await background();
  await page.getByRole("button", { name: "Dark or light" }).click();
  expect(await background()).not.toBe(light);
  await shot("dark");
  await page.evaluate("localStorage.clear()");
  await page.emulateMedia({ colorScheme: "light" });
  await open("user=ada&channel=general");
  expect(await background()).toBe(light);
  await page.setViewportSize({ width: 400, height: 800 });
  await page.getByRole("button", { name: "Channels" }).click();
  await page.getByRole("link", { name: /general/ }).waitFor();
  await shot("narrow-menu");
  await page.getByRole("button", { name: "Channels" }).click();
  await shot("narrow");
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(400);
  await page.setViewportSize({ width: 1280, height: 860 });
});

test("an archived channel takes no messages", async () => {
  await open("user=ada&channel=old-incidents");
  await page.getByText("You are viewing an archived channel.").waitFor();
  expect(await page.locator("textarea").count()).toBe(0);
});
