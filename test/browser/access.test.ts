import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace } from "../../src/playground/workspace/start.ts";
import { startBolt } from "../playground/bolt-app.ts";
import type { BoltApp } from "../playground/bolt-app.ts";
import { startChromium } from "./chromium.ts";
import type { Browser } from "./chromium.ts";
import { FAINT } from "./contrast.ts";
import { sampleBot } from "./sample-bot.ts";

/** The page for who has no mouse, no good eyes, a small screen, or a bot that does not answer. */
let workspace: Workspace;
let bolt: BoltApp;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  workspace = await startWorkspace();
  bolt = await startBolt(workspace, sampleBot);
  browser = await startChromium();
  page = browser.page;
});

beforeEach(() => page.setViewportSize({ width: 1280, height: 860 }));

afterAll(async () => {
  await browser?.close();
  await bolt?.stop();
  await workspace?.close();
});

async function open(query: string): Promise<void> {
  await page.goto(`${workspace.url}?${query}`);
  await page.waitForSelector("body[data-live]");
}

/** What has the focus, as one would call it. */
const focused = (): Promise<unknown> =>
  page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()");

/** The verdict in #ops, and the page on it. */
async function verdict(): Promise<void> {
  await workspace.postCommand("ada", "ops", "/502 shop-1");
  await open("user=ada&channel=ops");
  await page.getByText("the application is stopped").last().waitFor();
}

test("by keyboard alone: to a message by arrows, into its menu and back", async () => {
  workspace.say("sam", "ops", "502 on shop-1, says the alert");
  await open("user=ada&channel=ops");
  await page.getByRole("list", { name: "Messages in # ops" }).focus();
  await page.keyboard.press("ArrowUp");
  expect(await focused()).toContain("502 on shop-1, says the alert");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("More actions");
  await page.keyboard.press("Enter");
  await page.waitForFunction("document.activeElement.textContent === 'Diagnose this'");
  await page.keyboard.press("Escape");
  expect(await focused()).toBe("More actions");
  expect(await page.getByRole("menuitem", { name: "Diagnose this" }).isVisible()).toBe(false);
});

test("the focus comes back to the button though its message was drawn anew meanwhile", async () => {
  await verdict();
  await page.getByRole("button", { name: "Start shop.service" }).last().press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  const [message] = workspace.messages("ops").slice(-1);
  if (message === undefined) throw new Error("no verdict");
  workspace.say("lin", "ops", "I look into it", message.ts);
  await page.getByRole("link", { name: /3 replies/ }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await expect.poll(focused).toContain("Start shop.service");
});

test("what is new is said once; what is not read yet stands in the list of channels", async () => {
  await open("user=ada&channel=general");
  workspace.say("sam", "general", "anybody there?");
  const heard = page.locator("#heard").getByText("anybody there?");
  await heard.waitFor({ state: "attached" });
  expect(await heard.count()).toBe(1);
  const random = page.getByRole("link", { name: /^random/ });
  workspace.say("sam", "random", "lunch?");
  workspace.say("sam", "random", "lunch!");
  await page.getByRole("link", { name: "random, 2 unread" }).waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: "Channels, something unread" }).click();
  await random.click();
  await page.getByText("lunch!").first().waitFor();
  await open("user=ada&channel=general");
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole("link", { name: "random", exact: true }).waitFor();
});

test("the list of channels of a narrow page closes by Escape, and gives the focus back", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open("user=ada&channel=general");
  const menu = page.locator("#menu");
  await menu.press("Enter");
  expect(await page.evaluate("document.activeElement.closest('.sk-sidebar') !== null")).toBe(true);
  await page.keyboard.press("Escape");
  expect(await menu.getAttribute("aria-expanded")).toBe("false");
  expect(await page.evaluate("document.activeElement.id")).toBe("menu");
});

test("half a sentence is still there after a look elsewhere", async () => {
  await open("user=lin&channel=general");
  await page.keyboard.type("the shop is");
  await open("user=lin&channel=ops");
  expect(await page.locator("#composer").inputValue()).toBe("");
  await open("user=lin&channel=general");
  expect(await page.locator("#composer").inputValue()).toBe("the shop is");
  await page.keyboard.press("Enter");
  await open("user=lin&channel=general");
  expect(await page.locator("#composer").inputValue()).toBe("");
});

test.each(["light", "dark"] as const)("%s: every text stands out from what is behind it", async (theme) => {
  await page.emulateMedia({ colorScheme: theme });
  await verdict();
  await page.locator("#composer").fill("/5");
  await page.getByRole("listbox").getByText("/502").waitFor();
  const looks: unknown[] = [await page.evaluate(FAINT)];
  await page.locator("#composer").fill("");
  await page.getByRole("button", { name: "Start shop.service" }).last().click();
  await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await page.getByText("Please complete this required field.").waitFor();
  looks.push(await page.evaluate(FAINT));
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await open("user=ada&home=home");
  await page.getByText("stopped since 12:01").waitFor();
  looks.push(await page.evaluate(FAINT));
  for (const look of looks) expect(look).toMatchObject({ faint: [] });
  expect(looks[0]).toMatchObject({ looked: expect.toSatisfy((count) => Number(count) > 30) });
});

test.each([
  [390, "a phone"],
  [320, "four times as large"],
  [640, "twice as large"],
])("nothing goes beyond %d px, %s", async (width) => {
  await page.setViewportSize({ width, height: 800 });
  await verdict();
  const beyond = `[...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && each.closest(".sk-scroll, pre, .sk-unseen") === null)
    .map((each) => each.tagName + "." + each.className)`;
  expect(await page.evaluate(beyond)).toEqual([]);
  await page.getByRole("button", { name: "Start shop.service" }).last().click();
  await page.getByRole("dialog").waitFor();
  expect(await page.evaluate(beyond)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("a form opens at its beginning: what will run is read before the reason is asked for", async () => {
  await page.setViewportSize({ width: 640, height: 250 });
  await verdict();
  await page.getByRole("button", { name: "Start shop.service" }).last().press("Enter");
  await page.getByRole("dialog").waitFor();
  expect(await page.evaluate("document.querySelector('.sk-modal-body').scrollTop")).toBe(0);
  expect(await page.evaluate("document.activeElement.className")).toBe("sk-modal-body");
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.name")).toBe("reason/text");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("a bot that is gone: the press and the command each say so, and what to do", async () => {
  await verdict();
  await bolt.stop();
  await page.getByRole("button", { name: "Start shop.service" }).last().click();
  await page.getByRole("status").getByText("The app could not be reached. Nothing was started").waitFor();
  await page.locator("#composer").fill("/502 shop-1");
  await page.keyboard.press("Enter");
  const said = page.locator("#messages").getByText("/502 failed because the app could not be reached");
  await said.waitFor();
  expect(await said.textContent()).toContain("(dispatch_failed). Nothing was started: try again");
});
