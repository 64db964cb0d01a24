import { describe, expect, test } from "vitest";
import { type AccessRequest, type Actor, decide, PolicyRule } from "../../src/inventory/access.ts";

const ann: Actor = { id: "U0ANN", kind: "member", userGroups: ["S0OPS"] };
const bob: Actor = { id: "U0BOB", kind: "member", userGroups: [] };
const guest: Actor = { id: "U0GST", kind: "guest", userGroups: ["S0OPS"] };
const local: Actor = { id: "local:ops", kind: "local", userGroups: [] };
const diagnose: AccessRequest = {
  actor: ann,
  action: "diagnose",
  host: "web-1",
  source: "file",
  groups: ["web"],
  channel: "C0OPS",
};
const approve = (
  actor: Actor,
  risk: "safe" | "disruptive" | "dangerous",
  over: Partial<AccessRequest> = {},
): AccessRequest => ({
  ...diagnose,
  actor,
  action: "approve",
  risk,
  ...over,
});
const rules = (...list: unknown[]): PolicyRule[] => list.map((rule) => PolicyRule.parse(rule));

describe("without a policy", () => {
  test.each([
    ["a member diagnoses a host of hosts:", diagnose, true],
    ["a member does not diagnose what only ssh_config knows", { ...diagnose, source: "ssh" }, false],
    ["a guest does not", { ...diagnose, actor: guest }, false],
    ["an outsider does not", { ...diagnose, actor: { ...ann, kind: "external" } }, false],
    ["nobody approves in Slack", approve(ann, "safe"), false],
    ["the local user diagnoses anything", { ...diagnose, actor: local, source: "ssh" }, true],
    ["the local user approves safe", approve(local, "safe"), true],
    ["the local user approves disruptive", approve(local, "disruptive"), true],
    ["the local user approves an edit", approve(local, "disruptive", { edit: true }), true],
    ["the local user approves nothing dangerous", approve(local, "dangerous"), false],
    ["nobody breaks glass", { ...diagnose, actor: local, action: "break-glass" }, false],
  ] as const)("%s", (_, request, allowed) => {
    const decision = decide(request, undefined);
    expect(decision.allowed).toBe(allowed);
    expect(decision.approvals).toBe(allowed ? 1 : 0);
    expect(decision.why).not.toBe("");
  });
});

describe("with a policy", () => {
  const policy = rules(
    { who: ["U0EVE"], may: [] },
    {
      who: ["S0OPS", "local:ops"],
      in: ["C0OPS"],
      may: ["diagnose", "approve:safe", "approve:disruptive"],
      on: ["@web"],
      approvals: 2,
      fourEyes: true,
    },
    { who: ["members"], may: ["diagnose"], on: ["web-*"] },
    { who: ["U0BOB"], may: ["approve:edit", "approve:disruptive", "approve:dangerous"] },
    { who: ["U0GST"], may: ["diagnose"], on: ["db-1"] },
    { who: ["members", "U0EVE"], may: ["diagnose", "approve:safe"], on: ["db-1"] },
  );
  test("the first rule that speaks of it decides", () => {
    expect(decide(diagnose, policy)).toMatchObject({ allowed: true, approvals: 2, rule: 1 });
    expect(decide({ ...diagnose, channel: "C0ELSE" }, policy)).toMatchObject({
      allowed: true,
      approvals: 1,
      rule: 2,
    });
    expect(decide({ ...diagnose, actor: bob }, policy)).toMatchObject({ rule: 2 });
    expect(decide(approve(ann, "safe"), policy)).toMatchObject({
      allowed: true,
      approvals: 2,
      fourEyes: true,
    });
    expect(decide(approve(ann, "safe", { channel: "C0ELSE" }), policy)).toMatchObject({ allowed: false });
    expect(decide(approve(ann, "safe", { host: "db-1", groups: [] }), policy)).toMatchObject({
      allowed: true,
      rule: 5,
    });
  });
  test("channels put no condition on the terminal, hosts do", () => {
    expect(decide(approve(local, "safe"), policy)).toMatchObject({ rule: 1 });
    expect(decide(approve(local, "safe", { groups: [] }), policy)).toMatchObject({ allowed: false });
  });
  test("an empty may denies, also what a later rule would allow", () => {
    const eve: Actor = { id: "U0EVE", kind: "member", userGroups: [] };
    expect(decide({ ...diagnose, actor: eve, host: "db-1" }, policy)).toMatchObject({
      allowed: false,
      rule: 0,
    });
  });
  test("guests and outsiders are allowed by their own id only", () => {
    expect(decide({ ...diagnose, actor: guest }, policy)).toMatchObject({ allowed: false });
    expect(decide({ ...diagnose, actor: guest, host: "db-1", groups: [] }, policy)).toMatchObject({
      allowed: true,
      rule: 4,
    });
  });
  test("an edit needs its own permission besides the risk's; a dangerous fix two votes", () => {
    expect(decide(approve(bob, "disruptive", { edit: true }), policy)).toMatchObject({ allowed: true });
    expect(decide(approve(ann, "disruptive", { edit: true }), policy)).toMatchObject({ allowed: false });
    expect(decide(approve(bob, "safe", { edit: true, host: "x" }), policy)).toMatchObject({ allowed: false });
    expect(decide(approve(bob, "dangerous"), policy)).toMatchObject({ allowed: true, approvals: 2 });
  });
  test("what changes SELinux needs its own permission, which nobody has without a policy", () => {
    const ask = approve(bob, "disruptive", { selinux: true });
    expect(decide(ask, policy)).toMatchObject({
      allowed: false,
      why: expect.stringContaining("approve:selinux"),
    });
    const named = rules(...policy, { who: ["U0BOB"], may: ["approve:selinux"] });
    expect(decide(ask, named)).toMatchObject({ allowed: true });
    expect(decide({ ...ask, actor: local }, undefined)).toMatchObject({ allowed: false });
  });
  test("an empty policy denies everything, to the local user too", () => {
    expect(decide({ ...diagnose, actor: local }, [])).toMatchObject({ allowed: false, approvals: 0 });
  });
});

