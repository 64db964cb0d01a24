import type { OutboxMessage } from "../workflows/ports.ts";
import { type ApiTrouble, readTrouble } from "./api-errors.ts";
import { postedBefore } from "./posted-before.ts";
import { plainText, post, threadOf, update } from "./post.ts";
import { drawMessage, readBody, refreshAfter } from "./outgoing.ts";
import { tellRequester } from "./tell-requester.ts";
import type { SlackWorld } from "./world.ts";

const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const POLL_MS = 200;
/** Few, because a message may be revised while those before it are on their way. */
const BATCH = 20;

/** Brings the outbox to Slack: in order inside a channel, each message once, one deliverer a channel. */
export class Deliverer {
  readonly #world: SlackWorld;
  readonly #stop = new AbortController();
  /** Channels this process delivers, and since when: what is older may have been posted by whoever was before. */
  readonly #held = new Map<string, { since: number; renewed: number }>();
  /** Messages whose fate is unknown: looked up before they are posted again. */
  readonly #unsure = new Set<string>();
  readonly #busy = new Map<string, Promise<void>>();
  #loop: Promise<void> = Promise.resolve();
  /** What stands in the way of all messages, for readiness; undefined: nothing. */
  trouble: string | undefined;

  constructor(world: SlackWorld) {
    this.#world = world;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Finishes what is on the wire and gives the channels back. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#busy.values());
    for (const channel of this.#held.keys())
      await this.#world.store.release(leaseOf(channel), this.#world.instance);
    this.#held.clear();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#round();
      } catch (error) {
        this.#world.log.error({ err: error }, "the outbox could not be read");
      }
      await this.#world.clock.wait(POLL_MS, this.#stop.signal);
    }
  }

  async #round(): Promise<void> {
    const due = await this.#world.store.outboxDue(BATCH, [...this.#busy.keys()]);
    const channels = new Map<string, OutboxMessage[]>();
    for (const message of due) {
      const list = channels.get(message.channel) ?? [];
      list.push(message);
      channels.set(message.channel, list);
    }
    for (const [channel, messages] of channels) {
      const work = this.#channel(channel, messages)
        .catch((error: unknown) =>
          this.#world.log.error({ err: error, channel }, "a channel could not be served"),
        )
        .finally(() => this.#busy.delete(channel));
      this.#busy.set(channel, work);
    }
  }

  async #channel(channel: string, messages: readonly OutboxMessage[]): Promise<void> {
    for (const message of messages) {
      if (this.#stop.signal.aborted || !(await this.#holds(channel))) return;
      if (!(await this.#deliver(message))) return;
    }
  }

  async #holds(channel: string): Promise<boolean> {
    const now = this.#world.clock.now();
    const held = this.#held.get(channel);
    if (held !== undefined && now - held.renewed < RENEW_MS) return true;
    if (!(await this.#world.store.lease(leaseOf(channel), this.#world.instance, LEASE_MS))) {
      this.#held.delete(channel);
      return false;
    }
    // A lease that ran out may have been another's in between.
    const since = held !== undefined && now - held.renewed < LEASE_MS ? held.since : now;
    this.#held.set(channel, { since, renewed: now });
    return true;
  }

  /** @returns false when the rest of the channel has to wait */
  async #deliver(message: OutboxMessage): Promise<boolean> {
    const { store, log } = this.#world;
    const drawn = await drawMessage(this.#world, message);
    if (drawn === undefined) {
      await store.outboxFailed(message.id, "there is nothing left to say");
      return true;
    }
    try {
      const ts = await this.#send(message, drawn);
      this.#unsure.delete(message.key);
      this.trouble = undefined;
      await store.outboxSent(message.id, ts);
      const body = readBody(message);
      if (body !== undefined) await refreshAfter(this.#world, body);
      return true;
    } catch (error) {
      const trouble = readTrouble(error);
      log.warn(
        { channel: message.channel, key: message.key, code: trouble.code },
        "a message was not delivered",
      );
      return this.#failed(message, trouble);
    }
  }

  async #send(
    message: OutboxMessage,
    drawn: Awaited<ReturnType<typeof drawMessage>> & object,
  ): Promise<string> {
    const thread = await threadOf(this.#world, message);
    const since = this.#held.get(message.channel)?.since ?? Number.POSITIVE_INFINITY;
    const doubtful = this.#unsure.has(message.key) || message.createdAt < since;
    const ts = message.ts ?? (doubtful ? await postedBefore(this.#world, message, thread) : undefined);
    // What fails from here on may have been done all the same.
    this.#unsure.add(message.key);
    const send = async (what: typeof drawn): Promise<string> =>
      ts === undefined
        ? post(this.#world.client, message, thread, what)
        : update(this.#world.client, message, ts, what);
    try {
      return await send(drawn);
    } catch (error) {
      if (readTrouble(error).kind !== "content") throw error;
      this.#world.log.error(
        { err: error, key: message.key },
        "Slack refuses what was drawn; the text alone is sent",
      );
      return send(plainText(drawn));
    }
  }

  async #failed(message: OutboxMessage, trouble: ApiTrouble): Promise<boolean> {
    const { store, clock } = this.#world;
    switch (trouble.kind) {
      case "retry":
      case "unsure":
        await store.outboxFailed(message.id, trouble.code, clock.now() + trouble.retryMs);
        return false;
      case "token":
        this.trouble = trouble.sentence;
        await store.outboxFailed(message.id, trouble.code, clock.now() + trouble.retryMs);
        return false;
      case "gone":
        // Somebody deleted the message: what it said is not wanted there.
        await store.outboxFailed(message.id, trouble.code);
        return true;
      case "content":
      case "place":
        await tellRequester(this.#world, message, trouble);
        await store.outboxFailed(message.id, trouble.code);
        break;
    }
    return true;
  }
}

function leaseOf(channel: string): string {
  return `deliver:${channel}`;
}
