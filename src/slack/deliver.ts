import type { OutboxMessage } from "../workflows/ports.ts";
import { type ApiTrouble, isDoubtful, readTrouble, slackTrouble } from "./api-errors.ts";
import { notUploaded } from "./channel-message.ts";
import { DirectMessages } from "./direct-messages.ts";
import { sayUndrawn, tellInstead, UNDRAWN } from "./give-up.ts";
import { Pace } from "./pace.ts";
import { Pauses } from "./pauses.ts";
import { postedBefore } from "./posted-before.ts";
import { plainText, post, threadOf, update } from "./post.ts";
import { drawMessage, readBody } from "./outgoing.ts";
import { refreshAfter } from "./refresh-after.ts";
import { StoreTrouble, telling } from "./store-trouble.ts";
import { Tries } from "./tries.ts";
import type { SlackWorld } from "./world.ts";

const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const POLL_MS = 200;
/** Few, because a message may be revised while those before it are on their way. */
const BATCH = 20;
/** So often a message is tried that fails without Slack's doing, or for a reason of Slack's that is not known. */
const TRIES = 4;
const OWN_RETRY_MS = 500;

/** Brings the outbox to Slack: in order inside a channel, each message once, one deliverer a channel. */
export class Deliverer {
  readonly #world: SlackWorld;
  readonly #stop = new AbortController();
  /** Channels this process delivers, and since when: what is older may have been posted by whoever was before. */
  readonly #held = new Map<string, { since: number; renewed: number }>();
  /** Messages whose fate is unknown: looked up before they are posted again. */
  readonly #unsure = new Set<string>();
  readonly #busy = new Map<string, Promise<void>>();
  /** How often a message failed in a way that is not retried for ever, by its row. */
  readonly #tries = new Tries(TRIES);
  /** Channels that wait for the database. */
  readonly #paused: Pauses;
  readonly #direct: DirectMessages;
  readonly #pace: Pace;
  #loop: Promise<void> = Promise.resolve();
  /** What stands in the way of all messages, for readiness; undefined: nothing. */
  trouble: string | undefined;

  constructor(world: SlackWorld) {
    this.#world = { ...world, store: telling(world.store) };
    this.#paused = new Pauses(world.clock);
    this.#pace = new Pace(world.clock);
    this.#direct = new DirectMessages(world.client);
  }

