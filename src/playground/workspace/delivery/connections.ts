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

  add(socket: WebSocket): Connection {
    this.#count += 1;
    const connection = { id: this.#count, socket, draining: false, alive: true };
    this.#open.push(connection);
    return connection;
  }

  remove(connection: Connection): void {
    const index = this.#open.indexOf(connection);
    if (index >= 0) this.#open.splice(index, 1);
  }

  get all(): Connection[] {
    return [...this.#open];
  }

  /** The next connection that takes envelopes, or undefined. */
  next(): Connection | undefined {
    const ready = this.#open.filter((each) => !each.draining && each.socket.readyState === each.socket.OPEN);
    this.#turn += 1;
    return ready[this.#turn % Math.max(1, ready.length)];
  }
}
