import { request } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { record } from "../../src/playground/workspace/json.ts";
import { addMessage } from "../../src/playground/workspace/messaging.ts";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace } from "../../src/playground/workspace/start.ts";

let workspace: Workspace;

beforeEach(async () => {
  workspace = await startWorkspace();
});

afterEach(async () => {
  await workspace.close();
});

/** A request with headers that fetch would not let one set. */
function ask(path: string, headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(workspace.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end();
  });
}

const html = async (query: string): Promise<string> => (await fetch(`${workspace.url}?${query}`)).text();

test("only this machine's own name, and only this very page", async () => {
  const { host, port } = new URL(workspace.url);
  expect(await ask("/", { host })).toBe(200);
  expect(await ask("/", { host: `localhost:${port}` })).toBe(200);
  expect(await ask("/", { host: "rebound.example" })).toBe(403);
  expect(await ask("/", { host: `127.0.0.1.example:${port}` })).toBe(403);
  expect(await ask("/api/auth.test", { host: "rebound.example" })).toBe(403);
  expect(await ask("/", { host, origin: "https://evil.example" })).toBe(403);
  expect(await ask("/", { host, origin: "null" })).toBe(403);
  expect(await ask("/", { host, origin: `http://${host}` })).toBe(200);
});

test("the page runs no script but its own, and is in nobody's frame", async () => {
  const policy = (await fetch(workspace.url)).headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect((await fetch(workspace.url)).headers.get("access-control-allow-origin")).toBeNull();
});

test("acting takes JSON only, so that no form of another site can", async () => {
  const body = JSON.stringify({ user: "ada", channel: "ops", text: "hello" });
  const send = (type: string): Promise<Response> =>
    fetch(`${workspace.url}_page/act/say`, { method: "POST", headers: { "content-type": type }, body });
  expect((await send("text/plain")).status).toBe(415);
  expect(workspace.messages("ops")).toEqual([]);
  expect((await send("application/json")).status).toBe(200);
  expect(workspace.messages("ops").map((message) => message.text)).toEqual(["hello"]);
});

test.each([
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "<https://e.test|<b>x</b>>",
  "`<i>`",
  "</script><script>alert(1)</script>",
  "<javascript:alert(1)|press me>",
  "<!date^1790000000^{date}^javascript:alert(1)|then>",
])("what a message holds is text, never markup: %s", async (text) => {
  const { state } = workspace;
  const channel = "C0OPS00001";
  const rich = {
    type: "rich_text",
    elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text }] }],
  };
  const button = { type: "button", action_id: text, value: text, text: { type: "plain_text", text } };
  const blocks = [
    rich,
    { type: "header", text: { type: "plain_text", text } },
    { type: "actions", elements: [button] },
  ];
  addMessage(state, { channel, user: state.app.botUser, text });
  addMessage(state, { channel, user: state.app.botUser, text, blocks });
  const page = await html("user=ada&channel=ops");
  for (const tag of ["<script>alert", "<img src=x", "<b>x", "<i>", 'href="javascript:'])
    expect(page).not.toContain(tag);
});

test("what was escaped calls nobody and links nowhere; what is markup does", async () => {
  const { state } = workspace;
  const drawn = async (text: string): Promise<string> => {
    const blocks = [{ type: "context", elements: [{ type: "mrkdwn", text }] }];
    addMessage(state, { channel: "C0OPS00001", user: state.app.botUser, text: "x", blocks });
    const page = await html("user=ada&channel=ops");
    return page.slice(page.lastIndexOf('data-block="context"')).split("sk-toolbar")[0] ?? "";
  };
  const escaped = await drawn(
    "&lt;!channel&gt; &lt;@U0ADA00001&gt; &lt;https://evil.test|click&gt; &amp;lt;",
  );
  expect(escaped).not.toContain('href="https://evil.test');
  expect(escaped.replaceAll("\u2060", "")).toContain("&lt;!channel&gt;");
  expect(escaped.replaceAll("\u2060", "")).toContain("&amp;lt;");
  const marked = await drawn("<!channel> <@U0ADA00001> <https://good.test|click>");
  expect(marked).toContain('href="https://good.test');
  expect(marked).toContain("@ada");
});

