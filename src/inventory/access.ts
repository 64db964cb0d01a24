import { z } from "zod";
import { wildcard } from "../domain/wildcard.ts";
import type { Risk } from "../domain/diagnosis.ts";

/** What somebody may be allowed to do; approving goes by the fix's risk, edits of configuration apart. */
const PERMISSIONS = [
  "diagnose",
  "approve:safe",
  "approve:disruptive",
  "approve:dangerous",
  "approve:edit",
  "approve:selinux",
  "break-glass",
  "schedule",
  "silence",
] as const;
type Permission = (typeof PERMISSIONS)[number];

const Who = z
  .string()
  .regex(
    /^([UWS][A-Z0-9]{2,}|local:[^\s:]+|members)$/,
    "write an immutable Slack id (U… or W… a person, S… a user group), local:LOGIN, or members",
  );

/** One rule of `policy:`; a part left out puts no condition. */
export const PolicyRule = z.strictObject({
  who: z.array(Who).min(1),
  /** Slack channels; for the terminal it puts no condition. */
  in: z.array(z.string().regex(/^[CGD][A-Z0-9]{2,}$/, "write a channel's id (C…), not its name")).optional(),
  may: z.array(z.enum(PERMISSIONS)),
  /** Hosts, patterns with `*`, or "@group". */
  on: z.array(z.string().min(1)).optional(),
  approvals: z.int().min(1).max(5).default(1),
  /** The requester's own vote does not count. */
  fourEyes: z.boolean().default(false),
});
export type PolicyRule = z.infer<typeof PolicyRule>;

/** Who asks. */
export interface Actor {
  /** A Slack user id, or local:LOGIN. */
  readonly id: string;
  /** "external": a person of another organisation. */
  readonly kind: "member" | "guest" | "external" | "local";
  /** The Slack user groups the actor is in. */
  readonly userGroups: readonly string[];
  /** What Slack did not say about the actor: whether it is a member, which groups it is in. */
  readonly unknown?: readonly Unknown[];
}

export type Unknown = "member" | "groups";

export interface AccessRequest {
  readonly actor: Actor;
  readonly action: "diagnose" | "approve" | "break-glass" | "schedule" | "silence";
  /** For approve: the fix's risk. */
  readonly risk?: Risk;
  /** For approve: the fix edits a configuration file. */
  readonly edit?: boolean;
  /** For approve: the fix changes what SELinux allows. */
  readonly selinux?: boolean;
  readonly host: string;
  /** Where the host is known from; without a policy only those written in `hosts:` count in Slack. */
  readonly source: "file" | "ssh" | "ansible";
  readonly groups: readonly string[];
  /** The Slack channel; undefined in the terminal. */
  readonly channel?: string;
}

export interface AccessDecision {
  readonly allowed: boolean;
  /** Votes needed; 0 when denied. */
  readonly approvals: number;
  readonly fourEyes: boolean;
  /** Index of the rule that decided; undefined when none did. */
  readonly rule: number | undefined;
  /** A clause for a person: why. */
  readonly why: string;
}

/**
 * Decides by the first rule that speaks of this actor, channel, host and permission; a rule whose
 * `may` is empty denies all it speaks of. No rule: denied. Guests and people of other organisations
 * are allowed only by a rule that names them by their own id. A dangerous fix never needs fewer
 * than two votes, of which the requester's own is none but one. An edit needs approve:edit, and what
 * changes SELinux approve:selinux, besides the permission for the risk, by the same rule or another.
 */
export function decide(request: AccessRequest, policy: readonly PolicyRule[] | undefined): AccessDecision {
  const wanted = permissions(request);
  const decisions = wanted.map((permission) => one(request, permission, policy));
  const denied = decisions.find((decision) => !decision.allowed);
  const strictest = decisions.reduce((a, b) => (b.approvals > a.approvals ? b : a));
  if (denied !== undefined) return denied;
  return {
    ...strictest,
    fourEyes: decisions.some((decision) => decision.fourEyes),
    approvals: request.risk === "dangerous" ? Math.max(2, strictest.approvals) : strictest.approvals,
  };
}

function permissions(request: AccessRequest): [Permission, ...Permission[]] {
  if (request.action !== "approve") return [request.action];
  const byRisk = `approve:${request.risk ?? "dangerous"}` as const;
  return [
    byRisk,
    ...(request.edit === true ? (["approve:edit"] as const) : []),
    ...(request.selinux === true ? (["approve:selinux"] as const) : []),
  ];
}

function one(
  request: AccessRequest,
  permission: Permission,
  policy: readonly PolicyRule[] | undefined,
): AccessDecision {
  if (policy === undefined) {
    const asMember = { ...request, actor: mostOf(request.actor, []) };
    return sureOf(request.actor, withoutPolicy(request, permission), [withoutPolicy(asMember, permission)]);
  }
  const index = policy.findIndex((rule) => speaksOf(rule, request, permission));
  const sure = byRule(policy, index, request, permission);
  // What Slack did not say might put a rule before it: then only what every such rule allows is allowed.
  const before = policy
    .slice(0, index < 0 ? policy.length : index)
    .flatMap((rule, i) => (mightSpeakOf(rule, request, permission) ? [i] : []))
    .map((i) => byRule(policy, i, request, permission));
  return sureOf(request.actor, sure, before);
}

