/** A conversation: public or private channel, or the direct messages between a user and the bot. */
export interface Channel {
  id: string;
  name: string;
  kind: "public" | "private" | "im";
  members: Set<string>;
  archived: boolean;
  topic: string;
  created: number;
  /** shared with another organisation */
  shared: boolean;
  /** the person of a direct-message conversation */
  imUser?: string;
}

/** The workspace's conversations by id and by name. */
export class Channels {
  readonly #byId = new Map<string, Channel>();

  add(channel: Channel): Channel {
    this.#byId.set(channel.id, channel);
    return channel;
  }

  all(): Channel[] {
    return [...this.#byId.values()];
  }

  /** By id, or by name with or without "#"; undefined when there is none. */
  find(idOrName: string): Channel | undefined {
    const direct = this.#byId.get(idOrName);
    if (direct !== undefined) return direct;
    const name = idOrName.replace(/^#/, "");
    return this.all().find((channel) => channel.kind !== "im" && channel.name === name);
  }

  /** As find, but throws: for callers that name their own channels. */
  get(idOrName: string): Channel {
    const channel = this.find(idOrName);
    if (channel === undefined) {
      const known = this.all().map((each) => each.name || each.id);
      throw new Error(`no channel ${idOrName} in the simulated workspace; it has: ${known.join(", ")}`);
    }
    return channel;
  }

  /** The direct messages of a user with the bot, if they were opened. */
  im(userId: string): Channel | undefined {
    return this.all().find((channel) => channel.kind === "im" && channel.imUser === userId);
  }
}