  /** What the database did not do, for readiness; undefined: nothing waits for it. */
  get storeTrouble(): string | undefined {
    return this.#paused.why;
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
    const without = [...this.#busy.keys(), ...this.#paused.channels()];
    const due = await this.#world.store.outboxDue(BATCH, without);
    const channels = new Map<string, OutboxMessage[]>();
    for (const message of due) {
      const list = channels.get(message.channel) ?? [];
      list.push(message);
      channels.set(message.channel, list);
    }
    for (const [channel, messages] of channels) {
      const work = this.#channel(channel, messages)
        .then(
          () => this.#paused.over(channel),
          (error: unknown) => {
            this.#paused.add(channel, error);
            this.#world.log.error({ err: error, channel }, "a channel could not be served");
          },
        )
        .finally(() => this.#busy.delete(channel));
      this.#busy.set(channel, work);
    }
  }

  async #channel(channel: string, messages: readonly OutboxMessage[]): Promise<void> {
    for (const message of messages) {
      if (this.#stop.signal.aborted || !(await this.#holds(channel))) return;
      if (this.#pace.holdsBack(message, readBody(message))) continue;
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
    const { store } = this.#world;
    let ts: string;
    try {
      const drawn = await drawMessage(this.#world, message);
      if (drawn === undefined) {
        await store.outboxFailed(message.id, "there is nothing left to say");
        return true;
      }
      ts = await this.#send(message, drawn);
    } catch (error) {
      if (error instanceof StoreTrouble) throw error;
      return this.#failed(message, error);
    }
    this.trouble = undefined;
    this.#pace.sent(message.key);
    await store.outboxSent(message.id, ts);
    // Not before: what was sent and could not be noted is looked up before it is sent again.
    this.#unsure.delete(message.key);
    for (const what of [message.id, `${message.id} file`]) this.#tries.over(what);
    await this.#refresh(message);
    return true;
  }

  async #refresh(message: OutboxMessage): Promise<void> {
    const body = readBody(message);
    try {
      if (body !== undefined) await refreshAfter(this.#world, body);
    } catch (error) {
      this.#world.log.error({ err: error, key: message.key }, "older messages could not be drawn anew");
    }
  }

  async #send(row: OutboxMessage, drawn: Awaited<ReturnType<typeof drawMessage>> & object): Promise<string> {
    const thread = await threadOf(this.#world, row);
    const message = { ...row, channel: await this.#direct.address(row.channel) };
    const since = this.#held.get(row.channel)?.since ?? Number.POSITIVE_INFINITY;
    const doubtful = this.#unsure.has(row.key) || row.createdAt < since;
    const ts =
      row.ts ?? (doubtful ? await postedBefore(this.#world, message, thread, drawn.file) : undefined);
    // A file stays as it was uploaded.
    if (drawn.file !== undefined && ts !== undefined) return ts;
    // What fails from here on may have been done all the same.
    this.#unsure.add(row.key);
    const send = async (what: typeof drawn): Promise<string> =>
      ts === undefined
        ? post(this.#world.client, message, thread, what)
        : update(this.#world.client, message, ts, what);
    try {
      return await send(drawn);
    } catch (error) {
      const trouble = readTrouble(error);
      // Looked for in between; then the messages behind it have waited long enough.
      if (
        drawn.file !== undefined &&
        isDoubtful(trouble) &&
        this.#tries.again(`${row.id} file`) === undefined
      )
        return send(notUploaded(drawn, trouble));
      if (trouble.kind !== "content") throw error;
      this.#world.log.error(
        { err: error, key: row.key },
        "Slack refuses what was drawn; the text alone is sent",
      );
      return send(plainText(drawn));
    }
  }

  async #failed(message: OutboxMessage, error: unknown): Promise<boolean> {
    const trouble = slackTrouble(error);
    const { log } = this.#world;
    const at = { channel: message.channel, key: message.key };
    if (trouble === undefined) log.error({ ...at, err: error }, "a message could not be drawn");
    else log.warn({ ...at, code: trouble.code }, "a message was not delivered");
    return trouble === undefined ? this.#undrawn(message) : this.#refused(message, trouble);
  }

  /** Not Slack's doing: a row or a drawing of our own, which the messages behind it must not wait for. */
  async #undrawn(message: OutboxMessage): Promise<boolean> {
    const tries = this.#tries.again(message.id);
    // The word that stands in its place goes before what is behind it.
    if (tries === undefined) await sayUndrawn(this.#world, message);
    else await this.#putOff(message, UNDRAWN, OWN_RETRY_MS * 2 ** (tries - 1));
    return false;
  }

  async #refused(message: OutboxMessage, trouble: ApiTrouble): Promise<boolean> {
    switch (trouble.kind) {
      case "retry":
      case "unsure":
        await this.#putOff(message, trouble.code, trouble.retryMs);
        return false;
      case "token":
        this.trouble = trouble.sentence;
        await this.#putOff(message, trouble.code, trouble.retryMs);
        return false;
      case "unknown":
        // It may be there all the same, which the next try looks up; it may never be taken.
        if (this.#tries.again(message.id) === undefined) {
          await tellInstead(this.#world, message, trouble);
          return true;
        }
        await this.#putOff(message, trouble.code, trouble.retryMs);
        return false;
      case "gone":
        // Somebody deleted the message: what it said is not wanted there.
        await this.#world.store.outboxFailed(message.id, trouble.code);
        return true;
      case "content":
      case "place":
        await tellInstead(this.#world, message, trouble);
        break;
    }
    return true;
  }

  async #putOff(message: OutboxMessage, code: string, ms: number): Promise<void> {
    await this.#world.store.outboxFailed(message.id, code, this.#world.clock.now() + ms);
  }
}

function leaseOf(channel: string): string {
  return `deliver:${channel}`;
}
