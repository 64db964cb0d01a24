import type { Channel } from "./state/channels.ts";
import type { User, UserGroup } from "./state/people.ts";
import type { AppProfile, WorkspaceState } from "./state/state.ts";

/** The invented workspace everybody starts with: ids are fixed, so that a policy can name them. */
export const TEAM = { id: "T0PLAY0001", name: "Playground", domain: "playground" };
const FOREIGN_TEAM_ID = "T0OTHER001";

export const APP: AppProfile = {
  id: "A0APP00502",
  botId: "B0BOT00502",
  botUser: "U0BOT00502",
  name: "fiveohtwo",
  commands: [
    {
      name: "/502",
      description: "Finds the cause of the 502 on a host",
      usage: "HOST|@GROUP|SITE|URL [--vhost NAME] [--url URL] [--playbook NAME]",
    },
  ],
  events: ["app_mention", "app_home_opened", "message.im"],
  shortcuts: [
    { callbackId: "diagnose_this", name: "Diagnose this", type: "message" },
    { callbackId: "new_run", name: "Diagnose a host", type: "global" },
  ],
};

const person: Omit<User, "id" | "name" | "realName" | "color" | "title"> = {
  teamId: TEAM.id,
  email: "",
  tz: "Europe/Berlin",
  isBot: false,
  isAdmin: false,
  isRestricted: false,
  isUltraRestricted: false,
  deleted: false,
};

/** Invented people: two on call, one of security, a guest and somebody of another organisation. */
export const USERS: User[] = [
  {
    ...person,
    id: "U0ADA00001",
    name: "ada",
    realName: "Ada Okafor",
    title: "On call",
    color: "#7a4fbf",
    isAdmin: true,
  },
  { ...person, id: "U0LIN00002", name: "lin", realName: "Lin Moreau", title: "On call", color: "#1f7a8c" },
  { ...person, id: "U0SAM00003", name: "sam", realName: "Sam Keller", title: "Security", color: "#b3541e" },
  {
    ...person,
    id: "U0GUS00004",
    name: "gus",
    realName: "Gus Tran",
    title: "Guest",
    color: "#5c6f2b",
    isRestricted: true,
  },
  {
    ...person,
    id: "U0OLGA0005",
    name: "olga",
    realName: "Olga Brandt",
    title: "Partner Ltd",
    color: "#94405d",
    teamId: FOREIGN_TEAM_ID,
  },
  {
    ...person,
    id: APP.botUser,
    name: "fiveohtwo",
    realName: "fiveohtwo",
    title: "",
    color: "#2b2f36",
    isBot: true,
  },
].map((user) => ({ ...user, email: user.isBot ? "" : `${user.name}@example.test` }));

export const GROUPS: UserGroup[] = [
  { id: "S0ONCALL01", handle: "oncall", name: "On call", users: ["U0ADA00001", "U0LIN00002"] },
  { id: "S0SECUR002", handle: "security", name: "Security", users: ["U0SAM00003"] },
];

const everyone = ["U0ADA00001", "U0LIN00002", "U0SAM00003"];

/** Fills the channels: two with the bot, a shared one, an archived one, one without it, a private one. */
export function seedChannels(state: WorkspaceState): void {
  const bot = state.app.botUser;
  const guests = ["U0GUS00004", "U0OLGA0005"];
  const add = (id: string, name: string, members: string[], extra: Partial<Channel> = {}): void => {
    const created = Math.floor(state.clock() / 1000);
    const base: Channel = {
      id,
      name,
      kind: "public",
      members: new Set(members),
      archived: false,
      topic: "",
      created,
      shared: false,
    };
    state.channels.add({ ...base, ...extra });
  };
  add("C0OPS00001", "ops", [...everyone, ...guests, bot], {
    topic: "Incidents, type /502 HOST",
    shared: true,
  });
  add("C0GENERAL1", "general", [...everyone, bot], { topic: "Company-wide" });
  add("C0RANDOM01", "random", everyone, { topic: "The bot is not in here" });
  add("C0OLDOPS01", "old-incidents", [...everyone, bot], { archived: true });
  add("G0SECRET01", "security-private", ["U0SAM00003", bot], { kind: "private" });
  for (const user of state.people.users.values()) {
    if (user.isBot) continue;
    add(`D0${user.id.slice(2)}`, "", [user.id, bot], { kind: "im", imUser: user.id });
  }
}
