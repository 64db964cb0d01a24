import type { Command } from "../domain/command.ts";
import type { Fix, Risk } from "../domain/diagnosis.ts";
import type { BoundFix, BoundPlace } from "../domain/fix.ts";
import type { FixRule, Playbook } from "../domain/playbook.ts";
import type { FixStep, RenderedFix } from "../playbook/render.ts";
import { alsoLoaded, type ShownEdit } from "./edit.ts";
import type { Evaluator, Scope } from "./evaluator.ts";
import type { Placed } from "./fold.ts";
import { interruptedPeers, lastPeer } from "./last-peer.ts";
import { firewallOf, machineOfCause } from "./ran-on.ts";
import { verification } from "./verification.ts";

/** What a fix is bound to besides the facts, and how its argument vectors are rendered and shown. */
export interface FixContext {
  readonly runId: string;
  readonly host: string;
  readonly hostKey: string;
  /** Renders a fix's commands and preconditions, all or none: an unknown fact, no user's name or no read-only look refuses it. */
  readonly render: (rule: FixRule, scope: Scope) => RenderedFix;
  readonly show: (command: Pick<Command, "argv" | "sudo" | "runAs">) => string;
  /** A configuration edit for this cause, when its fix is one (diff and edits), read from the files as they are. */
  readonly edit: (rule: FixRule, scope: Scope) => ShownEdit | undefined;
  readonly permits: Permits;
  /** The other machines that were looked at, with the host keys they showed. */
  readonly machines: ReadonlyMap<string, string>;
  /** Short verification windows in the lab. */
  readonly verify?: Partial<Omit<FixRule["verify"], "room">>;
}

/** What the configuration lets somebody approve on this host; what it does not is shown to be done by hand. */
export interface Permits {
  readonly dangerous: boolean;
  readonly edits: boolean;
  /** Somebody is named who may approve what changes SELinux; else that is dangerous. */
  readonly selinux: boolean;
  /** Files that a tool or a repository owns may be edited. */
  readonly managedFiles: boolean;
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
    name: evaluate.text(p.name, scope),
    command: plain(p.command),
    value: p.expect,
  }));
  const risk = riskOf(rule, scope, evaluate, context.permits);
  const because =
    whyByHand(rule, certain, risk, placed, context, place.other) ??
    whyEditByHand(edit, context.permits) ??
    lastPeer(scope, commands);
  const { room: _templates, ...timing } = rule.verify;
  const fix: Fix = {
    id: rule.id,
    recipe: rule.id,
    title: `${evaluate.text(rule.title, scope)}${alsoLoaded(edit, scope)}${place.named ? ` on ${place.host}` : ""}`,
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
      ...timing,
      ...context.verify,
      text: fix.verify,
      ...verification(placed, scope, edit, commands),
      ...(rendered.room.length === 0 ? {} : { room: [...rendered.room] }),
      ...place.verify,
    },
    ...(placed.vhosts[0] === undefined ? {} : { vhost: placed.vhosts[0] }),
    ...interruptedPeers(placed, scope, commands),
    ...(edit ? { edit: edit.bound } : {}),
    ...(rule.guard === undefined || risk === "dangerous" ? {} : { guard: rule.guard }),
  };
}

/** What can go wrong with it here: what is not known raises the risk like what is so. */
export function riskOf(
  rule: Pick<FixRule, "risk" | "riskWhen" | "guard">,
  scope: Scope,
  evaluate: Pick<Evaluator, "bool">,
  permits: Permits,
): Risk {
  return rule.riskWhen.reduce<Risk>(
    (r, w) => (evaluate.bool(w.when, scope).value !== false && RISK[w.risk] > RISK[r] ? w.risk : r),
    rule.guard === undefined || permits[rule.guard] ? rule.risk : "dangerous",
  );
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
function plain({ id, argv, sudo, runAs, timeoutMs, maxBytes, keep }: FixStep): BoundFix["commands"][number] {
  return {
    id,
    argv: [...argv],
    sudo,
    ...(runAs === undefined ? {} : { runAs }),
    timeoutMs,
    maxBytes,
    ...(keep === true ? { keep } : {}),
  };
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
  if (risk === "dangerous" && (rule.byHand || other || !context.permits.dangerous))
    return "dangerous: to be run by hand, by somebody who has looked";
  if (rule.byHand) return "to be decided and run by hand";
  if (!certain) return "its preconditions could not all be seen";
  return placed.candidate.grade !== "proven" && risk !== "safe" ? "the cause is not proven" : undefined;
}

/** Why an edit is shown as a diff only. */
function whyEditByHand(edit: ShownEdit | undefined, permits: Permits): string | undefined {
  if (edit === undefined) return undefined;
  if (edit.managed !== undefined && !permits.managedFiles)
    return `${edit.bound.path} says "${edit.managed}": change it where it comes from, or the change is lost`;
  return permits.edits
    ? undefined
    : "nobody's policy has approve:edit for this host: apply the diff, test and reload by hand";
}
