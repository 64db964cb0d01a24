import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { AwakeClock } from "./awake.ts";
import type { Delivery } from "./delivery/delivery.ts";
import { ACK_TIMEOUT_MS, EVENT_RETRY_DELAYS_MS } from "./delivery/delivery.ts";
import { HttpMode } from "./delivery/http-mode.ts";
import { SocketMode } from "./delivery/socket-mode.ts";
import { createDriver } from "./driver.ts";
import type { Driver } from "./driver.ts";
import { Faults } from "./faults/plan.ts";
import type { FaultPlan } from "./faults/plan.ts";
import type { InteractionContext } from "./interactions/context.ts";
import { pageRoutes } from "../page/routes.ts";
import { isLocalHost, isOwnOrigin, localOnly } from "./local-only.ts";
import { sideRoutes } from "./routes.ts";
import { APP, GROUPS, seedChannels, TEAM, USERS } from "./seed.ts";
import { listen } from "./server.ts";
import { createState } from "./state/state.ts";
import type { AppProfile, WorkspaceState } from "./state/state.ts";
import { BOT_SCOPES } from "./state/tokens.ts";
import { webApi } from "./web-api/router.ts";
import type { CallRecord } from "./web-api/router.ts";

/** How a workspace is started; everything has a default that behaves like Slack. */
export interface WorkspaceOptions {
  /** 0 takes a free port */
  port?: number;
  app?: Partial<AppProfile>;
  botScopes?: string[];
  faults?: FaultPlan;
  /** answer 429 beyond Slack's tiers */
  rateLimits?: boolean;
  /** sends signed HTTP requests there instead of envelopes over Socket Mode */
  requestUrl?: string;
  clock?: () => number;
  ackTimeoutMs?: number;
  triggerTtlMs?: number;
  eventRetryDelaysMs?: number[];
  pingIntervalMs?: number;
  /** how long a Socket Mode connection lives before it is asked to refresh (five hours, as in Slack) */
  connectionTtlMs?: number;
}

/** A running simulated workspace: where it is, its secrets, and its people to act as. */
export interface Workspace extends Driver {
  url: string;
  /** for @slack/web-api's slackApiUrl, with the slash at its end */
  apiUrl: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  state: WorkspaceState;
  faults: Faults;
  /** every Web API call answered so far (the last 5,000) */
  calls: () => CallRecord[];
  /** open Socket Mode connections */
  connections: () => number;
  /** waits until the app has so many connections */
  waitForConnections: (count: number, timeoutMs?: number) => Promise<void>;
  /** asks one or all connections to refresh */
  refresh: (which: "one" | "all") => void;
  /** sends text as it is over all connections, to see what the app makes of it */
  sendRaw: (text: string) => void;
  /** cuts all connections without a word */
  cut: () => void;
  /** HTTP mode: whether the Request URL answers Slack's challenge */
  verifyRequestUrl: () => Promise<boolean>;
  close: () => Promise<void>;
}

const KEPT_CALLS = 5_000;
const secret = (): string => randomBytes(18).toString("base64url");

function addTokens(state: WorkspaceState, scopes: string[]): { botToken: string; appToken: string } {
  const botToken = `xoxb-simulated-${secret()}`;
  const appToken = `xapp-simulated-${secret()}`;
  state.tokens.add({ value: botToken, kind: "bot", scopes, revoked: false });
  state.tokens.add({ value: appToken, kind: "app", scopes: ["connections:write"], revoked: false });
  return { botToken, appToken };
}

/**
 * Starts a simulated Slack workspace on 127.0.0.1: Web API, Socket Mode or signed HTTP requests, and the page.
 * Rejects when the port is taken or the fault plan is not one.
 */
export async function startWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const clock = options.clock ?? Date.now;
  const awake = new AwakeClock();
  const app: AppProfile = { ...APP, ...options.app };
  const state = createState({
    clock,
    awake,
    app,
    team: TEAM,
    users: USERS,
    groups: GROUPS,
    ...(options.triggerTtlMs === undefined ? {} : { triggerTtlMs: options.triggerTtlMs }),
  });
  seedChannels(state);
  const faults = new Faults();
  if (options.faults !== undefined) faults.set(options.faults);
  const { botToken, appToken } = addTokens(state, options.botScopes ?? BOT_SCOPES);
  const signingSecret = secret();
  const common = {
    state,
    awake,
    faults,
    ackTimeoutMs: options.ackTimeoutMs ?? ACK_TIMEOUT_MS,
    eventRetryDelaysMs: options.eventRetryDelaysMs ?? EVENT_RETRY_DELAYS_MS,
  };
  const sockets = new SocketMode({
    ...common,
    pingIntervalMs: options.pingIntervalMs ?? 10_000,
    connectionTtlMs: options.connectionTtlMs ?? 18_060_000,
  });
  const http =
    options.requestUrl === undefined
      ? undefined
      : new HttpMode({ ...common, requestUrl: options.requestUrl, signingSecret });
  const delivery: Delivery = http ?? sockets;
  const ctx: InteractionContext = { state, delivery, faults, verificationToken: "simulated" };

  const calls: CallRecord[] = [];
  const onCall = (record: CallRecord): void => {
    calls.push(record);
    if (calls.length > KEPT_CALLS) calls.shift();
  };
  let port = 0;
  const server = new Hono();
  server.use(localOnly(() => port));
  const openConnection = sockets.open.bind(sockets);
  server.route(
    "/api",
    webApi({ state, faults, openConnection, rateLimits: options.rateLimits ?? false, onCall }),
  );
  server.route("/", sideRoutes(state, faults));
  server.route("/", pageRoutes(ctx));
  const listening = await listen(server, options.port ?? 0, (request, socket, head) => {
    const local = isLocalHost(request.headers.host, port) && isOwnOrigin(request.headers.origin, port);
    if (local) sockets.upgrade(request, socket, head);
    else socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
  });
  port = listening.port;
  state.origin = `http://127.0.0.1:${String(port)}`;

  return {
    ...createDriver(ctx),
    url: `${state.origin}/`,
    apiUrl: `${state.origin}/api/`,
    botToken,
    appToken,
    signingSecret,
    state,
    faults,
    calls: () => [...calls],
    connections: () => sockets.count,
    waitForConnections: async (count, timeoutMs) => {
      const look = (): true | undefined => (sockets.count >= count ? true : undefined);
      await state.changes.until(`${String(count)} connections`, look, timeoutMs);
    },
    refresh: (which) => sockets.disconnect(which),
    cut: () => sockets.cut(),
    sendRaw: (text) => sockets.sendRaw(text),
    verifyRequestUrl: () => http?.verifyUrl() ?? Promise.resolve(false),
    close: async () => {
      awake.stop();
      await delivery.close();
      if (delivery !== sockets) await sockets.close();
      await listening.close();
    },
  };
}
