import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { here } from "./paths.ts";

const Request = z.strictObject({
  host: z.string(),
  path: z.string().default("/"),
  method: z.enum(["GET", "POST", "PUT"]).default("GET"),
  port: z.number().default(80),
  scheme: z.enum(["http", "https"]).default("http"),
  /** Where to look for the healthy answer, by GET, when the request itself is the fault. */
  healthyPath: z.string().optional(),
  /** The answer that says all is well; anything else before the fault fails the scenario. */
  healthy: z.number().default(200),
  /** The answer the fault gives: 502 for most, 000 for no answer at all. */
  status: z.number().default(502),
  /** How many requests a client makes after the fault, so that the log has that many lines. */
  times: z.number().default(3),
  /** Words the error log must then have: proof that the fault is the one meant. */
  log: z.string().optional(),
  /** The size of a cookie to send, and of a body. */
  cookieBytes: z.number().optional(),
  bodyBytes: z.number().optional(),
  /** More curl options. */
  curl: z.array(z.string()).default([]),
  /** Milliseconds between two requests. */
  pauseMs: z.number().default(0),
  /** True: one of the requests showing the status is enough (one peer of several is down). */
  some: z.boolean().default(false),
});

const Stacks = z.array(
  z
    .looseObject({ use: z.string() })
    .transform(({ use, ...vars }) => ({ use, vars: z.record(z.string(), z.coerce.string()).parse(vars) })),
);
const hostname = z.string().regex(/^[a-z][a-z0-9-]*$/);

/** Another machine, at 10.77.0.2 in a network that it shares with the first one (10.77.0.1). */
const Second = z.strictObject({
  hostname,
  stacks: Stacks,
  setup: z.string().default(""),
  /** A root's script inside it, made with the scenario's fault. */
  fault: z.string().default(""),
  /** Its power is cut, after that script. */
  off: z.boolean().default(false),
  /** False: 502.yml does not name it. */
  known: z.boolean().default(true),
  /** What upstreams call it; its own name in the inventory is its hostname. */
  addresses: z.array(z.string()).default(["10.77.0.2"]),
  contact: z.string().optional(),
});

/** One fault on a real host: how to make it, how it shows, and what the diagnosis must say. */
export const Scenario = z.strictObject({
  title: z.string(),
  /** The group of the failure catalogue, A to L; "control" for hosts that are not broken. */
  group: z.string(),
  hostname,
  user: z.enum(["ops", "plain", "opscsh", "opsfish"]).default("ops"),
  memory: z.boolean().default(false),
  docker: z.boolean().default(false),
  /** Takes more than half a minute: only with --all. */
  slow: z.boolean().default(false),
  /** One of those that every run plays; the others want --all. */
  core: z.boolean().default(false),
  stacks: Stacks,
  second: Second.optional(),
  setup: z.string().default(""),
  fault: z.string().default(""),
  /** Runs as the machine in the host's network namespace, after the fault: sysctl needs that. */
  network: z.string().default(""),
  /** After the fault: a clean reboot, or a power cut and a new start. */
  boot: z.enum(["reboot", "cut"]).optional(),
  /** A script polled until it ends with 0, before the symptom is looked for. */
  waitFor: z.strictObject({ sh: z.string(), seconds: z.number().default(30) }).optional(),
  symptom: Request,
  /** A script after the symptom: time that passes, an engineer's own restart. */
  after: z.string().default(""),
  /** A script between the diagnosis and the fix: what changes on the host before somebody presses the button. */
  afterDiagnosis: z.string().default(""),
  expect: z.strictObject({
    verdict: z.enum(["cause-found", "healthy", "undetermined"]).default("cause-found"),
    /** True: "healthy" with no cause, no button and exit 0 is as right (trouble that is over). */
    orHealthy: z.boolean().default(false),
    cause: z.string().optional(),
    /** Cause ids that are as right in first place. */
    alsoAccept: z.array(z.string()).default([]),
    /** Second causes that must be found too, at any rank. */
    alsoFind: z.array(z.string()).default([]),
    /** Ids that must not be named at all: the red herrings. */
    never: z.array(z.string()).default([]),
    grade: z.enum(["proven", "consistent", "unproven"]).optional(),
    target: z.string().nullable().optional(),
    /** The machine the first cause lies on, where that is not the one asked for; null: it is that one. */
    host: z.string().nullable().optional(),
    /** Words that a blind spot must have. */
    blind: z.string().optional(),
    /** The prefix of the fix that must bring the healthy answer back through nginx. */
    fix: z.string().optional(),
    /** Prefixes of fixes that would be useless or harmful here, and must not be offered. */
    noFix: z.array(z.string()).default([]),
    /** How the fix must end; only after "fixed" the healthy answer must be back. */
    outcome: z.enum(["fixed", "not-fixed", "rolled-back", "refused", "interrupted"]).default("fixed"),
    /** Words that the fix's reason must have. */
    why: z.string().optional(),
    /** Files that the fix must leave byte for byte as they were before it. */
    untouched: z.array(z.string()).default([]),
    exit: z.union([z.number(), z.array(z.number())]),
  }),
});
export type Scenario = z.infer<typeof Scenario>;

const folder = join(here, "scenarios");

/** Reads every scenario, or those named, in order of name. Throws a sentence for a mistake in one. */
export async function scenarios(only: readonly string[] = []): Promise<[string, Scenario][]> {
  const names = (await readdir(folder)).sort();
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`No such scenario: ${unknown.join(", ")}`);
  const chosen = only.length === 0 ? names : names.filter((name) => only.includes(name));
  return await Promise.all(
    chosen.map(async (name): Promise<[string, Scenario]> => {
      const path = join(folder, name, "scenario.yaml");
      const text = await readFile(path, "utf8");
      const read = Scenario.safeParse(readYaml(path, text));
      if (!read.success) throw new Error(`${path}:\n${z.prettifyError(read.error)}`);
      return [name, read.data];
    }),
  );
}

function readYaml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`${path}: ${String(error)}`, { cause: error });
  }
}
