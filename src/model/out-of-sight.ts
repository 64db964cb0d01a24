import type { BlindSpot } from "../domain/diagnosis.ts";
import type { Target } from "./host-model.ts";
import { kubectlLines } from "./kubernetes.ts";

/** Failing peers that are judged only by what nginx sees of them, each with why and what would change that. */
export function outOfSight(targets: readonly Target[]): BlindSpot[] {
  const spots = targets.filter(fails).map(spotOf);
  return [...new Map(spots.flatMap((s) => (s === undefined ? [] : [[s.because, s]]))).values()];
}

const UNANSWERED = new Set(["refused", "connect-timeout", "unreachable"]);

/** True unless it is known to be well, marked down, or nobody asks for it; one that other peers stand in for is not well. */
export function fails(t: Target): boolean {
  const { symptom, direct } = t.scope;
  const unanswered = UNANSWERED.has(direct?.outcome ?? "");
  const well = symptom?.failing === false || (symptom?.failing === undefined && direct?.outcome === "ok");
  return !t.idle && t.scope.peer?.down !== true && (unanswered || !well);
}

/** A peer on another machine, which no service of this host explains. */
export function isElsewhere(t: Target): boolean {
  const { peer, service } = t.scope;
  return (
    peer?.kind === "tcp" &&
    peer.local === false &&
    peer.containerAddress !== true &&
    (t.machine !== undefined || service?.known !== true)
  );
}

function spotOf(t: Target): BlindSpot | undefined {
  const { peer } = t.scope;
  const { cluster, elsewhere } = t;
  const name = t.target ?? "the peer";
  if (cluster !== undefined) {
    const service = cluster.service === undefined ? "" : ` (${cluster.namespace}/${cluster.service})`;
    return {
      check: "kubernetes",
      because: `${name} is in a Kubernetes cluster${service}, which is not looked into: ${cluster.because}`,
      remedy: kubectlLines(cluster, peer?.address ?? "").join("; "),
    };
  }
  if (!isElsewhere(t) || t.machine !== undefined) return undefined;
  const contact = peer?.contact === undefined ? undefined : `ask ${peer.contact}, who answers for it`;
  if (elsewhere !== undefined) {
    const remedy = [elsewhere.remedy, contact].filter((r) => r !== undefined && r !== "").join("; ");
    return {
      check: "connection",
      because: `${name} is on ${peer?.machine ?? "another machine"}, which could not be looked at: ${elsewhere.because}`,
      ...(remedy === "" ? {} : { remedy }),
    };
  }
  return {
    check: "inventory",
    because: `${name} is on a machine that is not in the inventory: it is judged by what nginx sees of it alone`,
    remedy:
      contact ??
      "add the machine to hosts: in 502.yml, or its address to a host's addresses:, and it is diagnosed too",
  };
}
