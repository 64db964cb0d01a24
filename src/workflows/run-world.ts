import type { FromHere } from "../domain/from-here.ts";
import type { Host } from "../domain/host.ts";
import type { Actor } from "../domain/run.ts";
import type { LoadedPlaybook } from "./collect.ts";
import type { RemotePeer } from "./collect-machines.ts";
import type { Clock, Ids, Shell, Store } from "./ports.ts";

/** A public name with the hosts that serve it. */
export interface SiteHosts {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly url: string;
}

/** What the run workflows need of the world; the composition gives it. */
export interface RunWorld {
  readonly store: Store;
  readonly shell: Shell;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly playbooks: ReadonlyMap<string, LoadedPlaybook>;
  /** Milliseconds a run may take in all. */
  readonly runMs: number;
  findHost(name: string): Host | undefined;
  mayDiagnose(actor: Actor, host: Host): { readonly allowed: boolean; readonly why: string };
  /** The host of the inventory that a peer of another one is on, or who answers for it; absent: nothing is known. */
  machineAt?(peer: RemotePeer): Promise<Host | { readonly contact: string } | undefined>;
  /** The site of that name, or of a URL at it. */
  site?(word: string): SiteHosts | undefined;
  /** Asks a site's public address from where the bot stands. */
  askFromHere?(url: string): Promise<FromHere>;
  /** The policy lets somebody approve dangerous fixes of this host; absent: nobody. */
  dangerous?(host: Host): boolean;
  /** Names that resemble a word, nearest first. */
  nearestHosts(word: string): readonly string[];
  /** Told of progress, for a person who waits. */
  progress?(runId: string, text: string): void;
}
