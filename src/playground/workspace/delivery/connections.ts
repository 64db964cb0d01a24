import type { WebSocket } from "ws";

/** One Socket Mode connection of the app. */
export interface Connection {
  id: number;
  socket: WebSocket;
  /** told to disconnect: takes no new envelopes */
  draining: boolean;
  alive: boolean;
}

/** Slack allows an app ten connections. */
export const CONNECTION_LIMIT = 10;

/** The app's open connections; envelopes go round them, each to exactly one. */
export class Connections {
  readonly #open: Connection[] = [];
  #turn = 0;
  #count = 0;
  #most = 0;

  add(socket: WebSocket): Connection {
    this.#count += 1;
    const connection = { id: this.#count, socket, draining: false, alive: true };
    this.#open.push(connection);
    this.#most = Math.max(this.#most, this.ready.length);
    return connection;
  }

  remove(connection: Connection): void {
    const index = this.#open.indexOf(connection);
    if (index >= 0) this.#open.splice(index, 1);
  }

  get all(): Connection[] {
    return [...this.#open];
  }

  /** The connections that take envelopes: open, and not told to disconnect. */
  get ready(): Connection[] {
    return this.#open.filter((each) => !each.draining && each.socket.readyState === each.socket.OPEN);
  }

  /** Whether the oldest may be asked to refresh: not while it is the last of several, the others being away. */
  get mayRefresh(): boolean {
    return this.ready.length > 1 || this.#most <= 1;
  }

  /** The next connection that takes envelopes, or undefined. */
  next(): Connection | undefined {
    const { ready } = this;
    this.#turn += 1;
    return ready[this.#turn % Math.max(1, ready.length)];
  }

  /** Pings every connection, and cuts those that did not answer the last one. */
  ping(): void {
    for (const connection of this.all) {
      if (!connection.alive) {
        connection.socket.terminate();
        continue;
      }
      connection.alive = false;
      connection.socket.ping("Ping from applink-sim");
    }
  }
}
