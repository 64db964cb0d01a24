import { createServer } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sendMail, sendWebhook } from "../../src/http/outlet.ts";
import { criticalText, tellOutlet } from "../../src/workflows/second-outlet.ts";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aDiagnosis, aMessage } from "../support/nouns.ts";
import { makePlace, type OpenedStore, type Place } from "../support/place.ts";

let now = 1_000_000;
const clock = { now: () => now, wait: async () => undefined };
let place: Place;
let store: OpenedStore;
beforeEach(async () => {
  now = 1_000_000;
  place = await makePlace("SQLite");
  store = await place.open({ clock });
});
afterEach(() => place.end());

const cause = {
  id: "upstream-stopped",
  grade: "proven",
  title: "stopped",
  severity: "critical",
  vhosts: [],
  target: null,
  evidence: [],
  ruledOut: [],
  fixes: [],
  consequences: [],
  advice: [],
};
const run = (change: object): string =>
  JSON.stringify({
    kind: "run",
    runId: "run-1",
    host: "web-1",
    actor: "U0000FAKE1",
    state: "done",
    diagnosis: {
      ...aDiagnosis("run-1"),
      verdict: "cause-found",
      headline: "shop is down.",
      causes: [{ ...cause, ...change }],
    },
  });
const put = (id: string, body: string): Promise<void> =>
  store.transaction((tx) => tx.putOutbox(aMessage(id, { body, createdAt: now })));

test("criticals that Slack has kept waiting for two minutes go out once, put off or not", async () => {
  const sent: string[] = [];
  const world = { store, clock, send: async (text: string) => void sent.push(text) };
  await put("msg-1", run({}));
  await put("msg-2", run({ severity: "warning" }));
  await store.outboxFailed("msg-1", "no answer", now + 600_000);
  expect(await tellOutlet(world)).toBe(0);
  now += 121_000;
  expect(await tellOutlet(world)).toBe(1);
  expect(await tellOutlet(world)).toBe(0);
  expect(sent).toEqual(["502 now (Slack cannot be reached): web-1: shop is down."]);
});

test("a critical that reached nobody in Slack goes out at once, once; one for whoever asked counts as its own", async () => {
  const sent: string[] = [];
  const world = { store, clock, send: async (text: string) => void sent.push(text) };
  await put("msg-1", run({}));
  const end = { state: "lost", error: "not_in_channel", at: now } as const;
  await store.transaction((tx) => tx.endOutbox("msg-1", end));
  expect(await tellOutlet(world)).toBe(1);
  expect(await tellOutlet(world)).toBe(0);
  expect(sent).toEqual([
    "502 now (C0000FAKE1 in Slack does not take it: not_in_channel): web-1: shop is down.",
  ]);
  await put("msg-2", JSON.stringify({ kind: "told", body: JSON.parse(run({})), place: "C1", why: "" }));
  now += 121_000;
  expect(await tellOutlet(world)).toBe(1);
});

test("what could not be sent is tried again", async () => {
  await put("msg-1", run({}));
  now += 121_000;
  const broken = { store, clock, send: async () => Promise.reject(new Error("down")) };
  await expect(tellOutlet(broken)).rejects.toThrow("down");
  expect(await tellOutlet({ ...broken, send: async () => undefined })).toBe(1);
});

test("groups name their failing hosts; progress and nonsense say nothing", () => {
  const line = (host: string, severity: string): object => ({
    host,
    verdict: "cause-found",
    cause: { id: "upstream-stopped", severity },
  });
  const report = { title: "@web", summary: { lines: [line("web-1", "critical"), line("web-2", "warning")] } };
  expect(criticalText(JSON.stringify({ kind: "group", report, done: 2 }))).toBe(
    "@web: web-1 (upstream-stopped)",
  );
  expect(criticalText(JSON.stringify({ kind: "group", report: { title: "@web" }, done: 0 }))).toBeUndefined();
  expect(criticalText(JSON.stringify({ kind: "report", report }))).toBe("@web: web-1 (upstream-stopped)");
  expect(criticalText("{")).toBeUndefined();
});

test("a watched site that fails is critical, its return is not", () => {
  const note = {
    kind: "note",
    title: "shop.example.test answers 502",
    text: "3 requests failed.",
    lines: [],
  };
  expect(criticalText(JSON.stringify({ ...note, mood: "failing" }))).toBe(
    "shop.example.test answers 502: 3 requests failed.",
  );
  expect(criticalText(JSON.stringify({ ...note, mood: "healthy" }))).toBeUndefined();
});

test("a long queue of what is not critical hides nothing", async () => {
  const plain = JSON.stringify({ kind: "note", mood: "healthy", title: "well", text: "", lines: [] });
  await store.transaction(async (tx) => {
    for (let n = 0; n < 600; n += 1)
      await tx.putOutbox(aMessage(`msg-${n}`, { key: `k-${n}`, body: plain, createdAt: now }));
  });
  now += 1000;
  await put("msg-last", run({}));
  now += 121_000;
  const sent: string[] = [];
  expect(await tellOutlet({ store, clock, send: async (text) => void sent.push(text) })).toBe(1);
  expect(sent[0]).toContain("shop is down.");
});

test("the webhook gets the text as JSON; its refusal is an error without its address", async () => {
  const bodies: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/hook-secret`;
  await sendWebhook(url, "down");
  expect(bodies).toEqual(['{"text":"down"}']);
  status = 500;
  const refused = await sendWebhook(url, "down").catch((error: unknown) => String(error));
  expect(refused).toContain("500");
  expect(refused).not.toContain("hook-secret");
  await new Promise((resolve) => server.close(resolve));
});

test("a mail goes through sendmail, its subject on one line", async () => {
  const dir = mkdtempSync(join(tmpdir(), "fiveohtwo-mail-"));
  const program = join(dir, "sendmail");
  writeFileSync(program, `#!/bin/sh\ncat > ${join(dir, "mail")}\n`);
  chmodSync(program, 0o755);
  await sendMail("ops@example.test", "web-1 is down\nBcc: somebody@example.test", program);
  expect(readFileSync(join(dir, "mail"), "utf8").split("\n").slice(0, 4)).toEqual([
    "To: ops@example.test",
    "Subject: web-1 is down Bcc: somebody@example.test",
    "Content-Type: text/plain; charset=utf-8",
    "",
  ]);
  await expect(sendMail("ops@example.test", "x", join(dir, "none"))).rejects.toThrow("could not be sent");
  rmSync(dir, { recursive: true });
});
