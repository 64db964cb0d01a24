import { z } from "zod";
import { seededRandom } from "./random.ts";

const often = {
  /** probability per occasion, 1 by default */
  rate: z.number().min(0).max(1).default(1),
  /** at most so many times; without it, as long as the plan stands */
  times: z.number().int().positive().optional(),
  /** so many occasions pass undisturbed first */
  after: z.number().int().min(0).default(0),
};

/** One disturbance. `methods` ("chat.postMessage", or "chat.*") and `types` limit where it strikes. */
const ruleSchema = z.discriminatedUnion("fault", [
  z.strictObject({
    fault: z.literal("ratelimited"),
    methods: z.array(z.string()).optional(),
    retryAfterSeconds: z.number().min(0).optional(),
    /** leaves the Retry-After header out, as broken proxies do */
    withoutHeader: z.boolean().default(false),
    ...often,
  }),
  /** performed, but the answer never arrives: the connection is cut */
  z.strictObject({ fault: z.literal("lost-reply"), methods: z.array(z.string()).optional(), ...often }),
  /** not performed, never answered; the connection stays open until the client gives up */
  z.strictObject({ fault: z.literal("hang"), methods: z.array(z.string()).optional(), ...often }),
  z.strictObject({
    fault: z.literal("server-error"),
    methods: z.array(z.string()).optional(),
    status: z.number().int().min(500).max(599).default(503),
    ...often,
  }),
  /** refused with this error code */
  z.strictObject({
    fault: z.literal("error"),
    methods: z.array(z.string()).optional(),
    error: z.string(),
    ...often,
  }),
  /** answered late, by so many milliseconds */
  z.strictObject({
    fault: z.literal("slow"),
    methods: z.array(z.string()).optional(),
    delayMs: z.number().int().positive(),
    ...often,
  }),
  /** the envelope is sent again although it was acked */
  z.strictObject({ fault: z.literal("redeliver"), types: z.array(z.string()).optional(), ...often }),
  /** the envelope is held back and sent after the next one, or after `holdMs` */
  z.strictObject({
    fault: z.literal("reorder"),
    types: z.array(z.string()).optional(),
    holdMs: z.number().int().positive().default(200),
    ...often,
  }),
  /** the connection is cut right after the envelope was sent, before its ack can arrive */
  z.strictObject({ fault: z.literal("drop-connection"), types: z.array(z.string()).optional(), ...often }),
  /** the trigger_id that comes along is too old already */
  z.strictObject({ fault: z.literal("expired-trigger"), types: z.array(z.string()).optional(), ...often }),
]);

/** A whole plan; `disconnectEveryMs` asks every connection to refresh at that pace. */
const faultPlanSchema = z.strictObject({
  seed: z.number().int().default(502),
  disconnectEveryMs: z.number().int().min(50).optional(),
  rules: z.array(ruleSchema).default([]),
});

export type FaultPlan = z.input<typeof faultPlanSchema>;
export type FaultRule = z.output<typeof ruleSchema>;
export type ApiFault = Extract<FaultRule, { methods?: string[] | undefined }>;
export type EnvelopeFault = Extract<FaultRule, { types?: string[] | undefined }>;

const RESPONSE = "response_url";
const API = ["ratelimited", "lost-reply", "hang", "server-error", "error", "slow"];

function matches(patterns: string[] | undefined, name: string): boolean {
  if (patterns === undefined) return true;
  return patterns.some((each) => (each.endsWith("*") ? name.startsWith(each.slice(0, -1)) : each === name));
}

/** The weather: asked at every occasion, it answers with the disturbance due, or with nothing. */
export class Faults {
  #rules: { rule: FaultRule; seen: number; struck: number }[] = [];
  #random = seededRandom(502);
  #disconnectEvery: number | undefined;
  readonly #struck: Record<string, number> = {};
  onPlan: (disconnectEveryMs: number | undefined) => void = () => undefined;

  /** Replaces the plan. Throws a ZodError that names the field for a plan that is not one. */
  set(plan: unknown): void {
    const read = faultPlanSchema.parse(plan);
    this.#rules = read.rules.map((rule) => ({ rule, seen: 0, struck: 0 }));
    this.#random = seededRandom(read.seed);
    this.#disconnectEvery = read.disconnectEveryMs;
    this.onPlan(this.#disconnectEvery);
  }

  get disconnectEveryMs(): number | undefined {
    return this.#disconnectEvery;
  }

  /** How often each kind of fault struck since the start. */
  counts(): Record<string, number> {
    return { ...this.#struck };
  }

  /** The disturbance of a Web API call, or undefined. */
  forCall(method: string): ApiFault | undefined {
    return this.#due(
      (rule): rule is ApiFault => API.includes(rule.fault),
      (rule) => matches(rule.methods, method),
    );
  }

  /** The disturbance of what is posted to a response URL, where a rule names that: it is no method of the Web API. */
  forResponse(): ApiFault | undefined {
    return this.#due(
      (rule): rule is ApiFault => API.includes(rule.fault),
      (rule) => rule.methods?.includes(RESPONSE) === true,
    );
  }

  /** Whether this fault befalls an envelope of this type ("slash_commands", "block_actions", …) now. */
  forEnvelope<F extends EnvelopeFault["fault"]>(
    fault: F,
    type: string,
  ): Extract<EnvelopeFault, { fault: F }> | undefined {
    return this.#due(
      (rule): rule is Extract<EnvelopeFault, { fault: F }> => rule.fault === fault,
      (rule) => matches("types" in rule ? rule.types : undefined, type),
    );
  }

  #due<R extends FaultRule>(kind: (rule: FaultRule) => rule is R, fits: (rule: R) => boolean): R | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (!kind(rule) || !fits(rule)) continue;
      entry.seen += 1;
      if (entry.seen <= rule.after) continue;
      if (rule.times !== undefined && entry.struck >= rule.times) continue;
      if (this.#random() >= rule.rate) continue;
      entry.struck += 1;
      this.#struck[rule.fault] = (this.#struck[rule.fault] ?? 0) + 1;
      return rule;
    }
    return undefined;
  }
}
