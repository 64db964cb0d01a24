import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Demo, startDemo } from "../../src/playground/demo.ts";
import { type Browser, startChromium } from "./chromium.ts";

/** The demo's page as a person uses it: the real bot, real SSH to recorded hosts, and Chromium. */
let demo: Demo;
let browser: Browser;
let ada: Page;
let lin: Page;

beforeAll(async () => {
  const gone = { hostName: "127.0.0.1", port: await closedPort(), user: "ops" };
  const more = Array.from({ length: 20 }, (_, index) => [`gone-${String(index + 1)}`, gone]);
  demo = await startDemo({ more: Object.fromEntries(more) });
  browser = await startChromium(1_180, 900);
  ada = browser.page;
  lin = await browser.context.newPage();
  for (const page of [ada, lin]) page.setDefaultTimeout(30_000);
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

/** A port of 127.0.0.1 on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function shot(page: Page, name: string): Promise<void> {
  const shots = process.env["FIVEOHTWO_SHOTS"];
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `demo-${name}.png`) });
}

async function open(page: Page, user: string, query: string): Promise<void> {
  await page.goto(`${demo.workspace.url}?user=${user}&${query}`);
  await page.waitForSelector("body[data-live]");
}

async function type(page: Page, text: string): Promise<void> {
  await page
    .getByLabel(/^Message /)
    .first()
    .fill(text);
  await page.keyboard.press("Enter");
}

/** The newest message of a page's channel that says something. */
function message(page: Page, text: string): Locator {
  return page.locator("#messages .sk-message").filter({ hasText: text }).last();
}

/** Opens the thread of a message and gives its pane. */
async function thread(page: Page, user: string, root: Locator): Promise<Locator> {
  const ts = await root.getAttribute("data-ts");
  const channel = await root.getAttribute("data-channel");
  await open(page, user, `channel=${channel}&thread=${ts}`);
  return page.getByRole("complementary", { name: "Thread" });
}

test("/502 shop-1, the plan, two who approve at once, fixed once; the buttons are gone", async () => {
  await open(ada, "ada", "channel=ops");
  await type(ada, "/502 shop-1");
  const verdict = message(ada, "502 now");
  await verdict.getByText("upstream-stopped").first().waitFor();
  await shot(ada, "verdict");
  await verdict.getByRole("button", { name: /Start shop-api/ }).click();
  const plan = ada.getByRole("dialog");
  await plan.getByText("sudo systemctl start -- shop-api.service").first().waitFor();
  await plan.getByLabel("Reason").fill("the shop is down");
  await shot(ada, "plan");
  await open(lin, "lin", "channel=ops");
  await message(lin, "502 now")
    .getByRole("button", { name: /Start shop-api/ })
    .click();
  const second = lin.getByRole("dialog");
  await second.getByRole("button", { name: "Approve and run" }).waitFor();
  await plan.getByRole("button", { name: "Approve and run" }).click();
  await plan.waitFor({ state: "detached" });
  await second.getByRole("button", { name: "Approve and run" }).click();
  await second.getByText("approved it").waitFor();
  await shot(lin, "second-click");
  await lin.keyboard.press("Escape");
  await second.waitFor({ state: "detached" });
  await message(ada, "ended as fixed").waitFor();
  expect(
    await message(ada, "ended as fixed")
      .getByRole("button", { name: /Start shop-api/ })
      .count(),
  ).toBe(0);
  const pane = await thread(ada, "ada", message(ada, "ended as fixed"));
  await pane.getByText("Fixed: Start shop-api.service").first().waitFor();
  await pane.getByText("10 of 10 ok").waitFor();
  await shot(ada, "fixed");
  // The longest story: a fix, its ten checks and another diagnosis.
}, 180_000);

test("denied in the thread with a reason, which is asked for at the field", async () => {
  await open(ada, "ada", "channel=general");
  await type(ada, "/502 blog-1");
  const verdict = message(ada, "502 now");
  await verdict
    .getByRole("button", { name: /php8.2-fpm/ })
    .first()
    .click();
  await ada.getByRole("dialog").getByRole("button", { name: "Approve and run" }).waitFor();
  await ada.keyboard.press("Escape");
  await open(lin, "lin", "channel=general");
  const pane = await thread(lin, "lin", message(lin, "502 now"));
  await pane.getByRole("button", { name: "Deny" }).click();
  const dialog = lin.getByRole("dialog");
  await dialog.getByRole("button", { name: "Deny" }).click();
  await dialog.getByText("Please complete this required field.").waitFor();
  await dialog.getByLabel("Why not?").fill("a deploy is on");
  await shot(lin, "deny");
  await dialog.getByRole("button", { name: "Deny" }).click();
  await pane.getByText("a deploy is on").waitFor();
  expect(await pane.getByRole("button", { name: "Deny" }).count()).toBe(0);
  await shot(lin, "denied");
});

test("a misspelt host is answered in private; an unreachable one says so and offers no fix", async () => {
  await open(ada, "ada", "channel=ops");
  await type(ada, "/502 shpo-1");
  const answer = message(ada, "Only visible to you");
  await answer.getByText("shop-1").first().waitFor();
  await shot(ada, "misspelt");
  await type(ada, "/502 gone-1");
  const verdict = message(ada, "Unreachable");
  await verdict.getByRole("button", { name: "Check again" }).waitFor();
  expect(await verdict.getByRole("button").allTextContents()).not.toContainEqual(
    expect.stringMatching(/safe|disruptive/),
  );
  await shot(ada, "unreachable");
});

test("App Home shows the hosts that are not well first, and what was found lately", async () => {
  await open(ada, "ada", "home=home");
  const home = ada.locator(".sk-home");
  await home.getByText("gone-1: ").first().waitFor();
  await home.getByText("Latest runs").waitFor();
  const said = (await home.textContent()) ?? "";
  expect(said.indexOf("gone-1: Unreachable")).toBeGreaterThan(0);
  expect(said.indexOf("gone-1: Unreachable")).toBeLessThan(said.indexOf("api-1: never diagnosed"));
  expect(said).toMatch(/Latest runs.*shop-1, .* is stopped\./);
  await shot(ada, "home");
});

test("App Home by keyboard: the next page, the hosts whose name contains something, and what was found before", async () => {
  await open(ada, "ada", "home=home");
  const home = ada.locator(".sk-home");
  await home.getByRole("button", { name: "Next page" }).focus();
  await ada.keyboard.press("Enter");
  await home.getByText("Page 2 of 2").waitFor();
  const filter = home.getByLabel(/^Show hosts whose name contains/);
  await filter.fill("shop");
  await filter.press("Enter");
  await home.getByText("gone-7").first().waitFor({ state: "detached" });
  await home.getByText("shop-1: ").first().waitFor();
  expect(await home.textContent()).toMatch(/shop-1: [^,]+, 502 the time before/);
  expect(await filter.inputValue()).toBe("shop");
  // The Home was drawn anew around it.
  expect(await ada.evaluate("document.activeElement.tagName")).toBe("INPUT");
  await shot(ada, "home-filter");
});
