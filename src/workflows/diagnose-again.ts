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
    // The symptom is nginx's, also where the fix was made on the machine of a peer.
    const host = run?.request.host ?? bound.verify.nginx?.host ?? a.host;
    return await world.diagnose({ host, playbook: bound.playbook, actor, ...vhost });
  } catch (e) {
    if (!(e instanceof ShellError)) throw e;
    return undefined;
  }
}
