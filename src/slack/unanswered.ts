import { z } from "zod";
import type { ChannelStore } from "../workflows/channel-store.ts";
import { answer } from "./answer.ts";
import type { SlackWorld } from "./world.ts";

/** What somebody asked, and where they hear an answer. */
export const Asked = z.object({
  /** In the person's words (mrkdwn): "`/502 web-1`". */
  said: z.string(),
  user: z.string(),
  channel: z.string().optional(),
  threadTs: z.string().optional(),
  /** Epoch milliseconds. */
  at: z.number(),
});
export type Asked = z.infer<typeof Asked>;

/** Longer than any answer takes: what is kept still was left behind by a bot that ended. */
const LEFT_MS = 60_000;
const LOOK_MS = 15_000;

/** Keeps what was asked until it is answered, for the case that this bot ends before. */
export async function keepAsked(store: ChannelStore, key: string, asked: Asked): Promise<void> {
  await store.transaction((tx) => tx.setMemo("asked", key, asked));
}

export async function forgetAsked(store: ChannelStore, key: string): Promise<void> {
  await store.transaction((tx) => tx.setMemo("asked", key, undefined));
}

/** Tells people whose words a bot had in hand when it ended: Slack has its acknowledgement and sends them to nobody else. */
export class Unanswered {
  readonly #world: SlackWorld;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(world: SlackWorld) {
    this.#world = world;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#world;
    while (!this.#stop.signal.aborted) {
      try {
        await tellLeftBehind(this.#world);
      } catch (error) {
        log.error({ err: error }, "what was asked and not answered could not be read");
      }
      await clock.wait(LOOK_MS, this.#stop.signal);
    }
  }
}

/** Says it once to each of them, whichever replica is first. */
export async function tellLeftBehind(world: SlackWorld): Promise<void> {
  const { store, clock } = world;
  for (const { key, value } of await store.memos("asked")) {
    const asked = Asked.safeParse(value).data;
    if (asked !== undefined && clock.now() - asked.at < LEFT_MS) continue;
    const mine = await store.transaction(async (tx) => {
      const left = Asked.safeParse(await tx.memo("asked", key)).data;
      await tx.setMemo("asked", key, undefined);
      return left;
    });
    if (mine === undefined) continue;
    const { user, channel, threadTs } = mine;
    const to = {
      user,
      ...(channel === undefined ? {} : { channel }),
      ...(threadTs === undefined ? {} : { threadTs }),
    };
    const text = `I was interrupted over ${mine.said}. If no answer to it stands here, please ask again.`;
    await answer(world, to, text);
  }
}
