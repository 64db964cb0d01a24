import type { Approval } from "../domain/approval.ts";
import type { Diagnosis } from "../domain/diagnosis.ts";
import type { BoundFix } from "../domain/fix.ts";
import { ShellError } from "../domain/shell-error.ts";
import type { FixWorld } from "./fix-world.ts";

/** The whole diagnosis again, as wide as it was, in the name of who asked for the run. @returns undefined when it cannot be made */
export async function diagnoseAgain(
  world: FixWorld,
  a: Approval,
  bound: BoundFix,
): Promise<Diagnosis | undefined> {
  const run = await world.store.run(a.runId);
  const actor = run?.actor ?? { id: a.requestedBy, via: "slack" as const };
  const vhost = run?.request.vhost === undefined ? {} : { vhost: run.request.vhost };
  try {
    return await world.diagnose({ host: a.host, playbook: bound.playbook, actor, ...vhost });
  } catch (e) {
    if (!(e instanceof ShellError)) throw e;
    return undefined;
  }
}
