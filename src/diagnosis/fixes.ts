import type { Command } from "../domain/command.ts";
import type { Fix, Risk } from "../domain/diagnosis.ts";
import type { BoundFix, BoundPlace, FrontProbe } from "../domain/fix.ts";
import type { FixRule, Playbook } from "../domain/playbook.ts";
import type { RenderedFix } from "../playbook/render.ts";
import type { Evaluator, Scope } from "./evaluator.ts";
import type { Placed } from "./fold.ts";
import { firewallOf, machineOfCause } from "./ran-on.ts";

/** What a fix is bound to besides the facts, and how its argument vectors are rendered and shown. */
export interface FixContext {
  readonly runId: string;
  readonly host: string;
  readonly hostKey: string;
  /** Renders a fix's commands and preconditions, all or none: an unknown fact, no user's name or no read-only look refuses it. */
  readonly render: (rule: FixRule, scope: Scope) => RenderedFix;
  readonly show: (command: Pick<Command, "argv" | "sudo" | "runAs">) => string;
  /** A configuration edit for this cause, when its fix is one (diff and edits), read from the files as they are. */
  readonly edit: (
    rule: FixRule,
    scope: Scope,
  ) => { readonly diff: string; readonly bound: NonNullable<BoundFix["edit"]> } | undefined;
  /** The policy lets somebody approve dangerous fixes of this host; otherwise they are shown to be run by hand. */
  readonly dangerous: boolean;
  /** The other machines that were looked at, with the host keys they showed. */
  readonly machines: ReadonlyMap<string, string>;
  /** Short verification windows in the lab. */
  readonly verify?: Partial<FixRule["verify"]>;
}

const RISK: Readonly<Record<Risk, number>> = { safe: 0, disruptive: 1, dangerous: 2 };

/**
 * Renders the fixes of one cause, best first, into `bound`.
 * @returns the ids of the fixes, unique in the run
 */
export function offerFixes(
  placed: Placed,
  scope: Scope,
  playbook: Playbook,
  evaluate: Evaluator,
  context: FixContext,
  bound: BoundFix[],
): string[] {
  const ids: string[] = [];
  if (placed.candidate.grade === "unproven") return ids;
  for (const name of placed.candidate.rule.fixes) {
    const rule = playbook.fixes.find((f) => f.id === name);
    if (!rule) continue;
    const offer = evaluate.bool(rule.when, scope);
    if (offer.value === false) continue;
    const rendered = renderFix(rule, placed, scope, playbook, evaluate, context, offer.value === true);
    if (!rendered) continue;
    const same = bound.find(
      (b) =>
        b.fix.recipe === rule.id &&
        b.host === rendered.host &&
        JSON.stringify(b.commands.map((c) => c.argv)) ===
          JSON.stringify(rendered.commands.map((c) => c.argv)) &&
        b.fix.diff === rendered.fix.diff,
    );
    if (same) {
      ids.push(same.fix.id);
      continue;
    }
    const count = bound.filter((b) => b.fix.recipe === rule.id).length;
    const id = count === 0 ? rule.id : `${rule.id}-${count + 1}`;
    bound.push({ ...rendered, fix: { ...rendered.fix, id } });
    ids.push(id);
  }
  return ids;
}

function renderFix(
  rule: FixRule,
  placed: Placed,
  scope: Scope,
  playbook: Playbook,
  evaluate: Evaluator,
  context: FixContext,
  certain: boolean,
): BoundFix | undefined {
  const rendered = context.render(rule, scope);
  if (!rendered.ok) return undefined;
  const edit = rule.edit === undefined ? undefined : context.edit(rule, scope);
  if (rule.edit !== undefined && !edit) return undefined;
  const place = placeOf(rule, placed, scope, context);
  if (place === undefined) return undefined;
  const commands = rendered.commands.map(plain);
  const preconditions = rendered.preconditions.map((p) => ({
    name: p.name,
    command: plain(p.command),
    value: p.expect,
  }));
  const risk = rule.riskWhen.reduce<Risk>(
    (r, w) => (evaluate.bool(w.when, scope).value !== false && RISK[w.risk] > RISK[r] ? w.risk : r),
    rule.risk,
  );
  const because = whyByHand(rule, certain, risk, placed, context, place.other) ?? lastPeer(scope, commands);
  const fix: Fix = {
    id: rule.id,
    recipe: rule.id,
    title: `${evaluate.text(rule.title, scope)}${place.named ? ` on ${place.host}` : ""}`,
    risk,
    causeId: placed.candidate.rule.id,
    target: placed.target,
    commands: commands.map(context.show),
    verify: `${evaluate.text(rule.verify.text, scope)}${place.other ? ` (nginx is asked on ${context.host})` : ""}`,
    rollback: evaluate.text(rule.rollbackText, scope),
    offered: because === undefined,
    ...(place.named ? { host: place.host } : {}),
    ...(because === undefined ? {} : { because }),
    ...(edit ? { diff: edit.diff } : {}),
  };
  return {
    fix,
    host: place.host,
    hostKey: place.hostKey,
    runId: context.runId,
    playbook: playbook.name,
    revision: playbook.revision,
    commands,
    preconditions,
    rollback: rendered.rollback.map(plain),
    verify: {
      ...rule.verify,
      ...context.verify,
      text: fix.verify,
      ...verification(placed, scope),
      ...place.verify,
    },
    ...(placed.vhosts[0] === undefined ? {} : { vhost: placed.vhosts[0] }),
    ...(edit ? { edit: edit.bound } : {}),
  };
}

