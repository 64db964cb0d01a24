import { createHash } from "node:crypto";
import { z } from "zod";
import { Fix } from "./diagnosis.ts";

const BoundCommand = z.object({
  id: z.string(),
  argv: z.array(z.string()),
  sudo: z.enum(["never", "always", "try"]),
  runAs: z.string().optional(),
  timeoutMs: z.number().int(),
  maxBytes: z.number().int(),
  /** What it prints is evidence: kept with the run before the next command begins. */
  keep: z.boolean().optional(),
});

/** A read-only command whose whole output (trimmed) must still be `value` in the shell that runs the fix. */
export const BoundPrecondition = z.object({ name: z.string(), command: BoundCommand, value: z.string() });
export type BoundPrecondition = z.infer<typeof BoundPrecondition>;

/** A request through the host's own nginx: GET without query string, never a POST. */
export const FrontProbe = z.object({
  vhost: z.string(),
  scheme: z.enum(["http", "https"]),
  address: z.string(),
  port: z.number().int(),
  path: z.string(),
  /** It listens for the PROXY protocol only. */
  proxied: z.boolean().optional(),
  /** Statuses that count as good; empty: anything but 502, 503, 504, 500 and no answer. */
  expect: z.array(z.number().int()),
});
export type FrontProbe = z.infer<typeof FrontProbe>;

/** A machine with the key it showed. */
export const BoundPlace = z.object({ host: z.string(), hostKey: z.string() });
export type BoundPlace = z.infer<typeof BoundPlace>;

/** One peer of an upstream group, and how it is spoken to: http, https, fastcgi, … */
const PeerProbe = z.object({ target: z.string(), scheme: z.string() });
export type PeerProbe = z.infer<typeof PeerProbe>;

/** What must hold after a fix. Times in milliseconds. */
export const VerificationPlan = z.object({
  text: z.string(),
  successes: z.number().int().min(1),
  everyMs: z.number().int(),
  withinMs: z.number().int(),
  stableMs: z.number().int(),
  fronts: z.array(FrontProbe),
  target: z.string().nullable(),
  unit: z.string().optional(),
  /** fail_timeout to wait for where a group was marked down. */
  settleMs: z.number().int(),
  /** Where nginx is asked and where the service is looked at, when that is not the machine that is changed. */
  nginx: BoundPlace.optional(),
  service: BoundPlace.optional(),
  /** nginx's error log, and the kind of line that must not come any more. */
  log: z.object({ path: z.string(), class: z.string() }).optional(),
  /** File systems that must have more room than before. */
  room: z.array(z.string()).optional(),
});
export type VerificationPlan = z.infer<typeof VerificationPlan>;

/** A fix bound to what was seen: what an approval's digest covers. */
export const BoundFix = z.object({
  fix: Fix,
  host: z.string(),
  hostKey: z.string(),
  runId: z.string(),
  playbook: z.string(),
  revision: z.string(),
  commands: z.array(BoundCommand),
  preconditions: z.array(BoundPrecondition),
  rollback: z.array(BoundCommand),
  verify: VerificationPlan,
  vhost: z.string().optional(),
  /** The policy must name the approver for this kind of change. */
  guard: z.literal("selinux").optional(),
  /** Where it interrupts one peer of several: the peer, and those that must answer meanwhile. */
  peers: z.object({ group: z.string(), own: PeerProbe, others: z.array(PeerProbe) }).optional(),
  edit: z
    .object({
      path: z.string(),
      sha256: z.string(),
      /** A file that a tool or a repository owns may be edited all the same. */
      managed: z.literal("allowed").optional(),
      edits: z.array(z.object({ line: z.number().int(), oldText: z.string(), newText: z.string() })),
      /** Runs after the edit and before the reload; the file is restored when it fails. */
      test: BoundCommand,
    })
    .optional(),
});
export type BoundFix = z.infer<typeof BoundFix>;

/**
 * The digest an approval is bound to: sha256 (hex) over the canonical JSON of the bound fix.
 * Counters and timestamps are no part of a bound fix, so a crash loop does not invalidate its own fix.
 */
export function digestOf(fix: BoundFix): string {
  const { runId: _run, ...bound } = fix;
  return createHash("sha256").update(canonical(bound)).digest("hex");
}

/**
 * What one approval of an offer is bound to besides: who must approve by the policy that was in force when it was asked
 * for, and until when it may be. Breaking glass lets fewer votes suffice; what it is bound to stays.
 */
export function approvalDigest(
  offered: string,
  terms: { readonly votesNeeded: number; readonly fourEyes: boolean; readonly expiresAt: number },
): string {
  const { votesNeeded, expiresAt } = terms;
  // Left out where it is not asked for: so were the approvals bound that an earlier version made.
  const fourEyes = terms.fourEyes || undefined;
  const bound = { offered, votesNeeded, fourEyes, expiresAt };
  return createHash("sha256").update(canonical(bound)).digest("hex");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
