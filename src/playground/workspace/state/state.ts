import type { AwakeClock } from "../awake.ts";
import { Changes } from "./changes.ts";
import { Channels } from "./channels.ts";
import { Files } from "./files.ts";
import { Grants } from "./grants.ts";
import { Ids } from "./ids.ts";
import { Messages } from "./messages.ts";
import { People } from "./people.ts";
import type { Team, User, UserGroup } from "./people.ts";
import { Reads } from "./reads.ts";
import { Tokens } from "./tokens.ts";
import { Views } from "./views.ts";

/** The app under test, as the workspace knows it. */
export interface AppProfile {
  id: string;
  botId: string;
  botUser: string;
  name: string;
  /** as the manifest has them: what Slack shows while a command is typed */
  commands: { name: string; description: string; usage: string }[];
  events: string[];
  shortcuts: { callbackId: string; name: string; type: "global" | "message" }[];
}

/** The whole simulated workspace, in memory. */
export interface WorkspaceState {
  clock: () => number;
  ids: Ids;
  app: AppProfile;
  people: People;
  channels: Channels;
  messages: Messages;
  views: Views;
  grants: Grants;
  tokens: Tokens;
  files: Files;
  changes: Changes;
  reads: Reads;
  /** where this workspace is served, http://127.0.0.1:PORT */
  origin: string;
  /** does this user see this channel */
  sees: (user: string, channel: string) => boolean;
}

/** What a workspace starts with. */
export interface WorkspaceSeed {
  clock: () => number;
  awake: AwakeClock;
  triggerTtlMs?: number;
  app: AppProfile;
  team: Team;
  users: User[];
  groups: UserGroup[];
}

/** An empty workspace with its people, but without channels and tokens. */
export function createState(seed: WorkspaceSeed): WorkspaceState {
  const channels = new Channels();
  return {
    clock: seed.clock,
    ids: new Ids(seed.clock),
    app: seed.app,
    people: new People(seed.team, seed.users, seed.groups),
    channels,
    messages: new Messages(),
    views: new Views(),
    grants: new Grants(() => seed.awake.now(), seed.triggerTtlMs),
    tokens: new Tokens(),
    files: new Files(),
    changes: new Changes(),
    reads: new Reads(),
    origin: "",
    sees: (user, channel) => channels.find(channel)?.members.has(user) ?? false,
  };
}
