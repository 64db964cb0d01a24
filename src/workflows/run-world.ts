import type { FromHere } from "../domain/from-here.ts";
import type { Host } from "../domain/host.ts";
import type { Permits } from "../diagnosis/fixes.ts";
import type { BoundFix } from "../domain/fix.ts";
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
  /** How long its offers live, in milliseconds; OFFER_MS when absent. */
  readonly offerMs?: number;
  findHost(name: string): Host | undefined;
  mayDiagnose(actor: Actor, host: Host): { readonly allowed: boolean; readonly why: string };
  /** The host of the inventory that a peer of another one is on, or who answers for it; absent: nothing is known. */
  machineAt?(peer: RemotePeer): Promise<Host | { readonly contact: string } | undefined>;
  /** The site of that name, or of a URL at it. */
  site?(word: string): SiteHosts | undefined;
  /** Asks a site's public address from where the bot stands. */
  askFromHere?(url: string): Promise<FromHere>;
  /** What the configuration lets somebody approve on this host; absent: no dangerous fix, and no managed file. */
  permits?(host: Host): Permits;
  /** Why a fix is not offered although it would fit (the restart budget), and whether somebody may break glass for it. */
  heldBack?(bound: BoundFix): Promise<{ readonly why: string; readonly glass: boolean } | undefined>;
  /** Names that resemble a word, nearest first. */
  nearestHosts(word: string): readonly string[];
  /** Told of progress, for a person who waits. */
  progress?(runId: string, text: string): void;
}
