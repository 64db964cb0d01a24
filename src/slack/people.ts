import { type WebClient, WebAPIPlatformError } from "@slack/web-api";
import type { Actor } from "../domain/run.ts";
import type { Clock } from "../workflows/ports.ts";

const PERSON_MS = 5 * 60_000;
const GROUPS_MS = 5 * 60_000;
/** After which time groups are asked for again that Slack did not say. */
const AGAIN_MS = 5_000;
const CHANNELS_MS = 60_000;
const MOST_KNOWN = 5_000;
const MOST_PAGES = 10;

interface Known {
  readonly fullMember: boolean;
  /** The person's own time zone, as set in Slack. */
  readonly zone: string | undefined;
  readonly until: number;
}

/** The workspace the bot is in, and the organisation it may belong to. */
interface Home {
  readonly team: string;
  readonly enterprise?: string;
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
 * Who somebody is, asked of Slack and kept for five minutes. What cannot be asked is never taken for a permission,
 * and it is told apart from an answer: see Actor.unknown.
 */
export class People {
  readonly #client: WebClient;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly #channels = new Map<string, Channels>();
  #home: Home | undefined;
  #groups: (Groups & { readonly until: number }) | undefined;
  #noGroupsUntil = 0;
  #asking: Promise<Groups> | undefined;

  constructor(client: WebClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @param channel where the person acts */
  async actor(id: string, channel: string | undefined): Promise<Actor> {
    const [known, groups] = await Promise.all([this.#person(id), this.#knownGroups()]);
    const unknown = [
      ...(known === undefined ? (["member"] as const) : []),
      ...(groups === undefined ? (["groups"] as const) : []),
    ];
    return {
      id,
      via: "slack",
      fullMember: known?.fullMember ?? false,
      groups: groups?.of.get(id) ?? [],
      ...(channel === undefined ? {} : { channel }),
      ...(unknown.length === 0 ? {} : { unknown }),
    };
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
      const [{ user }, home] = await Promise.all([this.#client.users.info({ user: id }), this.#askHome()]);
      return this.#keep(id, { fullMember: isFullMember(user, home), zone: user?.tz, until: now + PERSON_MS });
    } catch (error) {
      // Slack's own word that there is nobody of this id for the bot.
      if (isNobody(error))
        return this.#keep(id, { fullMember: false, zone: undefined, until: now + PERSON_MS });
      // What was known a while ago is better than locking everybody out while Slack has trouble.
      return known;
    }
  }

  #keep(id: string, known: Known): Known {
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(id, known);
    return known;
  }

  async #askHome(): Promise<Home> {
    if (this.#home === undefined) {
      const { team_id: team = "", enterprise_id: enterprise } = await this.#client.auth.test();
      this.#home = { team, ...(enterprise === undefined ? {} : { enterprise }) };
    }
    return this.#home;
  }

  /** The workspace's user groups. */
  async groups(): Promise<Groups["all"]> {
    return (await this.#knownGroups())?.all ?? [];
  }

  /** Undefined: Slack has never said. */
  async #knownGroups(): Promise<Groups | undefined> {
    const now = this.#clock.now();
    if (this.#groups !== undefined && this.#groups.until > now) return this.#groups;
    if (this.#groups === undefined && this.#noGroupsUntil > now) return undefined;
    this.#asking ??= this.#askGroups().finally(() => (this.#asking = undefined));
    try {
      this.#groups = { ...(await this.#asking), until: now + GROUPS_MS };
    } catch {
      this.#noGroupsUntil = now + AGAIN_MS;
      if (this.#groups !== undefined) this.#groups = { ...this.#groups, until: now + AGAIN_MS };
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

type User = NonNullable<Awaited<ReturnType<WebClient["users"]["info"]>>["user"]>;

/**
 * No guest, no bot, and of the bot's own workspace or organisation. Somebody of another organisation who is in a
 * channel with the bot is no "stranger" to Slack (https://docs.slack.dev/reference/objects/user-object): only the
 * workspace's id tells them.
 */
function isFullMember(user: User | undefined, home: Home): boolean {
  if (user === undefined) return false;
  const guest = user.is_restricted === true || user.is_ultra_restricted === true;
  const other = user.is_stranger === true || user.deleted === true || user.is_bot === true;
  const { team, enterprise } = home;
  const sameOrganisation =
    enterprise !== undefined &&
    (user.enterprise_user?.enterprise_id === enterprise || user.team_id === enterprise);
  return !guest && !other && ((team !== "" && user.team_id === team) || sameOrganisation);
}

function isNobody(error: unknown): boolean {
  return (
    error instanceof WebAPIPlatformError && ["user_not_found", "user_not_visible"].includes(error.data.error)
  );
}
