import { WebClient } from "@slack/web-api";
import nock from "nock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { People } from "../../src/slack/people.ts";
import { realClock } from "../support/place.ts";

const SLACK = "https://slack.example.test";
let api: nock.Scope;
let people: People;
const seen = { shift: 0 };

beforeEach(() => {
  nock.disableNetConnect();
  api = nock(SLACK);
  seen.shift = 0;
  const client = new WebClient("xoxb-fake", {
    slackApiUrl: `${SLACK}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  people = new People(client, { ...realClock, now: () => Date.now() + seen.shift });
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const home = (team: object = { team_id: "T0OURS0001" }): nock.Scope =>
  api.post("/api/auth.test").reply(200, { ok: true, ...team });
const groups = (): nock.Scope =>
  api
    .post("/api/usergroups.list")
    .reply(200, { ok: true, usergroups: [{ id: "S0OPS", users: ["U0EVA00001"] }] });
const info = (user: object): nock.Scope =>
  api.post("/api/users.info").reply(200, { ok: true, user: { id: "U0EVA00001", ...user } });
const eva = (): ReturnType<People["actor"]> => people.actor("U0EVA00001", "C0OPS00001");

describe("a full member is", () => {
  const ours = { team_id: "T0OURS0001" };
  const grid = { ...ours, enterprise_id: "E0CORP0001" };
  test.each([
    ["somebody of the bot's workspace", ours, ours, true],
    [
      "nobody of another organisation whom the bot meets in a shared channel",
      ours,
      { team_id: "T0OTHER001", is_stranger: false },
      false,
    ],
    ["no stranger", ours, { ...ours, is_stranger: true }, false],
    ["no guest", ours, { ...ours, is_restricted: true }, false],
    ["no guest of one channel", ours, { ...ours, is_ultra_restricted: true }, false],
    ["nobody who left", ours, { ...ours, deleted: true }, false],
    ["no bot", ours, { ...ours, is_bot: true }, false],
    ["nobody of whom no workspace is said", ours, {}, false],
    [
      "somebody of another workspace of the organisation",
      grid,
      { team_id: "T0SISTER01", enterprise_user: { enterprise_id: "E0CORP0001" } },
      true,
    ],
    [
      "nobody of another organisation's workspace",
      grid,
      { team_id: "T0OTHER001", enterprise_user: { enterprise_id: "E0OTHER001" } },
      false,
    ],
  ])("%s", async (_, team, user, full) => {
    home(team);
    groups();
    info(user);
    const actor = await eva();
    expect(actor).toMatchObject({ fullMember: full, groups: ["S0OPS"] });
    expect(actor.unknown).toBeUndefined();
  });
});

test("Slack has trouble: it is not known who it is, and asked again at the next word", async () => {
  groups();
  home();
  api.post("/api/users.info").reply(503, "busy");
  expect(await eva()).toMatchObject({ fullMember: false, unknown: ["member"] });
  info({ team_id: "T0OURS0001" });
  const actor = await eva();
  expect(actor).toMatchObject({ fullMember: true });
  expect(actor.unknown).toBeUndefined();
});

test("nobody of this id is an answer, not a doubt", async () => {
  groups();
  home();
  api.post("/api/users.info").reply(200, { ok: false, error: "user_not_found" });
  const actor = await eva();
  expect(actor.fullMember).toBe(false);
  expect(actor.unknown).toBeUndefined();
});

test("groups that Slack has never said are unknown; those it said a while ago are kept", async () => {
  home();
  info({ team_id: "T0OURS0001" });
  api.post("/api/usergroups.list").reply(503, "busy");
  expect(await eva()).toMatchObject({ fullMember: true, groups: [], unknown: ["groups"] });
  seen.shift += 6_000;
  groups();
  expect((await eva()).groups).toEqual(["S0OPS"]);
  seen.shift += 299_000;
  info({ team_id: "T0OURS0001" });
  api.post("/api/usergroups.list").reply(503, "busy");
  const later = await eva();
  expect(later.groups).toEqual(["S0OPS"]);
  expect(later.unknown).toBeUndefined();
});
