import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { Faults } from "../faults/plan.ts";
import { isJson, parseJson, str } from "../json.ts";
import type { Json } from "../json.ts";
import type { AwakeClock } from "../awake.ts";
import type { WorkspaceState } from "../state/state.ts";
import { Connections, CONNECTION_LIMIT } from "./connections.ts";
import type { Connection } from "./connections.ts";
import type { Pending } from "./pending.ts";
import { Tickets } from "./tickets.ts";
import { Timers } from "./timers.ts";
import type { Timer } from "./timers.ts";
import { DEBUG_INFO, envelopeName, hello, newEnvelope } from "./delivery.ts";
import type { Delivery, EnvelopeType, Outcome } from "./delivery.ts";

export interface SocketModeOptions {
  state: WorkspaceState;
  awake: AwakeClock;
  faults: Faults;
  ackTimeoutMs: number;
  eventRetryDelaysMs: number[];
  pingIntervalMs: number;
  /** a connection is asked to refresh after so long */
  connectionTtlMs: number;
}

/** Slack warns about ten seconds before it closes a connection. */
const WARNING_MS = 10_000;
/** apps.connections.open with debug_reconnects: Slack refreshes after six minutes. */
const DEBUG_TTL_MS = 360_000;
/** An app that lost its connections is back within this time. */
const RECONNECT_MS = 5_000;

/**
 * The server side of Socket Mode: tickets, hello, envelopes, acks, redelivery, refreshes, pings.
 * An envelope goes to one connection; when that closes before the ack, it goes to another one.
 */
export class SocketMode implements Delivery {
  readonly #options: SocketModeOptions;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #connections = new Connections();
  readonly #tickets: Tickets;
  readonly #pending = new Map<string, Pending>();
  readonly #timers: Timers;
  #held: (() => void) | undefined;
  #refresh: NodeJS.Timeout | undefined;

  constructor(options: SocketModeOptions) {
    this.#options = options;
    this.#tickets = new Tickets(() => options.awake.now());
    this.#timers = new Timers(options.awake);
    this.#timers.every(options.pingIntervalMs, () => this.#connections.ping());
    options.faults.onPlan = (ms) => this.#scheduleRefresh(ms);
    this.#scheduleRefresh(options.faults.disconnectEveryMs);
  }

  /** How many connections take envelopes: open, and not told to disconnect. */
  get count(): number {
    return this.#connections.ready.length;
  }

  /** The answer of apps.connections.open: a URL with a ticket, good once, for thirty seconds. */
  open(debugReconnects: boolean): Json {
    const { origin, app } = this.#options.state;
    const ticket = this.#tickets.issue(debugReconnects ? DEBUG_TTL_MS : this.#options.connectionTtlMs);
    return { url: `${origin.replace("http", "ws")}/link/?ticket=${ticket}&app_id=${app.id}` };
  }

  /** Takes over an HTTP upgrade; refuses a ticket that is unknown, used or too old. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const ttl = this.#tickets.redeem(url.searchParams.get("ticket") ?? "");
    if (url.pathname !== "/link/" || ttl === undefined) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#connected(ws, ttl));
  }

  async send(type: EnvelopeType, payload: Json, name: string): Promise<Outcome> {
    const { faults } = this.#options;
    const reorder = faults.forEnvelope("reorder", name);
    const held = this.#held;
    this.#held = undefined;
    if (reorder !== undefined) {
      await new Promise<void>((resolve) => {
        this.#held = resolve;
        this.#timers.after(reorder.holdMs, resolve);
      });
    }
    const outcome = this.#deliver(type, payload, name);
    held?.();
    return outcome;
  }

  /** Asks a connection (the oldest) or all of them to refresh, as Slack does every few hours. */
  disconnect(which: "one" | "all", reason = "refresh_requested"): void {
    const open = this.#connections.ready;
    for (const connection of which === "one" ? open.slice(0, 1) : open) this.#refreshOne(connection, reason);
  }

