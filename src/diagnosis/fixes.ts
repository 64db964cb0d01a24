import type { Command } from "../domain/command.ts";
import type { Fix, Risk } from "../domain/diagnosis.ts";
import type { BoundFix, FrontProbe } from "../domain/fix.ts";
import type { FixRule, Playbook } from "../domain/playbook.ts";
import type { Evaluator, Scope } from "./evaluator.ts";
import type { Placed } from "./fold.ts";

/** What a fix is bound to besides the facts, and how its argument vectors are rendered and shown. */
export interface FixContext {
  readonly runId: string;
  readonly host: string;
  readonly hostKey: string;
  /** Renders placeholders into argument vectors; undefined when a value is unknown or not allowed. */
  readonly render: (argv: readonly string[], scope: Scope) => readonly string[] | undefined;
  readonly show: (command: Pick<Command, "argv" | "sudo" | "runAs">) => string;
  /** A configuration edit for this cause, when its fix is one (diff and edits), read from the files as they are. */
  readonly edit: (rule: FixRule, scope: Scope) => { readonly diff: string; readonly bound: NonNullable<BoundFix["edit"]> } | undefined;
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
    const same = bound.find((b) => b.fix.recipe === rule.id && JSON.stringify(b.commands.map((c) => c.argv)) === JSON.stringify(rendered.commands.map((c) => c.argv)) && b.fix.diff === rendered.fix.diff);
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
  const command = (c: FixRule["commands"][number], id: string): BoundFix["commands"][number] | undefined => {
    const argv = context.render(c.argv, scope);
    if (!argv) return undefined;
    const runAs = c.runAs === undefined ? undefined : evaluate.text(c.runAs, scope);
    return { id, argv: [...argv], sudo: c.sudo, ...(runAs === undefined ? {} : { runAs }), timeoutMs: c.timeoutMs, maxBytes: 65_536 };
  };
  const commands = rule.commands.map((c, i) => command(c, `${rule.id}#${i + 1}`));
  const rollback = rule.rollback.map((c, i) => command(c, `${rule.id}-rollback#${i + 1}`));
  const edit = rule.edit === undefined ? undefined : context.edit(rule, scope);
  if (commands.some((c) => c === undefined) || rollback.some((c) => c === undefined)) return undefined;
  if (rule.edit !== undefined && !edit) return undefined;
  const preconditions = rule.preconditions.map((p) => {
    const bare = command({ argv: p.argv, sudo: p.sudo, ...(p.runAs === undefined ? {} : { runAs: p.runAs }), timeoutMs: 5000 }, `${rule.id}-${p.name}`);
    return bare && { name: p.name, command: bare, value: evaluate.text(p.expect, scope) };
  });
  if (preconditions.some((p) => p === undefined)) return undefined;
  const risk = rule.riskWhen.reduce<Risk>((r, w) => (evaluate.bool(w.when, scope).value !== false && RISK[w.risk] > RISK[r] ? w.risk : r), rule.risk);
  const byHand = rule.byHand || !certain || risk === "dangerous" || placed.candidate.grade !== "proven" && risk !== "safe";
  const done = commands as BoundFix["commands"];
  const fix: Fix = {
    id: rule.id,
    recipe: rule.id,
    title: evaluate.text(rule.title, scope),
    risk,
    causeId: placed.candidate.rule.id,
    target: placed.target,
    commands: done.map(context.show),
    verify: evaluate.text(rule.verify.text, scope),
    rollback: evaluate.text(rule.rollbackText, scope),
    offered: !byHand,
    ...(byHand ? { because: whyByHand(rule, certain, risk) } : {}),
    ...(edit ? { diff: edit.diff } : {}),
  };
  return {
    fix,
    host: context.host,
    hostKey: context.hostKey,
    runId: context.runId,
    playbook: playbook.name,
    revision: playbook.revision,
    commands: done,
    preconditions: preconditions as BoundFix["preconditions"],
    rollback: rollback as BoundFix["rollback"],
    verify: { ...rule.verify, ...context.verify, text: fix.verify, ...verification(placed, scope) },
    ...(placed.vhosts[0] === undefined ? {} : { vhost: placed.vhosts[0] }),
    ...(edit ? { edit: edit.bound } : {}),
  };
}

function whyByHand(rule: FixRule, certain: boolean, risk: Risk): string {
  if (risk === "dangerous") return "dangerous: to be run by hand, by somebody who has looked";
  if (rule.byHand) return "to be decided and run by hand";
  if (!certain) return "its preconditions could not all be seen";
  return "the cause is not proven";
}

function verification(placed: Placed, scope: Scope): Pick<BoundFix["verify"], "fronts" | "target" | "unit" | "settleMs"> {
  const fronts: readonly FrontProbe[] = placed.place?.fronts ?? [];
  const unit = (scope["unit"] as { id?: string } | undefined)?.id;
  const upstream = scope["upstream"] as { peers?: number; failTimeoutMs?: number } | undefined;
  const settleMs = (upstream?.peers ?? 1) > 1 ? (upstream?.failTimeoutMs ?? 10_000) + 1000 : 0;
  return { fronts: [...fronts], target: placed.target, ...(unit === undefined ? {} : { unit }), settleMs };
}
