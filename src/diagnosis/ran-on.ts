import type { CommandResult } from "../domain/command.ts";
import type { Playbook } from "../domain/playbook.ts";
import { baseOf } from "../model/facts.ts";
import type { Placed } from "./fold.ts";
import type { Scope } from "./evaluator.ts";

/** A result with the machine it ran on, where that is not the run's host. */
export type RanOn = CommandResult & { readonly host?: string | undefined };

/** The other machine that a cause's peer is on, where that was looked at. */
export function machineOfCause(p: Placed): string | undefined {
  return p.place && "scope" in p.place ? p.place.machine : undefined;
}

/** The other machine whose firewall stops nginx. */
export function firewallOf(scope: Scope): string | undefined {
  const net = scope["net"];
  if (typeof net !== "object" || net === null || !("blockedOn" in net)) return undefined;
  return typeof net.blockedOn === "string" ? net.blockedOn : undefined;
}

/** The other machine that a check's evidence is from; undefined: the run's host. */
export function evidenceFrom(check: string, p: Placed, scope: Scope, playbook: Playbook): string | undefined {
  const rule = playbook.checks.find((c) => c.id === baseOf(check));
  if (rule?.onPeer !== true) return undefined;
  return rule.source === "firewall" ? firewallOf(scope) : machineOfCause(p);
}

/** The other machine that a cause lies on: its rule says which side, and evidence from there shows it. */
export function causeOn(
  p: Placed,
  scope: Scope,
  evidence: readonly { readonly host?: string | undefined }[],
): string | undefined {
  const { on } = p.candidate.rule;
  if (on === "nginx") return undefined;
  if (on === "firewall") return firewallOf(scope);
  const machine = machineOfCause(p);
  return evidence.some((e) => e.host !== undefined && e.host === machine) ? machine : undefined;
}
