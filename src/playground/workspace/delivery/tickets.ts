import { randomUUID } from "node:crypto";

const TICKET_TTL_MS = 30_000;

/** What apps.connections.open hands out: each lets one connection in, within thirty seconds. */
export class Tickets {
  readonly #clock: () => number;
  readonly #open = new Map<string, { expires: number; lifetimeMs: number }>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** A new ticket for a connection that shall live so long. */
  issue(lifetimeMs: number): string {
    const ticket = randomUUID();
    this.#open.set(ticket, { expires: this.#clock() + TICKET_TTL_MS, lifetimeMs });
    return ticket;
  }

  /** Uses the ticket up. Gives the connection's lifetime, or undefined for a ticket that is unknown, used or too old. */
  redeem(ticket: string): number | undefined {
    const found = this.#open.get(ticket);
    this.#open.delete(ticket);
    return found !== undefined && this.#clock() <= found.expires ? found.lifetimeMs : undefined;
  }
}
