import { z } from "zod";
import { ENDS } from "./command.ts";
import { FromHere } from "./from-here.ts";

/** What a run says of a host: the document of `--json` (schema 502/diagnosis@1, design §3). */
export const VERDICTS = ["cause-found", "healthy", "undetermined", "unreachable"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** proven: two independent pieces of evidence and nothing against; consistent: fits, not proven; unproven: cannot be told. */
export const GRADES = ["proven", "consistent", "unproven"] as const;
export type Grade = (typeof GRADES)[number];

export const RISKS = ["safe", "disruptive", "dangerous"] as const;
export type Risk = (typeof RISKS)[number];

/** critical: a 502 now; warning: a problem without one (504, 500, a risk); info: worth a line only. */
export const SEVERITIES = ["critical", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const Evidence = z.object({
  check: z.string(),
  command: z.string(),
  excerpt: z.string(),
  host: z.string().optional(),
  /** How the place was found, not what is wrong with it. */
  ground: z.boolean().optional(),
});
export type Evidence = z.infer<typeof Evidence>;

export const RuledOut = z.object({ id: z.string(), because: z.string() });
export type RuledOut = z.infer<typeof RuledOut>;

export const Cause = z.object({
  id: z.string(),
  grade: z.enum(GRADES),
  title: z.string(),
  severity: z.enum(SEVERITIES),
  vhosts: z.array(z.string()),
  target: z.string().nullable(),
  host: z.string().optional(),
  /** What the users of the vhost get, e.g. 502, 504, 500. */
  status: z.number().int().optional(),
  evidence: z.array(Evidence),
  ruledOut: z.array(RuledOut),
  fixes: z.array(z.string()),
  /** Ids of causes on the same host that follow from this one. */
  consequences: z.array(z.string()),
  /** Said when no fix is offered, or beside it: what a person should do. */
  advice: z.array(z.string()),
});
export type Cause = z.infer<typeof Cause>;

/** One precondition of a fix with the value it had when the fix was offered. */
export const Precondition = z.object({ name: z.string(), value: z.string() });
export type Precondition = z.infer<typeof Precondition>;

export const FixEdit = z.object({
  path: z.string(),
  line: z.number().int(),
  oldText: z.string(),
  newText: z.string(),
  /** sha256 (hex) of the whole file as it was read. */
  sha256: z.string(),
});
export type FixEdit = z.infer<typeof FixEdit>;

export const Fix = z.object({
  id: z.string(),
  /** The template in the playbook this fix was rendered from. */
  recipe: z.string(),
  title: z.string(),
  risk: z.enum(RISKS),
  causeId: z.string(),
  target: z.string().nullable(),
  commands: z.array(z.string()),
  verify: z.string(),
  rollback: z.string(),
  /** False: shown to be run by hand only. */
  offered: z.boolean(),
  /** The machine it runs on, where two are in play. */
  host: z.string().optional(),
  /** Why it is not a button, when offered is false. */
  because: z.string().optional(),
  diff: z.string().optional(),
  /** Why it would be refused if it were pressed now (the restart budget is spent); who may break glass still can. */
  held: z.string().optional(),
});
export type Fix = z.infer<typeof Fix>;

export const BlindSpot = z.object({ check: z.string(), because: z.string(), remedy: z.string().optional() });
export type BlindSpot = z.infer<typeof BlindSpot>;

export const CheckReport = z.object({
  id: z.string(),
  command: z.string(),
  exitCode: z.number().int().nullable(),
  durationMs: z.number(),
  end: z.enum(ENDS),
  host: z.string().optional(),
});
export type CheckReport = z.infer<typeof CheckReport>;

export const TimelineEntry = z.object({ at: z.number(), what: z.string(), source: z.string() });
export type TimelineEntry = z.infer<typeof TimelineEntry>;

/** Begins advice that mends nothing now. */
export const NEXT_TIME = "For the next time: ";

/** What users of a vhost got lately, by its access log. Times in epoch milliseconds. */
export const Traffic = z.object({
  vhost: z.string(),
  /** The oldest request that counts. */
  from: z.number(),
  requests: z.number().int(),
  /** Answers 5xx. */
  failed: z.number().int(),
  statuses: z.array(z.object({ status: z.number().int(), count: z.number().int() })),
  first: z.number(),
  last: z.number(),
  /** Of the failed ones, the most frequent first, without query strings. */
  paths: z.array(z.object({ path: z.string(), count: z.number().int() })),
  morePaths: z.number().int(),
  /** Addresses without their host part. */
  clients: z.array(z.object({ client: z.string(), count: z.number().int() })),
  moreClients: z.number().int(),
});
export type Traffic = z.infer<typeof Traffic>;

/** How much fails and since when, by the logs. */
export const Impact = z.object({
  /** Of the vhost that loses most: how much of what its users asked lately got a 502. */
  requests: z
    .object({ vhost: z.string(), sharePct: z.number(), served: z.number().int(), minutes: z.number() })
    .optional(),
  /** The 502s of the error log, as far back as it was read, by the host's clock; `course` ends when it was read. */
  log: z
    .object({
      firstAt: z.number(),
      lastAt: z.number(),
      count: z.number().int(),
      course: z.object({ barMs: z.number(), counts: z.array(z.number().int()) }).optional(),
    })
    .optional(),
});
export type Impact = z.infer<typeof Impact>;

export const Diagnosis = z.object({
  schema: z.literal("502/diagnosis@1"),
  runId: z.string(),
  host: z.string(),
  playbook: z.string(),
  /** Epoch milliseconds at which the run began, by the bot's clock. */
  startedAt: z.number(),
  durationMs: z.number(),
  verdict: z.enum(VERDICTS),
  headline: z.string(),
  /** What may be told to the users meanwhile; absent when they notice nothing. */
  forUsers: z.string().optional(),
  /** What the site's public name answers to the bot itself. */
  fromHere: FromHere.optional(),
  /** What a verdict that names no settled cause rests on. */
  grounds: z.array(Evidence).optional(),
  causes: z.array(Cause),
  fixes: z.array(Fix),
  /** Failures seen on the host that have nothing to do with the verdict. */
  unrelated: z.array(z.string()),
  timeline: z.array(TimelineEntry),
  /** What users got lately where requests failed; absent where no access log says so. */
  traffic: z.array(Traffic).optional(),
  /** Absent where the logs tell nothing. */
  impact: Impact.optional(),
  ruledOut: z.array(RuledOut),
  blindSpots: z.array(BlindSpot),
  checks: z.array(CheckReport),
});
export type Diagnosis = z.infer<typeof Diagnosis>;

/**
 * The exit code of a diagnosis after the Nagios plugin convention (design §3).
 * @returns 0 healthy, 1 a problem but no 502 now, 2 a 502 now, 3 unknown
 */
export function exitCodeOf(d: Pick<Diagnosis, "verdict" | "causes">): 0 | 1 | 2 | 3 {
  if (d.verdict === "unreachable" || d.verdict === "undetermined") return 3;
  if (d.verdict === "healthy") return 0;
  return d.causes.some((c) => c.severity === "critical") ? 2 : 1;
}
