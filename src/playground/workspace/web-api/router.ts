import { Hono } from "hono";
import { cut, never } from "../faults/cut.ts";
import type { Faults } from "../faults/plan.ts";
import type { Json } from "../json.ts";
import type { WorkspaceState } from "../state/state.ts";
import type { Token } from "../state/tokens.ts";
import { readArguments } from "./arguments.ts";
import type { Args } from "./arguments.ts";
import { chat } from "./chat.ts";
import { conversations } from "./conversations.ts";
import { ApiError } from "./errors.ts";
import { files } from "./files.ts";
import type { Method, Methods } from "./method.ts";
import { people } from "./people.ts";
import { RateLimits } from "./rate-limits.ts";
import { reactions } from "./reactions.ts";
import { views } from "./views.ts";

/** One call as it was answered, for tests and for the page's log. */
export interface CallRecord {
  method: string;
  ok: boolean;
  error?: string;
  at: number;
}

export interface WebApiOptions {
  state: WorkspaceState;
  faults: Faults;
  /** opens a Socket Mode ticket: the answer of apps.connections.open */
  openConnection: (debugReconnects: boolean) => Json;
  /** enforce Slack's tiers */
  rateLimits: boolean;
  onCall: (record: CallRecord) => void;
}

/** Never resolves: the caller's connection stays open until it gives up or the server closes. */

function authenticate(state: WorkspaceState, request: Request, args: Args, method: Method): Token {
  const header = request.headers.get("authorization") ?? "";
  const value = header.startsWith("Bearer ") ? header.slice(7) : args.str("token");
  if (value === "") throw new ApiError("not_authed");
  const token = state.tokens.find(value);
  if (token === undefined) throw new ApiError("invalid_auth");
  if (token.revoked) throw new ApiError("token_revoked");
  if (method.token !== "any" && method.token !== token.kind) throw new ApiError("not_allowed_token_type");
  if (method.scopes.length > 0 && !method.scopes.some((scope) => token.scopes.includes(scope))) {
    throw new ApiError("missing_scope", {
      needed: method.scopes.join(","),
      provided: token.scopes.join(",") || "none",
    });
  }
  return token;
}

function methodTable(options: WebApiOptions): Methods {
  const open: Method = {
    token: "app",
    scopes: ["connections:write"],
    tier: "special",
    run: ({ args }) => options.openConnection(args.flag("debug_reconnects")),
  };
  return {
    ...chat,
    ...conversations,
    ...people,
    ...reactions,
    ...views,
    ...files,
    "apps.connections.open": open,
  };
}

/**
 * Slack's Web API below /api: every method by POST or GET, arguments as JSON, form or multipart.
 * Answers 200 with ok false for refusals, 429 with Retry-After when limited; faults strike here.
 */
export function webApi(options: WebApiOptions): Hono {
  const { state, faults } = options;
  const methods = methodTable(options);
  const limits = new RateLimits(state.clock);
  const app = new Hono();

  app.on(["GET", "POST"], "/:method", async (c) => {
    const name = c.req.param("method");
    const answer = (body: Json, status: 200 | 429 = 200, headers: Record<string, string> = {}): Response => {
      const error = body["error"];
      const record: CallRecord = { method: name, ok: body["ok"] === true, at: state.clock() };
      options.onCall(typeof error === "string" ? { ...record, error } : record);
      return c.json(body, status, headers);
    };
    const limited = (seconds: number, header = true): Response =>
      answer({ ok: false, error: "ratelimited" }, 429, header ? { "retry-after": String(seconds) } : {});

    const fault = faults.forCall(name);
    if (fault?.fault === "hang") return never();
    if (fault?.fault === "server-error")
      return new Response("upstream connect error", { status: fault.status });
    if (fault?.fault === "ratelimited") return limited(fault.retryAfterSeconds ?? 1, !fault.withoutHeader);
    if (fault?.fault === "error") return answer({ ok: false, error: fault.error });
    if (fault?.fault === "slow") await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    const reply = async (): Promise<Response> => {
      try {
        const method = methods[name];
        if (method === undefined) return answer({ ok: false, error: "unknown_method", req_method: name });
        const args = await readArguments(c.req.raw);
        const token = authenticate(state, c.req.raw, args, method);
        const wait = options.rateLimits ? limits.take(name, method.tier, args.str("channel")) : 0;
        if (wait > 0) return limited(wait);
        const body = await method.run({ state, token, args });
        return answer({ ok: true, ...body }, 200, { "x-oauth-scopes": token.scopes.join(",") });
      } catch (error) {
        if (error instanceof ApiError) return answer({ ok: false, error: error.code, ...error.extra });
        throw error;
      }
    };
    const response = await reply();
    if (fault?.fault === "lost-reply") {
      cut(c.env);
      return never();
    }
    return response;
  });
  return app;
}