  /** Sends text as it is to every connection: what Slack rarely sends, or never should. */
  sendRaw(text: string): void {
    for (const { socket } of this.#connections.all) socket.send(text);
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const connection of this.#connections.all) connection.socket.terminate();
  }

  close(): Promise<void> {
    this.#timers.clear();
    clearInterval(this.#refresh);
    for (const pending of this.#pending.values()) pending.settle({ end: "unreachable" });
    this.cut();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #deliver(type: EnvelopeType, payload: Json, name: string): Promise<Outcome> {
    const { state, awake, ackTimeoutMs, eventRetryDelaysMs } = this.#options;
    const isEvent = type === "events_api";
    const envelope = newEnvelope(type, payload);
    const id = str(envelope["envelope_id"]);
    return new Promise((resolve) => {
      const sentAt = state.clock();
      const pending: Pending = {
        envelope,
        type,
        attempt: 0,
        wasSent: false,
        sentAt,
        settle: () => undefined,
      };
      const arm = (): Timer =>
        this.#timers.after(ackTimeoutMs, () => {
          const delay = isEvent ? eventRetryDelaysMs[pending.attempt] : undefined;
          if (delay === undefined) pending.settle({ end: pending.wasSent ? "timeout" : "unreachable" });
          else
            this.#timers.after(delay, () => {
              if (!this.#pending.has(id)) return;
              this.#again(pending, "timeout", name);
              timer = arm();
            });
        });
      let timer = arm();
      pending.settle = (outcome) => {
        this.#timers.drop(timer);
        this.#pending.delete(id);
        resolve(outcome);
      };
      this.#pending.set(id, pending);
      const sent = this.#transmit(pending, name);
      // Between a refresh and the new connection the envelope waits, and so it does when the app lost its connections
      // while this process slept; with nobody there at all it fails at once.
      const returning = this.#connections.all.length > 0 || awake.wokeWithin(RECONNECT_MS);
      if (!sent && !isEvent && !returning) pending.settle({ end: "unreachable" });
    });
  }

  #again(pending: Pending, reason: string, name: string): void {
    pending.attempt += 1;
    pending.envelope = { ...pending.envelope, retry_attempt: pending.attempt, retry_reason: reason };
    this.#transmit(pending, name);
  }

  #transmit(pending: Pending, name: string): boolean {
    const connection = this.#connections.next();
    if (connection === undefined) {
      delete pending.sentTo;
      return false;
    }
    pending.sentTo = connection;
    pending.wasSent = true;
    connection.socket.send(JSON.stringify(pending.envelope));
    if (this.#options.faults.forEnvelope("drop-connection", name) !== undefined)
      connection.socket.terminate();
    return true;
  }

  #connected(socket: WebSocket, ttl: number): void {
    const { state } = this.#options;
    if (this.#connections.all.length >= CONNECTION_LIMIT) {
      socket.send(JSON.stringify({ type: "disconnect", reason: "too_many_websockets" }));
      socket.close(1000);
      return;
    }
    const connection = this.#connections.add(socket);
    socket.on("pong", () => {
      connection.alive = true;
    });
    socket.on("message", (data) => this.#acked(Buffer.isBuffer(data) ? data.toString("utf8") : ""));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => this.#closed(connection));
    socket.send(hello(state.app.id, this.count, ttl));
    const warn = this.#timers.after(ttl, () => this.#refreshOne(connection, "warning"));
    socket.on("close", () => this.#timers.drop(warn));
    state.changes.emit({ type: "connection", count: this.count });
    for (const pending of this.#pending.values()) {
      if (pending.sentTo === undefined) this.#again(pending, "connection_failed", "");
    }
  }

  #acked(text: string): void {
    const message = parseJson(text);
    if (!isJson(message)) return;
    const pending = this.#pending.get(str(message["envelope_id"]));
    if (pending === undefined) return;
    const { state, faults } = this.#options;
    pending.settle({ end: "acked", payload: message["payload"], ms: state.clock() - pending.sentAt });
    if (faults.forEnvelope("redeliver", envelopeName(pending.type, pending.envelope)) !== undefined) {
      this.#again(pending, "timeout", "");
    }
  }

  #closed(connection: Connection): void {
    this.#connections.remove(connection);
    this.#options.state.changes.emit({ type: "connection", count: this.count });
    for (const pending of this.#pending.values()) {
      if (pending.sentTo === connection) this.#again(pending, "connection_failed", "");
    }
  }

  #scheduleRefresh(ms: number | undefined): void {
    clearInterval(this.#refresh);
    if (ms === undefined) return;
    this.#refresh = setInterval(() => {
      if (this.#connections.mayRefresh) this.disconnect("one");
    }, ms);
  }

  /** The connection takes no new envelopes from now on, and is closed when it does not close by itself. */
  #refreshOne(connection: Connection, reason: string): void {
    connection.draining = true;
    connection.socket.send(JSON.stringify({ type: "disconnect", reason, debug_info: DEBUG_INFO }));
    this.#timers.after(WARNING_MS, () => connection.socket.close(1000));
  }
}