test("a private message is drawn for its reader alone, a private channel for its members", async () => {
  const { state } = workspace;
  addMessage(state, {
    channel: "C0OPS00001",
    user: state.app.botUser,
    text: "for lin alone",
    ephemeralFor: "U0LIN00002",
  });
  addMessage(state, { channel: "G0SECRET01", user: "U0SAM00003", text: "a secret plan" });
  expect(await html("user=lin&channel=ops")).toContain("for lin alone");
  expect(await html("user=ada&channel=ops")).not.toContain("for lin alone");
  expect(await html("user=sam&channel=security-private")).toContain("a secret plan");
  expect(await html("user=ada&channel=security-private")).not.toContain("a secret plan");
});

test("the stream sends each part once, and again when it changes", async () => {
  const stop = new AbortController();
  const response = await fetch(`${workspace.url}_page/live?user=ada&channel=ops`, { signal: stop.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  const until = async (text: string): Promise<void> => {
    while (!heard.includes(text)) heard += (await reader?.read())?.value ?? "";
  };
  await until("event: modal");
  heard = "";
  workspace.say("lin", "ops", "fresh news");
  await until("fresh news");
  expect(heard.match(/^event: .*$/gm)).toEqual(["event: messages"]);
  stop.abort();
});

test("files are text or pictures in the page, everything else a download", async () => {
  const data = Buffer.from("<script>alert(1)</script>");
  const base = {
    title: "t",
    altText: "",
    snippetType: "",
    user: "U0BOT00502",
    created: 0,
    declaredLength: 1,
    completed: true,
  };
  for (const name of ["page.html", "note.txt"])
    workspace.state.files.add({ ...base, id: name, name, data, uploadKey: name });
  const page = await fetch(`${workspace.url}files/page.html`);
  expect(page.headers.get("content-type")).toBe("application/octet-stream");
  expect(page.headers.get("content-disposition")).toContain("attachment");
  const note = await fetch(`${workspace.url}files/note.txt`);
  expect(note.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(note.headers.get("content-security-policy")).toContain("sandbox");
});

/** What the page's script gets for an act of its user. */
async function act(name: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify({ user: "ada", ...body }) };
  const response = await fetch(`${workspace.url}_page/act/${name}`, init);
  return record(await response.json())["answer"];
}

test("nobody connected, or no ack in time: two sentences, each with what to do next", async () => {
  expect(await act("shortcut", { callbackId: "new_run", channel: "ops" })).toEqual({
    end: "unreachable",
    said: "The app could not be reached. Nothing was started: try again in a few seconds. If that fails too, see whether the bot is running.",
  });
  await workspace.close();
  workspace = await startWorkspace({ ackTimeoutMs: 100 });
  const headers = { authorization: `Bearer ${workspace.appToken}` };
  const opened = await fetch(`${workspace.apiUrl}apps.connections.open`, { method: "POST", headers });
  const mute = new WebSocket(String(record(await opened.json())["url"]));
  await workspace.waitForConnections(1);
  expect(await act("shortcut", { callbackId: "new_run", channel: "ops" })).toEqual({
    end: "timeout",
    said: "The app did not respond in time. It may still be at work: wait for its answer before you try again.",
  });
  mute.close();
});

test("a command in a thread is refused there, as in Slack, and what became of any command is said in place", async () => {
  const parent = workspace.say("ada", "ops", "shop is down");
  expect(await act("say", { channel: "ops", text: "/502 shop-1", thread: parent.ts })).toEqual({});
  expect(workspace.thread("ops", parent.ts)).toHaveLength(1);
  expect(await html(`user=ada&channel=ops&thread=${parent.ts}`)).toContain(
    "is not supported in threads. Sorry!",
  );
  expect(await act("say", { channel: "ops", text: "/503 shop-1" })).toEqual({});
  expect(workspace.ephemeral("ada", "ops").map((each) => each.text)).toEqual([
    "`/502` is not supported in threads. Sorry! Type it in the channel.",
    "`/503` is not a valid command. Type `/` for a list.",
  ]);
});