/** What the rule of this index says; none: denied. */
function byRule(
  policy: readonly PolicyRule[],
  index: number,
  request: AccessRequest,
  permission: Permission,
): AccessDecision {
  const rule = policy[index];
  if (rule === undefined) {
    return denial(`no rule of the policy allows ${request.actor.id} to ${permission} on ${request.host}`);
  }
  if (rule.may.length === 0) return { ...denial(`rule ${index + 1} of the policy denies it`), rule: index };
  const why = `rule ${index + 1} of the policy allows ${permission}`;
  return { allowed: true, approvals: rule.approvals, fourEyes: rule.fourEyes, rule: index, why };
}

const DOUBTS: Readonly<Record<Unknown, string>> = {
  member: "Slack does not say just now who you are",
  groups: "Slack does not say just now which user groups you are in",
};

/** What holds whatever Slack did not say; where it might be otherwise, a refusal is none of the policy's. */
function sureOf(actor: Actor, sure: AccessDecision, others: readonly AccessDecision[]): AccessDecision {
  const all = [...others, sure];
  const [what] = actor.unknown ?? [];
  if (all.every((d) => !d.allowed)) return sure;
  if (all.some((d) => !d.allowed) && what !== undefined)
    return denial(`${DOUBTS[what]}; try again in a minute`);
  const approvals = Math.max(...all.map((d) => d.approvals));
  return { ...sure, approvals, fourEyes: all.some((d) => d.fourEyes) };
}

/** The actor, if Slack had said of it what gives most. @param groups those it may be in */
function mostOf({ unknown = [], ...actor }: Actor, groups: readonly string[]): Actor {
  return {
    ...actor,
    kind: unknown.includes("member") ? "member" : actor.kind,
    userGroups: unknown.includes("groups") ? groups : actor.userGroups,
  };
}

/** Whether a rule would speak of the actor if Slack had said what it did not say. */
function mightSpeakOf(rule: PolicyRule, request: AccessRequest, permission: Permission): boolean {
  if (request.actor.unknown === undefined) return false;
  const groups = rule.who.filter((who) => who.startsWith("S"));
  return speaksOf(rule, { ...request, actor: mostOf(request.actor, groups) }, permission);
}

function speaksOf(rule: PolicyRule, request: AccessRequest, permission: Permission): boolean {
  if (rule.may.length > 0 && !rule.may.includes(permission)) return false;
  const { actor } = request;
  const outsider = actor.kind === "guest" || actor.kind === "external";
  const named = rule.who.includes(actor.id);
  const grouped = rule.who.some(
    (who) => actor.userGroups.includes(who) || (who === "members" && actor.kind === "member"),
  );
  if (!named && (outsider || !grouped)) return false;
  const here = rule.in === undefined || actor.kind === "local" || rule.in.includes(request.channel ?? "");
  return here && speaksOfHost(rule, { name: request.host, groups: request.groups });
}

/** Whether a rule's `on` means a host. */
export function speaksOfHost(
  rule: Pick<PolicyRule, "on">,
  host: { readonly name: string; readonly groups: readonly string[] },
): boolean {
  return rule.on === undefined || rule.on.some((target) => means(target, host.name, host.groups));
}

function means(target: string, host: string, groups: readonly string[]): boolean {
  if (!target.startsWith("@")) return wildcard(target, host);
  return target === "@all" || groups.includes(target.slice(1));
}

/** The channels that rules are bound to, each once. */
export function policyChannels(policy: readonly PolicyRule[] | undefined): readonly string[] {
  return [...new Set((policy ?? []).flatMap((rule) => rule.in ?? []))];
}

const LOCAL: readonly Permission[] = [
  "diagnose",
  "approve:safe",
  "approve:disruptive",
  "approve:edit",
  "schedule",
  "silence",
];

function withoutPolicy(request: AccessRequest, permission: Permission): AccessDecision {
  const allow = (why: string): AccessDecision => ({
    allowed: true,
    approvals: 1,
    fourEyes: false,
    rule: undefined,
    why,
  });
  if (request.actor.kind === "local") {
    return LOCAL.includes(permission)
      ? allow("without a policy the local user may")
      : denial(`without a policy nobody may ${permission}; allow it in policy: of 502.yml`);
  }
  if (permission !== "diagnose") {
    return denial(`without a policy nobody may ${permission} in Slack; allow it in policy: of 502.yml`);
  }
  if (request.actor.kind !== "member") {
    return denial("guests and people of other organisations may not, unless the policy names them");
  }
  return request.source === "ssh"
    ? denial("without a policy only the hosts written in hosts: may be diagnosed from Slack")
    : allow("without a policy full members may diagnose the hosts of hosts:");
}

function denial(why: string): AccessDecision {
  return { allowed: false, approvals: 0, fourEyes: false, rule: undefined, why };
}
