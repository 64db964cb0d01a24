import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Demo, startDemo } from "../../src/playground/demo.ts";
import { playOnce } from "../../src/playground/once.ts";
import { messageText } from "../../src/playground/thread-text.ts";

let demo: Demo;
/** A temporary folder of its own: another demo on this machine leaves nothing in it. */
const own = mkdtempSync(join(tmpdir(), "fiveohtwo-own-"));
const { TMPDIR } = process.env;

beforeAll(async () => {
  process.env["TMPDIR"] = own;
  demo = await startDemo();
});
afterAll(async () => {
  await demo.stop();
  if (TMPDIR === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = TMPDIR;
  const left = readdirSync(own).filter((n) => n.startsWith("fiveohtwo-demo-"));
  rmSync(own, { recursive: true, force: true });
  if (left.length > 0) throw new Error("the demo left its folder behind");
});

test.each([
  ["api-1", "502 now", "Proven: pm2-app-stopped", true],
  ["blog-1", "502 now", "Proven: socket-missing-service-down", true],
  ["cart-1", "502 now", "Proven: port-taken-by-other-process", false],
  ["docs-1", "Healthy", "no 502 now", false],
])("/502 %s says what was recorded: %s, %s", async (host, mood, cause, fixable) => {
  await demo.workspace.postCommand("lin", "general", `/502 ${host}`);
  const verdict = await demo.workspace.waitForMessage(
    "general",
    (m) => m.text.startsWith(`${mood} on ${host}`),
    20_000,
  );
  const text = messageText(verdict, (id) => id);
  expect(text).toContain(cause);
  expect(JSON.stringify(verdict.blocks).includes('"fix:')).toBe(fixable);
});

test("shop-1: command, verdict, plan, approval, and the site answers 200, over real SSH, bot and state", async () => {
  const said: string[] = [];
  expect(await playOnce(demo, "shop-1", (text) => said.push(text))).toBe(true);
  const all = said.join("\n");
  for (const part of [
    "upstream-stopped",
    "sudo systemctl start -- shop-api.service",
    "Fixed: Start shop-api.service",
    "answers 200 (before: 502)",
    "10 of 10 ok",
  ]) {
    expect(all).toContain(part);
  }
}, 60_000);

test("rooms-1: a dangerous fix wants the host's name of two people, and ends what holds the port", async () => {
  const said: string[] = [];
  expect(await playOnce(demo, "rooms-1", (text) => said.push(text))).toBe(true);
  const all = said.join("\n");
  for (const part of [
    "port-held-by-orphan",
    "(dangerous)",
    "ada types rooms-1 and approves",
    "1 of 2 approvals",
    "lin types rooms-1 and approves",
    "Fixed: End the old process",
  ]) {
    expect(all).toContain(part);
  }
}, 60_000);

test("who is not on call sees the plan of no fix", async () => {
  await demo.workspace.postCommand("sam", "general", "/502 api-1");
  const verdict = await demo.workspace.waitForMessage(
    "general",
    (m) => m.text.startsWith("502 now on api-1") && JSON.stringify(m.blocks).includes("U0SAM00003"),
    20_000,
  );
  const fix = /"(fix:[^"]+)"/.exec(JSON.stringify(verdict.blocks))?.[1] ?? "";
  await demo.workspace.click("sam", verdict, fix);
  const view = await demo.workspace.waitForView(
    "sam",
    (v) => !JSON.stringify(v.payload).includes("One moment"),
  );
  expect(JSON.stringify(view.payload)).toContain("no rule of the policy allows");
});

test("health is served on loopback", async () => {
  const ready = await fetch(`http://${demo.bot.address}/readyz`);
  expect(demo.bot.address).toMatch(/^127\.0\.0\.1:/);
  expect(await ready.json()).toEqual({ ready: true, troubles: [] });
});
