import { gunzipSync } from "node:zlib";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Demo, startDemo } from "../../src/playground/demo.ts";
import { type Browser, startChromium } from "./chromium.ts";

/** The demo's forms and files as a person uses them, and an approval that nobody decides. */
let demo: Demo;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  // Approvals end after six seconds here.
  demo = await startDemo({ fixes: { approvalMinutes: 0.1 } });
  browser = await startChromium(1_180, 1_000);
  page = browser.page;
  page.setDefaultTimeout(30_000);
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

async function shot(name: string): Promise<void> {
  const shots = process.env["FIVEOHTWO_SHOTS"];
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `demo-${name}.png`) });
}

async function open(query: string): Promise<void> {
  await page.goto(`${demo.workspace.url}?user=ada&${query}`);
  await page.waitForSelector("body[data-live]");
}

async function type(text: string): Promise<void> {
  await page
    .getByLabel(/^Message /)
    .first()
    .fill(text);
  await page.keyboard.press("Enter");
}

/** The newest message of the channel that says something. */
function message(text: string): Locator {
  return page.locator("#messages .sk-message").filter({ hasText: text }).last();
}

async function thread(root: Locator): Promise<Locator> {
  const [ts, channel] = [await root.getAttribute("data-ts"), await root.getAttribute("data-channel")];
  await open(`channel=${channel}&thread=${ts}`);
  return page.getByRole("complementary", { name: "Thread" });
}

/** Types into a searched field and takes what it offers under that name. */
async function choose(field: Locator, typed: string, name: string): Promise<void> {
  await field.fill(typed);
  const offered = field.locator("xpath=..").locator(`datalist option[value='${name}']`);
  await offered.waitFor({ state: "attached" });
  await field.fill(name);
}

test("the shortcut Diagnose a host: hosts are searched, a mistake stands at its field, the verdict in the channel", async () => {
  await open("channel=general");
  await page.locator("summary[aria-label='Shortcuts']").click();
  await page.getByRole("menuitem", { name: "Diagnose a host" }).click();
  const form = page.getByRole("dialog", { name: "Diagnose a host" });
  const host = form.getByLabel("Host", { exact: true });
  // It offers hosts before anything is typed.
  await form.locator("datalist option[value='docs-1']").waitFor({ state: "attached" });
  await form.getByRole("button", { name: "Diagnose" }).click();
  await form.getByText("Please complete this required field.").waitFor();
  await host.fill("zebra");
  await form.getByText("No results").waitFor();
  await choose(host, "sho", "shop-1");
  await form.getByLabel(/^Site or URL/).fill("two words");
  await form.getByRole("button", { name: "Diagnose" }).click();
  await form.getByText("Write a site as nginx names it").waitFor();
  await shot("new-run-error");
  await form.getByLabel(/^Site or URL/).fill("");
  expect(await form.getByLabel("Channel").inputValue()).toBe("C0GENERAL1");
  await form.getByRole("button", { name: "Diagnose" }).click();
  await form.waitFor({ state: "detached" });
  await message("502 now").getByText("upstream-stopped").first().waitFor();
});

test("show everything: the bundle is a file in the thread, and it opens", async () => {
  await open("channel=general");
  await message("502 now").getByRole("button", { name: "Show everything" }).click();
  const pane = await thread(message("502 now"));
  const file = pane.getByRole("link", { name: /shop-1-run-.*\.json\.gz/ });
  await file.waitFor();
  await shot("evidence-file");
  const address = await file.getAttribute("href");
  const response = await fetch(new URL(address ?? "", demo.workspace.url));
  const bundle: unknown = JSON.parse(gunzipSync(Buffer.from(await response.arrayBuffer())).toString("utf8"));
  expect(bundle).toMatchObject({ schema: "502/bundle@1", host: "shop-1" });
});

test("an approval that nobody decides expires: its message says so, and the open plan does, too", async () => {
  await open("channel=ops");
  await type("/502 shop-1");
  const verdict = message("502 now");
  await verdict.getByRole("button", { name: /Start shop-api/ }).click();
  const plan = page.getByRole("dialog");
  await plan.getByRole("button", { name: "Approve and run" }).waitFor();
  const ops = (): string => JSON.stringify(demo.workspace.state.messages.all("C0OPS00001"));
  await expect.poll(ops, { timeout: 30_000 }).toContain("Expired: Start shop-api.service");
  await plan.getByRole("button", { name: "Approve and run" }).click();
  await plan.getByText("It expired").waitFor();
  await shot("expired-plan");
  await page.keyboard.press("Escape");
  const pane = await thread(verdict);
  await pane.getByText("Expired: Start shop-api.service").waitFor();
  expect(await pane.getByRole("button", { name: "Review and approve" }).count()).toBe(0);
  await pane.getByRole("button", { name: "Check again" }).last().waitFor();
  await shot("expired");
});

test("the schedule form: hosts of several, a mistake at its field, the next times, back, and kept", async () => {
  await open("channel=ops");
  await type("/502 schedule add");
  const form = page.getByRole("dialog", { name: "Schedule a report" });
  const targets = form.getByLabel("Hosts and groups");
  await choose(targets, "shop", "shop-1");
  await form.getByRole("checkbox", { name: "shop-1" }).waitFor();
  await choose(targets, "blog", "blog-1");
  await form.getByRole("checkbox", { name: "blog-1" }).waitFor();
  await form.getByRole("textbox", { name: "When" }).fill("whenever");
  await choose(form.getByLabel("Time zone"), "Toky", "Asia/Tokyo");
  await form.getByRole("button", { name: "Next" }).click();
  await form.getByText("says no time that can be read").waitFor();
  await shot("schedule-error");
  expect(await form.getByRole("checkbox", { name: "blog-1" }).isChecked()).toBe(true);
  await form.getByRole("textbox", { name: "When" }).fill("weekdays 09:00");
  await form.getByRole("button", { name: "Next" }).click();
  const confirm = page.getByRole("dialog").filter({ hasText: "The next times:" });
  await confirm.waitFor();
  expect(await confirm.getByText(/09:00 \(Asia\/Tokyo\)/).count()).toBe(3);
  await shot("schedule-confirm");
  await confirm.getByRole("button", { name: "Back" }).click();
  expect(await form.getByRole("textbox", { name: "When" }).inputValue()).toBe("weekdays 09:00");
  await form.getByRole("checkbox", { name: "blog-1" }).uncheck();
  await form.getByRole("button", { name: "Next" }).click();
  await confirm.getByRole("button", { name: "Schedule it" }).click();
  await confirm.waitFor({ state: "detached" });
  const said = message("Scheduled.");
  await said.getByText("Only visible to you").waitFor();
  expect(await said.textContent()).toContain("about shop-1, to");
  await open("home=home");
  await page.locator(".sk-home").getByText("Schedules (1)").waitFor();
  await shot("home-schedule");
});