interface FixPlace extends BoundPlace {
  /** It is not the run's host. */
  readonly other: boolean;
  /** Two machines are in play, so that its name is said. */
  readonly named: boolean;
  readonly verify: Pick<BoundFix["verify"], "nginx" | "service">;
}

/** The machine a fix runs on, and where it is verified; undefined: that machine was not reached. */
function placeOf(rule: FixRule, placed: Placed, scope: Scope, context: FixContext): FixPlace | undefined {
  const machine = machineOfCause(placed);
  const at = rule.on === "nginx" ? undefined : rule.on === "firewall" ? firewallOf(scope) : machine;
  const nginx = { host: context.host, hostKey: context.hostKey };
  const there = (name: string): BoundPlace | undefined => {
    const hostKey = context.machines.get(name);
    return hostKey === undefined ? undefined : { host: name, hostKey };
  };
  const named = machine !== undefined;
  if (at !== undefined) {
    const place = there(at);
    return place && { ...place, other: true, named, verify: { nginx } };
  }
  const service = machine === undefined ? undefined : there(machine);
  return { ...nginx, other: false, named, verify: service ? { service } : {} };
}

/** A command as an approval's digest covers it. */
function plain({ id, argv, sudo, runAs, timeoutMs, maxBytes }: Command): BoundFix["commands"][number] {
  return { id, argv: [...argv], sudo, ...(runAs === undefined ? {} : { runAs }), timeoutMs, maxBytes };
}

/** Why a fix is not a button, or undefined when it is one. */
function whyByHand(
  rule: FixRule,
  certain: boolean,
  risk: Risk,
  placed: Placed,
  context: FixContext,
  other: boolean,
): string | undefined {
  if (risk === "dangerous" && (rule.byHand || other || !context.dangerous))
    return "dangerous: to be run by hand, by somebody who has looked";
  if (rule.byHand) return "to be decided and run by hand";
  if (!certain) return "its preconditions could not all be seen";
  return placed.candidate.grade !== "proven" && risk !== "safe" ? "the cause is not proven" : undefined;
}

/** One variable of a scope, by field. */
function part(scope: Scope, key: string): Readonly<Record<string, unknown>> {
  const value = scope[key];
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

const INTERRUPTS = new Set(["restart", "try-restart", "reload-or-restart", "stop", "kill", "up", "delete"]);

/**
 * Why a fix that interrupts a peer is not a button: no other peer of its group would answer meanwhile. Peers that are
 * marked down or that nobody listens for count as not answering.
 */
export function lastPeer(
  scope: Scope,
  commands: readonly { readonly argv: readonly string[] }[],
): string | undefined {
  const upstream = part(scope, "upstream");
  const count = (field: string, unknown: number): number =>
    typeof upstream[field] === "number" ? upstream[field] : unknown;
  if (upstream["group"] !== true || count("peers", 1) < 2) return undefined;
  const answers =
    part(scope, "direct")["outcome"] === "ok" ||
    (part(scope, "listener")["present"] === true && part(scope, "symptom")["failing"] === false);
  if (!answers || count("peers", 1) - count("down", 0) - count("failing", 0) > 1) return undefined;
  const service = new Set(
    [part(scope, "unit")["id"], part(scope, "app")["name"], part(scope, "container")["name"]].filter(
      (n) => n !== undefined,
    ),
  );
  const touches = commands.some(
    (c) => c.argv.some((w) => INTERRUPTS.has(w)) && c.argv.some((w) => service.has(w)),
  );
  return touches
    ? `it is the last peer of ${typeof upstream["name"] === "string" ? upstream["name"] : "its group"} that answers: bring another one back first`
    : undefined;
}

function verification(
  placed: Placed,
  scope: Scope,
): Pick<BoundFix["verify"], "fronts" | "target" | "unit" | "settleMs"> {
  const fronts: readonly FrontProbe[] = placed.place?.fronts ?? [];
  const { id: unit } = part(scope, "unit");
  const { peers, failTimeoutMs } = part(scope, "upstream");
  const many = typeof peers === "number" && peers > 1;
  const settleMs = many ? (typeof failTimeoutMs === "number" ? failTimeoutMs : 10_000) + 1000 : 0;
  return {
    fronts: [...fronts],
    target: placed.target,
    ...(typeof unit === "string" ? { unit } : {}),
    settleMs,
  };
}
