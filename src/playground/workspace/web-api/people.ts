import type { Json } from "../json.ts";
import type { User } from "../state/people.ts";
import { ApiError } from "./errors.ts";
import type { Call, Methods } from "./method.ts";
import { page } from "./paging.ts";

/** The user as the Web API shows it. The email needs its own scope. */
function presentUser(call: Call, user: User): Json {
  const withEmail = call.token.scopes.includes("users:read.email");
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    real_name: user.realName,
    deleted: user.deleted,
    color: user.color.slice(1),
    tz: user.tz,
    is_bot: user.isBot,
    is_admin: user.isAdmin,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.isRestricted,
    is_ultra_restricted: user.isUltraRestricted,
    is_stranger: isStranger(call, user),
    is_app_user: false,
    locale: "en-GB",
    profile: {
      real_name: user.realName,
      display_name: user.name,
      title: user.title,
      team: user.teamId,
      ...(withEmail && user.email !== "" ? { email: user.email } : {}),
    },
  };
}

/** Of another organisation, and in no channel that the app can see: whoever is in one is no stranger. */
function isStranger({ state }: Call, user: User): boolean {
  const met = [...state.channels.all()].some(
    (c) => c.members.has(user.id) && c.members.has(state.app.botUser),
  );
  return state.people.isForeign(user) && !met;
}

/** users.*, usergroups.*, team.info, bots.info, auth.test, api.test */
export const people: Methods = {
  "api.test": { token: "any", scopes: [], tier: 4, run: () => ({}) },
  "auth.test": {
    token: "any",
    scopes: [],
    tier: "special",
    run: ({ state, token }) => ({
      url: `${state.origin}/`,
      team: state.people.team.name,
      team_id: state.people.team.id,
      ...(token.kind === "bot"
        ? { user: state.app.name, user_id: state.app.botUser, bot_id: state.app.botId }
        : { app_id: state.app.id, app_name: state.app.name }),
      is_enterprise_install: false,
    }),
  },
  "team.info": {
    token: "bot",
    scopes: ["team:read"],
    tier: 3,
    run: ({ state }) => ({ team: { ...state.people.team, email_domain: "", icon: {} } }),
  },
  "bots.info": {
    token: "bot",
    scopes: ["users:read"],
    tier: 3,
    run: ({ state, args }) => {
      const { app } = state;
      if (args.str("bot") !== app.botId) throw new ApiError("bot_not_found");
      return { bot: { id: app.botId, app_id: app.id, user_id: app.botUser, name: app.name, deleted: false } };
    },
  },
  "users.info": {
    token: "bot",
    scopes: ["users:read"],
    tier: 4,
    run: (call) => {
      const user = call.state.people.users.get(call.args.required("user"));
      if (user === undefined) throw new ApiError("user_not_found");
      return { user: presentUser(call, user) };
    },
  },
  "users.list": {
    token: "bot",
    scopes: ["users:read"],
    tier: 2,
    run: (call) => {
      const { page: users, meta } = page(call, [...call.state.people.users.values()], 200, 1000);
      return { members: users.map((user) => presentUser(call, user)), ...meta };
    },
  },
  "users.lookupByEmail": {
    token: "bot",
    scopes: ["users:read.email"],
    tier: 3,
    run: (call) => {
      const email = call.args.required("email");
      const user = [...call.state.people.users.values()].find((each) => each.email === email);
      if (user === undefined) throw new ApiError("users_not_found");
      return { user: presentUser(call, user) };
    },
  },
  "usergroups.list": {
    token: "bot",
    scopes: ["usergroups:read"],
    tier: 2,
    run: ({ state, args }) => ({
      usergroups: [...state.people.groups.values()].map((group) => ({
        id: group.id,
        team_id: state.people.team.id,
        is_usergroup: true,
        handle: group.handle,
        name: group.name,
        user_count: group.users.length,
        ...(args.flag("include_users") ? { users: group.users } : {}),
      })),
    }),
  },
  "usergroups.users.list": {
    token: "bot",
    scopes: ["usergroups:read"],
    tier: 2,
    run: ({ state, args }) => {
      const group = state.people.groups.get(args.required("usergroup"));
      if (group === undefined) throw new ApiError("no_such_subteam");
      return { users: group.users };
    },
  },
};
