import { WebAPIPlatformError, type WebClient } from "@slack/web-api";
import { type ChannelFound, channelName, isChannelId } from "../domain/channel.ts";
import { nearestNames } from "../domain/nearest.ts";
import type { Clock } from "../workflows/ports.ts";
import { readTrouble } from "./api-errors.ts";

const KEPT_MS = 5 * 60_000;
/** A name that is missing is looked for anew when the list is older: somebody has just invited the bot. */
const FRESH_MS = 5_000;
/** The most that one call may ask for; Slack may give fewer, so pages are counted, not channels. */
const PAGE = 999;
const MOST_PAGES = 20;
const SCOPE_HINT = "Paste manifest.yml on the app's page again and install the app again.";

interface Named {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly archived: boolean;
}

interface Listed {
  readonly channels: readonly Named[];
  /** What could not be listed, and what to do about it. */
  readonly unseen?: string;
}

/**
 * Finds channels by name or id, for commands: `/502 schedule add #ops …` arrives as it was typed. The channels the bot
 * is in are asked for first, which is cheap; all public ones only for a name that is not among them. Lists are kept
 * for five minutes.
 */
export class ChannelNames {
  readonly #client: WebClient;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly at: number; readonly list: Promise<Listed> }>();

  constructor(client: WebClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @param called "#ops", "ops", or an id */
  async find(called: string): Promise<ChannelFound> {
    try {
      return await (isChannelId(called) ? this.#byId(called) : this.#byName(channelName(called)));
    } catch (error) {
      const missing = missingScope(error);
      return {
        kind: "unknown",
        because:
          missing === undefined
            ? readTrouble(error).sentence
            : `the permission ${missing} is missing. ${SCOPE_HINT}`,
      };
    }
  }

  async #byId(id: string): Promise<ChannelFound> {
    try {
      const { channel } = await this.#client.conversations.info({ channel: id });
      if (channel?.is_archived === true) return { kind: "archived" };
      return channel?.is_member === false ? { kind: "not-member" } : { kind: "found", id };
    } catch (error) {
      const { code } = readTrouble(error);
      // An id is exact: where Slack cannot be asked about it, it is taken at its word.
      return code === "channel_not_found" ? { kind: "absent", nearest: [] } : { kind: "found", id };
    }
  }

  async #byName(name: string): Promise<ChannelFound> {
    const is = (c: Named): boolean => c.name === name;
    const listOwn = (): Promise<Listed> => this.#ownChannels();
    let own = await this.#list("own", KEPT_MS, listOwn);
    if (!own.channels.some(is)) own = await this.#list("own", FRESH_MS, listOwn);
    const usable = own.channels.find((c) => is(c) && !c.archived);
    if (usable !== undefined) return { kind: "found", id: usable.id };
    if (own.channels.some(is)) return { kind: "archived" };
    const all = await this.#list("all", KEPT_MS, () =>
      this.#pages((page) =>
        this.#client.conversations.list({ ...page, types: "public_channel", exclude_archived: true }),
      ),
    );
    if (all.channels.some(is)) return { kind: "not-member" };
    // Names of private channels are nobody's business but their members'.
    const known = [...own.channels.filter((c) => !c.archived && !c.isPrivate), ...all.channels];
    const nearest = nearestNames(
      name,
      known.map((c) => c.name),
    );
    return { kind: "absent", nearest, ...(own.unseen === undefined ? {} : { unseen: own.unseen }) };
  }

  async #ownChannels(): Promise<Listed> {
    const of = (types: string): Promise<Listed> =>
      this.#pages((page) => this.#client.users.conversations({ ...page, types }));
    try {
      return await of("public_channel,private_channel");
    } catch (error) {
      const missing = missingScope(error);
      if (missing === undefined) throw error;
      const unseen = `Private channels I could not look through: the permission groups:read is missing. ${SCOPE_HINT}`;
      return { ...(await of("public_channel")), unseen };
    }
  }

  /** Keeps a list for a while; who asks while it is being fetched waits for the same one. */
  #list(what: string, freshMs: number, fetch: () => Promise<Listed>): Promise<Listed> {
    const now = this.#clock.now();
    const kept = this.#kept.get(what);
    if (kept !== undefined && now - kept.at < freshMs) return kept.list;
    const list = fetch();
    this.#kept.set(what, { at: now, list });
    list.catch(() => this.#kept.delete(what));
    return list;
  }

  async #pages(ask: (page: { limit: number; cursor?: string }) => Promise<Page>): Promise<Listed> {
    const channels: Named[] = [];
    let cursor: string | undefined;
    for (let n = 0; n < MOST_PAGES; n += 1) {
      const page = await ask({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      for (const c of page.channels ?? []) {
        if (c.id === undefined || c.name === undefined) continue;
        const isPrivate = c.is_private === true;
        channels.push({ id: c.id, name: c.name.toLowerCase(), isPrivate, archived: c.is_archived === true });
      }
      cursor = page.response_metadata?.next_cursor;
      if (cursor === undefined || cursor === "") break;
    }
    return { channels };
  }
}

/** One page of a list of channels, as Slack answers it. */
interface Page {
  readonly channels?: readonly {
    id?: string;
    name?: string;
    is_private?: boolean;
    is_archived?: boolean;
  }[];
  readonly response_metadata?: { next_cursor?: string };
}

/** The permission that Slack says is missing. */
function missingScope(error: unknown): string | undefined {
  if (!(error instanceof WebAPIPlatformError) || error.data.error !== "missing_scope") return undefined;
  const needed = "needed" in error.data ? error.data.needed : undefined;
  return typeof needed === "string" ? needed.replaceAll(",", " or ") : "for channels";
}
