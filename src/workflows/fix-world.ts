import { START_MS } from "../domain/approval.ts";
import type { Diagnosis, Risk } from "../domain/diagnosis.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { Host } from "../domain/host.ts";
import type { Actor } from "../domain/run.ts";
import type { Clock, Ids, Session, Shell, Store } from "./ports.ts";

export interface AccessQuestion {
  readonly actor: Actor;
  /** break-glass: past four eyes, freezes and the restart budget, with a reason. */
  readonly action: "approve" | "break-glass";
  readonly risk: Risk;
  /** The fix edits a file. */
  readonly edit: boolean;
  /** The fix changes what SELinux allows, and the policy names who may approve that. */
  readonly selinux?: boolean;
  readonly host: string;
}

export interface AccessAnswer {
  readonly allowed: boolean;
  /** How many different people must approve. */
  readonly approvals: number;
  /** The requester's own vote does not count. */
  readonly fourEyes: boolean;
  readonly why: string;
}

/** What 502.yml may set; times in milliseconds. */
export interface FixSettings {
  /** An approval lives so long from the press. */
  readonly approvalMs: number;
  /** An approved fix starts within this time or its approval expires. */
  readonly startMs: number;
  /** So many starts of one service within `startsWithinMs`; the next is refused and the cause is said instead. */
  readonly starts: number;
  readonly startsWithinMs: number;
}

const DEFAULTS: FixSettings = {
  approvalMs: 10 * 60_000,
  startMs: START_MS,
  starts: 3,
  startsWithinMs: 60 * 60_000,
};

/** The settings in force. */
export function settingsOf(world: FixWorld): FixSettings {
  return { ...DEFAULTS, ...world.settings };
}

/** Whether fixes may run now at all (freeze and change windows). */
export interface GateAnswer {
  readonly open: boolean;
  readonly why: string;
}

/** What the fix workflows need of the world; the composition gives it. */
export interface FixWorld {
  readonly store: Store;
  readonly shell: Shell;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The process's name among replicas: a restarted bot of the same name takes its own leases again at once. */
  readonly instance: string;
  readonly settings?: Partial<FixSettings>;
  /** From the inventory; undefined when the host is not in it any more. */
  findHost(name: string): Host | undefined;
  /** The groups and sites that a host serves in; absent: the inventory's groups. */
  groupsOf?(host: string): readonly string[];
  /** The hosts of such a group; absent: not known. */
  hostsOf?(group: string): readonly string[];
  access(q: AccessQuestion): AccessAnswer;
  /** Diagnoses the host again, as a run of its own; undefined: the diagnosis itself failed. */
  diagnose(req: {
    readonly host: string;
    readonly playbook: string;
    readonly vhost?: string;
    readonly actor: Actor;
    readonly session?: Session;
  }): Promise<Diagnosis | undefined>;
  /** Freeze windows; absent: always open. */
  gate?(q: { readonly host: string; readonly fix: BoundFix; readonly at: number }): GateAnswer;
  /** Who else is told when somebody breaks glass: a channel, and a user group to be mentioned. */
  readonly alarm?: { readonly channel?: string; readonly group?: string };
  /** Whom an approval that nobody decides is brought to: a Slack user group; absent: nobody. */
  readonly onCall?: { readonly group: string };
  /** Whether posts about a host are held back; absent: never. */
  silenced?(host: string): Promise<boolean>;
  /** Told of each stage, for a person who waits in the terminal. */
  progress?(p: { readonly approvalId: string; readonly text: string }): void;
}

/** Whether a fix may run now by freezes and change windows. */
export function gateOf(world: FixWorld, bound: BoundFix): GateAnswer {
  const at = world.clock.now();
  return world.gate?.({ host: bound.host, fix: bound, at }) ?? { open: true, why: "" };
}

/** Asks the policy about one person and one fix; a dangerous fix needs two people whatever the policy says. */
export function mayApprove(world: FixWorld, actor: Actor, bound: BoundFix): AccessAnswer {
  const { host, fix } = bound;
  const answer = world.access({
    actor,
    action: "approve",
    risk: fix.risk,
    edit: bound.edit !== undefined,
    ...(bound.guard === undefined ? {} : { [bound.guard]: true }),
    host,
  });
  return { ...answer, approvals: Math.max(answer.approvals, fix.risk === "dangerous" ? 2 : 1) };
}
