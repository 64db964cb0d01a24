import type { WebClient } from "@slack/web-api";
import type { Actor } from "../domain/run.ts";
import type { Clock } from "../workflows/ports.ts";

const PERSON_MS = 5 * 60_000;
const GROUPS_MS = 5 * 60_000;
const MOST_KNOWN = 5_000;

interface Known {
  readonly fullMember: boolean;
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
  #groups: { readonly of: ReadonlyMap<string, readonly string[]>; readonly until: number } | undefined;
  #asking: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  constructor(client: WebClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @param channel where the person acts */
  async actor(id: string, channel: string | undefined): Promise<Actor> {
    const [fullMember, groups] = await Promise.all([this.#fullMember(id), this.#groupsOf(id)]);
    return { id, via: "slack", fullMember, groups, ...(channel === undefined ? {} : { channel }) };
  }

  async #fullMember(id: string): Promise<boolean> {
    const now = this.#clock.now();
    const known = this.#known.get(id);
    if (known !== undefined && known.until > now) return known.fullMember;
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
      this.#known.set(id, { fullMember: !outside, until: now + PERSON_MS });
      return !outside;
    } catch {
      // What was known a while ago is better than locking everybody out while Slack has trouble.
      return known?.fullMember ?? false;
    }
  }

  async #groupsOf(id: string): Promise<readonly string[]> {
    const now = this.#clock.now();
    if (this.#groups === undefined || this.#groups.until <= now) {
      this.#asking ??= this.#askGroups().finally(() => (this.#asking = undefined));
      try {
        this.#groups = { of: await this.#asking, until: now + GROUPS_MS };
      } catch {
        this.#groups = { of: this.#groups?.of ?? new Map(), until: now + 30_000 };
      }
    }
    return this.#groups.of.get(id) ?? [];
  }

  async #askGroups(): Promise<ReadonlyMap<string, readonly string[]>> {
    const { usergroups } = await this.#client.usergroups.list({ include_users: true });
    const of = new Map<string, string[]>();
    for (const group of usergroups ?? []) {
      if (group.id === undefined) continue;
      for (const user of group.users ?? []) of.set(user, [...(of.get(user) ?? []), group.id]);
    }
    return of;
  }
}
