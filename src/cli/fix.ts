import { createInterface } from "node:readline/promises";
import type { Approval } from "../domain/approval.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { Actor } from "../domain/run.ts";
import { applyFix } from "../workflows/apply-fix.ts";
import { decideApproval } from "../workflows/decide-approval.ts";
import type { FixWorld } from "../workflows/fix-world.ts";
import type { Queue, Store } from "../workflows/ports.ts";
import { pressOffer } from "../workflows/press-offer.ts";
import { resumeFixes } from "../workflows/resume-fixes.ts";
import { titleAlone } from "../wording/approval.ts";
import { printable } from "../wording/printable.ts";
import { sayRisk } from "../wording/risk.ts";
import type { Call } from "./call.ts";
import { type Answer, document, exitOfFix, failure } from "./output.ts";

/** Where a fix command runs. */
export interface FixPlace {
  readonly call: Call;
  /** Where the state lies, for a run id of another one. */
  readonly state: string;
  /** Somebody can be asked. */
  readonly interactive: boolean;
  /** Where the answer is typed; standard input when absent. */
  readonly input?: NodeJS.ReadableStream;
}

interface FixCommand extends FixPlace {
  readonly runId: string;
  readonly fixId: string;
  readonly yes: boolean;
  readonly reason?: string;
  readonly breakGlass: boolean;
  readonly json: boolean;
}

/** `502 fix RUN FIX`: the same approval state machine as the Slack button, with the local user's one vote. */
export async function fixCommand(
  world: FixWorld & { readonly store: Store & { readonly queue: Queue } },
  actor: Actor,
  place: FixPlace,
): Promise<Answer> {
  const c = commandOf(place);
  const run = await world.store.run(c.runId);
  if (!run)
    return refused(
      c,
      `there is no run ${c.runId} in the state at ${c.state}: is it another --config, $XDG_STATE_HOME or DATABASE_URL?`,
    );
  const offers = await world.store.offers(c.runId);
  for (const host of new Set([run.request.host, ...offers.map((o) => o.host)]))
    await resumeFixes(world, host);
  const pressed = await pressOffer(world, { runId: c.runId, fixId: c.fixId, actor });
  if (pressed.kind !== "requested" && pressed.kind !== "joined") return refused(c, pressed.text);
  if (!c.yes) {
    const typed = await ask(pressed.bound, pressed.glass, c);
    if (typed === undefined)
      return refused(c, "it waits for your yes: run it again with --yes, or in a terminal");
    if (!typed) {
      await decideApproval(world, {
        approvalId: pressed.approval.id,
        actor,
        decide: "deny",
        reason: c.reason ?? "not now",
      });
      return refused(c, "not approved");
    }
  }
  const decided = await decideApproval(world, {
    approvalId: pressed.approval.id,
    actor,
    decide: "approve",
    unattended: c.yes,
    breakGlass: c.breakGlass,
    // Typed in answer to the question above.
    ...(c.yes ? {} : { typedHost: pressed.approval.host }),
    ...(c.reason === undefined ? {} : { reason: c.reason }),
  });
  if (decided.kind === "voted" || decided.kind === "needs-another")
    return refused(c, "waits for a second approver");
  if (decided.kind !== "approved") return refused(c, decided.text);
  const finished = await workOwn(world, pressed.approval.id);
  return answer(c, finished);
}

function commandOf(place: FixPlace): FixCommand {
  const { call } = place;
  const reason = call.text("reason");
  return {
    ...place,
    runId: call.args["run"] ?? "",
    fixId: call.args["fix"] ?? "",
    yes: call.flag("yes"),
    breakGlass: call.flag("break-glass"),
    json: call.json,
    ...(reason === undefined ? {} : { reason }),
  };
}

async function workOwn(
  world: FixWorld & { readonly store: Store & { readonly queue: Queue } },
  approvalId: string,
): Promise<Approval> {
  const worker = await world.store.queue.work(
    { "apply-fix": async (job) => void (await applyFix(world, job.ref)) },
    { onlyRefs: new Set([approvalId]), concurrency: 1 },
  );
  try {
    for (;;) {
      const a = await world.store.approval(approvalId);
      if (a && ["finished", "expired", "denied", "superseded"].includes(a.state)) return a;
      await world.clock.wait(50);
    }
  } finally {
    await worker.stop();
  }
}

function answer(c: FixCommand, a: Approval): Answer {
  const outcome = a.outcome ?? "refused";
  const why = a.why ?? `the approval is ${a.state}`;
  const points = a.verification ?? [];
  const exitCode = exitOfFix(outcome);
  if (c.json)
    return document(
      { schema: "502/fix@1", runId: c.runId, fixId: c.fixId, outcome, why, verification: points },
      exitCode,
    );
  const lines = [
    `${outcome}: ${why}`,
    ...points.map((p) => `  ${p.outcome.padEnd(8)} ${p.name}: ${p.detail}`),
  ];
  return { exitCode, out: `${lines.join("\n")}\n` };
}

function refused(c: FixCommand, why: string): Answer {
  if (c.json)
    return document(
      { schema: "502/fix@1", runId: c.runId, fixId: c.fixId, outcome: "refused", why, verification: [] },
      1,
    );
  return failure(false, "refused", `refused: ${why}`, "", 1);
}

/** Shows the plan and asks; undefined when nobody can answer. */
async function ask(bound: BoundFix, glass: readonly string[], c: FixCommand): Promise<boolean | undefined> {
  const { fix } = bound;
  const plan = [
    `${titleAlone(fix)} on ${bound.host}  [${sayRisk(fix.risk)}]`,
    ...fix.commands.map((command) => `  ${command}`),
    ...(fix.diff === undefined ? [] : fix.diff.split("\n").map((l) => `  ${l}`)),
    `verified by: ${fix.verify}`,
    `rollback: ${fix.rollback}`,
    ...(c.breakGlass ? glass.map((rule) => `glass: ${rule}`) : []),
  ];
  process.stderr.write(`${printable(plan.join("\n"))}\n`);
  if (!c.interactive) return undefined;
  const terminal = createInterface({ input: c.input ?? process.stdin, output: process.stderr });
  const typed = await terminal.question(
    fix.risk === "dangerous" ? "type the host's name to run it: " : "run it? [y/N] ",
  );
  terminal.close();
  return fix.risk === "dangerous" ? typed.trim() === bound.host : /^y(es)?$/i.test(typed.trim());
}
