import type { WebClient } from "@slack/web-api";
import type { Actor } from "../domain/run.ts";
import type { Clock } from "../workflows/ports.ts";

const PERSON_MS = 5 * 60_000;
const GROUPS_MS = 5 * 60_000;
const CHANNELS_MS = 60_000;
const MOST_KNOWN = 5_000;
const MOST_PAGES = 10;

interface Known {
  readonly fullMember: boolean;
  /** The person's own time zone, as set in Slack. */
  readonly zone: string | undefined;
  readonly until: number;
}

interface Groups {
  /** The groups of each person. */
  readonly of: ReadonlyMap<string, readonly string[]>;
  readonly all: readonly { readonly id: string; readonly handle: string }[];
}

interface Channels {
  readonly ids: ReadonlySet<string>;
  readonly until: number;
}

/**
 * Who somebody is, asked of Slack and kept for five minutes. What cannot be asked is never taken for a permission:
 * an unknown person is no full member, unknown groups are none.
 */
export class People {
  readonly #client: WebClient;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly #channels = new Map<string, Channels>();
  #groups: (Groups & { readonly until: number }) | undefined;
  #asking: Promise<Groups> | undefined;

  constructor(client: WebClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @param channel where the person acts */
  async actor(id: string, channel: string | undefined): Promise<Actor> {
    const [known, groups] = await Promise.all([this.#person(id), this.#groupsOf(id)]);
    const fullMember = known?.fullMember ?? false;
    return { id, via: "slack", fullMember, groups, ...(channel === undefined ? {} : { channel }) };
  }

  /** The person's own time zone; undefined where Slack does not say. */
  async zone(id: string): Promise<string | undefined> {
    return (await this.#person(id))?.zone;
  }

  /** The channels somebody is in, as far as the bot can see them; undefined where Slack does not say. */
  async channelsOf(id: string): Promise<ReadonlySet<string> | undefined> {
    const now = this.#clock.now();
    const known = this.#channels.get(id);
    if (known !== undefined && known.until > now) return known.ids;
    try {
      const ids = await this.#askChannels(id);
      if (this.#channels.size >= MOST_KNOWN) this.#channels.clear();
      this.#channels.set(id, { ids, until: now + CHANNELS_MS });
      return ids;
    } catch {
      // Somebody may have left meanwhile: what was known a while ago is no permission.
      return undefined;
    }
  }

  async #askChannels(user: string): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    let cursor: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const asked = { user, types: "public_channel,private_channel", exclude_archived: true, limit: 999 };
      const page = await this.#client.users.conversations(
        cursor === undefined ? asked : { ...asked, cursor },
      );
      for (const { id } of page.channels ?? []) if (id !== undefined) ids.add(id);
      cursor = page.response_metadata?.next_cursor || undefined;
      if (cursor === undefined) break;
    }
    return ids;
  }

  async #person(id: string): Promise<Known | undefined> {
    const now = this.#clock.now();
    const known = this.#known.get(id);
    if (known !== undefined && known.until > now) return known;
    try {
      const { user } = await this.#client.users.info({ user: id });
      const outside =
        user === undefined ||
        user.is_restricted === true ||
        user.is_ultra_restricted === true ||
        user.is_stranger === true ||
        user.deleted === true ||
        user.is_bot === true;
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      const asked = { fullMember: !outside, zone: user?.tz, until: now + PERSON_MS };
      this.#known.set(id, asked);
      return asked;
    } catch {
      // What was known a while ago is better than locking everybody out while Slack has trouble.
      return known;
    }
  }

  async #groupsOf(id: string): Promise<readonly string[]> {
    return (await this.#knownGroups()).of.get(id) ?? [];
  }

  /** The workspace's user groups. */
  async groups(): Promise<Groups["all"]> {
    return (await this.#knownGroups()).all;
  }

  async #knownGroups(): Promise<Groups> {
    const now = this.#clock.now();
    if (this.#groups === undefined || this.#groups.until <= now) {
      this.#asking ??= this.#askGroups().finally(() => (this.#asking = undefined));
      try {
        this.#groups = { ...(await this.#asking), until: now + GROUPS_MS };
      } catch {
        this.#groups = { of: new Map(), all: [], ...this.#groups, until: now + 30_000 };
      }
    }
    return this.#groups;
  }

  async #askGroups(): Promise<Groups> {
    const { usergroups } = await this.#client.usergroups.list({ include_users: true });
    const of = new Map<string, string[]>();
    for (const group of usergroups ?? []) {
      if (group.id === undefined) continue;
      for (const user of group.users ?? []) of.set(user, [...(of.get(user) ?? []), group.id]);
    }
    const all = (usergroups ?? []).flatMap(({ id, handle }) =>
      id === undefined || handle === undefined ? [] : [{ id, handle }],
    );
    return { of, all };
  }
}