describe("what Slack did not say is neither a permission nor a refusal of the policy's", () => {
  const who = (unknown: NonNullable<Actor["unknown"]>): Actor => ({
    id: "U0EVA",
    kind: unknown.includes("member") ? "guest" : "member",
    userGroups: [],
    unknown,
  });
  const [groups, member] = [who(["groups"]), who(["member"])];
  const open = rules({ who: ["members"], may: ["diagnose"] });
  const denied = rules({ who: ["S0LEFT"], may: [] }, ...open);
  const called = rules({ who: ["S0OPS"], may: ["diagnose"], fourEyes: true, approvals: 2 }, ...open);
  const named = rules({ who: ["members"], may: [] }, { who: ["U0EVA"], may: ["diagnose"] });
  const no = {
    allowed: false,
    rule: undefined,
    why: expect.stringMatching(/Slack does not say .* try again/),
  };
  test.each([
    ["unknown groups: a rule for members holds", groups, open, { allowed: true, rule: 0 }],
    ["unknown groups: a group that is denied might be one of them", groups, denied, no],
    [
      "unknown groups: the strictest of two that allow",
      groups,
      called,
      { allowed: true, approvals: 2, fourEyes: true },
    ],
    ["unknown groups: what only a group may", groups, rules({ who: ["S0OPS"], may: ["diagnose"] }), no],
    ["unknown member: what members may", member, open, no],
    ["unknown member: members are denied, the name comes later", member, named, no],
    [
      "unknown member: the name alone",
      member,
      rules({ who: ["U0EVA"], may: ["diagnose"] }),
      { allowed: true },
    ],
    ["unknown member, no policy", member, undefined, no],
    ["unknown groups, no policy", groups, undefined, { allowed: true }],
    [
      "unknown groups: denied by name, whatever they are",
      groups,
      rules({ who: ["U0EVA"], may: [] }, ...open),
      { allowed: false, rule: 0, why: "rule 1 of the policy denies it" },
    ],
    [
      "unknown groups: no rule that any group could bring in",
      groups,
      rules({ who: ["U0ANN"], may: ["diagnose"] }),
      { allowed: false, why: expect.stringContaining("no rule of the policy allows") },
    ],
  ])("%s", (_, actor, policy, expected) => {
    expect(decide({ ...diagnose, actor }, policy)).toMatchObject(expected);
  });
});
