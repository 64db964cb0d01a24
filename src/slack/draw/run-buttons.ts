import type { Claim } from "../../domain/claim.ts";
import type { Diagnosis, Fix } from "../../domain/diagnosis.ts";
import { ACTIONS, fixValue } from "../ids.ts";
import { cutLabel, LIMITS } from "../limits.ts";
import type { ButtonLook } from "./blocks.ts";
import { claimButton } from "./claim.ts";
import { since, type Standing } from "./run-banner.ts";

interface Now extends Standing {
  readonly claim?: Claim;
}

/** What comes late offers nothing but to look again: the host may have changed since. */
export function verdictButtons(
  runId: string,
  d: Diagnosis,
  pressable: readonly Fix[],
  now: Now,
): ButtonLook[] {
  if (now.lateMs !== undefined) return [again(runId)];
  return [
    ...pressable.map((f, i) => fixButton(runId, f, i)),
    ...(d.verdict === "healthy" || since(now) !== undefined ? [] : [claimButton(runId, now.claim)]),
    { actionId: ACTIONS.everything, value: runId, text: "Show everything" },
    ...(d.verdict === "healthy" || pressable.length > 0 ? [] : [again(runId)]),
  ];
}

function fixButton(runId: string, f: Fix, index: number): ButtonLook {
  const glass = f.held === undefined ? "" : "Break glass: ";
  const title = cutLabel(`${glass}${f.title}`, LIMITS.buttonText - f.risk.length - 3);
  return {
    actionId: `${ACTIONS.fix}${f.id}`,
    value: fixValue(runId, f.id),
    text: `${title} (${f.risk})`,
    ...(f.risk === "dangerous"
      ? { style: "danger" as const }
      : index === 0 && f.held === undefined
        ? { style: "primary" as const }
        : {}),
  };
}

export function again(runId: string): ButtonLook {
  return { actionId: ACTIONS.checkAgain, value: runId, text: "Check again" };
}
