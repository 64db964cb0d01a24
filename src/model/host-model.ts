import type { z } from "zod";
import type { BlindSpot, Impact, TimelineEntry, Traffic } from "../domain/diagnosis.ts";
import type { FrontProbe, PeerProbe } from "../domain/fix.ts";
import type { Ground } from "./grounds.ts";
import type { ClusterPeer } from "./kubernetes.ts";
import type { HostFacts, NginxFacts } from "./host-schema.ts";
import type { AccessLogView } from "./access-logs.ts";
import type { Plan } from "./plan-schema.ts";
import type { VhostFacts } from "./route-schema.ts";
import type { PeerScope } from "./schema.ts";

/** One peer that one vhost's locations pass requests to, with everything known of it. */
export interface Target {
  readonly vhost: string;
  /** "ADDR:PORT", "unix:PATH", or null when no peer is chosen (a name that does not resolve). */
  readonly target: string | null;
  readonly scope: PeerScope;
  /** Which result of a check this target's facts were read from, by check id. */
  readonly cites: ReadonlyMap<string, string>;
  /** What every statement about this place rests on. */
  readonly grounds: readonly Ground[];
  /** The requests through nginx that reach this peer. */
  readonly fronts: readonly FrontProbe[];
  /** The other peers of its group that are not marked down. */
  readonly others: readonly PeerProbe[];
  /** It would fail, but nobody asks for it and nothing fails there now; undefined: that could not be seen. */
  readonly idle: boolean | undefined;
  /** The other machine it is on, where that was looked at, too. */
  readonly machine?: string;
  /** Why the other machine it is on was not looked at. */
  readonly elsewhere?: { readonly because: string; readonly remedy?: string };
  /** A Kubernetes cluster answers for it. */
  readonly cluster?: ClusterPeer;
}

export interface VhostView {
  readonly name: string;
  readonly facts: z.infer<typeof VhostFacts>;
  readonly cites: ReadonlyMap<string, string>;
  readonly grounds: readonly Ground[];
  readonly fronts: readonly FrontProbe[];
}

/** The joined picture of one host at one moment. */
export interface HostModel {
  readonly host: z.infer<typeof HostFacts>;
  readonly nginx: z.infer<typeof NginxFacts>;
  readonly vhosts: readonly VhostView[];
  readonly targets: readonly Target[];
  readonly plan: Plan;
  /** The other machines that were looked at, each with what is worth looking at next. */
  readonly machines: readonly {
    readonly name: string;
    readonly host: z.infer<typeof HostFacts>;
    readonly plan: Plan;
  }[];
  readonly timeline: readonly TimelineEntry[];
  readonly traffic: readonly Traffic[];
  /** Access logs that do not say which peer failed and how. */
  readonly bareLogs: readonly AccessLogView[];
  readonly impact?: Impact;
  readonly unrelated: readonly string[];
  /** Failing peers that were judged only by what nginx sees of them. */
  readonly outOfSight: readonly BlindSpot[];
  /** What every statement about the host rests on. */
  readonly grounds: readonly Ground[];
  /** What was looked at and found well enough to call the host healthy. */
  readonly lookedEnough: boolean;
  /** Why not, when it was not. */
  readonly notLooked: readonly string[];
}
