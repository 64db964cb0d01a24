/** A workspace: its own one, or a foreign one whose people visit shared channels. */
export interface Team {
  id: string;
  name: string;
  domain: string;
}

/** A person or a bot. Guests and people of another team are what access rules are tried on. */
export interface User {
  id: string;
  teamId: string;
  name: string;
  realName: string;
  email: string;
  title: string;
  color: string;
  tz: string;
  isBot: boolean;
  isAdmin: boolean;
  /** multi-channel guest */
  isRestricted: boolean;
  /** single-channel guest */
  isUltraRestricted: boolean;
  deleted: boolean;
}

export interface UserGroup {
  id: string;
  handle: string;
  name: string;
  users: string[];
}

/** Everybody the workspace knows. */
export class People {
  readonly team: Team;
  readonly users = new Map<string, User>();
  readonly groups = new Map<string, UserGroup>();

  constructor(team: Team, users: User[], groups: UserGroup[]) {
    this.team = team;
    for (const user of users) this.users.set(user.id, user);
    for (const group of groups) this.groups.set(group.id, group);
  }

  /** Belongs to another organisation (Slack Connect). */
  isForeign(user: Pick<User, "teamId">): boolean {
    return user.teamId !== this.team.id;
  }

  /** The user by id or by handle, or undefined. */
  find(idOrName: string): User | undefined {
    const direct = this.users.get(idOrName);
    if (direct !== undefined) return direct;
    const name = idOrName.replace(/^@/, "");
    return [...this.users.values()].find((user) => user.name === name);
  }

  /** As find, but throws for somebody unknown: for callers that name their own people. */
  get(idOrName: string): User {
    const user = this.find(idOrName);
    if (user === undefined) {
      const known = [...this.users.values()].map((each) => each.name).join(", ");
      throw new Error(`no user ${idOrName} in the simulated workspace; it has: ${known}`);
    }
    return user;
  }
}
