import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import type { InteractionContext } from "../workspace/interactions/context.ts";
import type { WorkspaceState } from "../workspace/state/state.ts";
import { act } from "./acts.ts";
import { liveStream } from "./live.ts";
import { renderPage } from "./shell.ts";
import type { Looking } from "./view-context.ts";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const STATIC = join(import.meta.dirname, "static");

/** Files the page is made of: ours, and the style sheet of the Block Kit library. */
function assets(): Record<string, { type: string; text: string }> {
  const css = "text/css; charset=utf-8";
  const js = "text/javascript; charset=utf-8";
  const library = fileURLToPath(import.meta.resolve("slack-blocks-to-jsx/dist/style.css"));
  const ours = readdirSync(STATIC).map((name) => {
    const text = readFileSync(join(STATIC, name), "utf8");
    return [name, { type: name.endsWith(".css") ? css : js, text }];
  });
  return {
    ...Object.fromEntries(ours),
    "blocks.css": { type: css, text: readFileSync(library, "utf8") },
  };
}

/** What a page's address asks for; what it does not name, or what the user may not see, takes a default. */
function lookingAt(state: WorkspaceState, query: Record<string, string>): Looking {
  const [first] = state.people.users.values();
  const user = state.people.find(query["user"] ?? "") ?? first;
  if (user === undefined || user.isBot) throw new Error("the simulated workspace has no people");
  const mine = state.channels.all().filter((channel) => channel.members.has(user.id));
  const asked = state.channels.find(query["channel"] ?? "");
  const home = query["home"] === "home" || query["home"] === "messages" ? query["home"] : undefined;
  const im = state.channels.im(user.id);
  const fallback = mine.find((channel) => channel.kind !== "im") ?? mine[0];
  const seen = asked !== undefined && asked.members.has(user.id) ? asked : fallback;
  const channel = home === undefined ? seen : (im ?? seen);
  if (channel === undefined) throw new Error(`${user.name} is in no channel`);
  const thread = query["thread"];
  return {
    user,
    channel: channel.id,
    ...(thread === undefined || thread === "" ? {} : { thread }),
    ...(home === undefined ? {} : { home }),
  };
}

/** The page at /, its live stream, its files, and what it can do. */
export function pageRoutes(ctx: InteractionContext): Hono {
  const { state } = ctx;
  const app = new Hono();
  const files = assets();
  app.use(async (c, next) => {
    await next();
    c.header("content-security-policy", c.res.headers.get("content-security-policy") ?? POLICY);
    c.header("x-content-type-options", "nosniff");
    c.header("referrer-policy", "same-origin");
  });
  app.get("/", (c) => c.html(renderPage({ state, looking: lookingAt(state, c.req.query()) })));
  app.get("/_page/live", (c) => liveStream(state, lookingAt(state, c.req.query()), c.req.raw.signal));
  app.get("/_page/:file", (c) => {
    const file = files[c.req.param("file")];
    if (file === undefined) return c.text("no such file", 404);
    return c.body(file.text, 200, { "content-type": file.type, "cache-control": "no-cache" });
  });
  app.post("/_page/act/:name", async (c) => {
    // A form of another site cannot send this type, so it cannot act here even without an Origin header.
    if (c.req.header("content-type") !== "application/json") return c.text("JSON only", 415);
    try {
      return c.json({ ok: true, answer: await act(ctx, c.req.param("name"), await c.req.json()) });
    } catch (error) {
      return c.json({ ok: false, why: error instanceof Error ? error.message : "unknown" }, 400);
    }
  });
  return app;
}
