/** One playbook on one host, once. Ids match ^[a-z0-9][a-z0-9-]*$. */
export const RUN_STATES = ["queued", "running", "done", "failed"] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Who asked, from where: a Slack user in a channel, a local login, a schedule or an alert. */
export interface Actor {
  /** Immutable: a Slack user id, `local:<login>`, `schedule:<id>` or `alert:<source>`. */
  readonly id: string;
  readonly via: "slack" | "terminal" | "schedule" | "alert" | "watch";
  readonly channel?: string;
  /** Slack user groups the actor is in, as ids. */
  readonly groups?: readonly string[];
  /** False for guests and people of other organisations. */
  readonly fullMember?: boolean;
  /** What Slack did not say when it was asked: whether this is a full member, which groups. Nothing is allowed for it. */
  readonly unknown?: readonly ("member" | "groups")[];
}

export interface RunRequest {
  readonly host: string;
  readonly playbook: string;
  readonly vhost?: string;
  readonly url?: string;
  /** A public address that the bot asks itself, from where it stands: the run is of a site. */
  readonly site?: string;
}

/** Where the answer goes: a Slack thread, or nowhere (the terminal waits for the row). */
export interface Destination {
  readonly channel: string;
  readonly threadTs?: string;
  /** The key of a message of the bot's own that has not been posted yet: the answer goes into its thread. */
  readonly threadKey?: string;
}

export interface Run {
  readonly id: string;
  readonly request: RunRequest;
  readonly actor: Actor;
  readonly destination?: Destination;
  readonly state: RunState;
  readonly createdAt: number;
  readonly finishedAt?: number;
}
