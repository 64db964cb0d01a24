import { randomUUID } from "node:crypto";

/** Where a response_url leads: the conversation, the person, and the message it may replace. */
export interface ResponseTarget {
  channel: string;
  user: string;
  messageTs?: string;
  threadTs?: string;
}

interface Trigger {
  user: string;
  expires: number;
  used: boolean;
  channel?: string;
}

interface ResponseUrl {
  target: ResponseTarget;
  expires: number;
  uses: number;
}

/** What a trigger or URL was worth when it was shown: good, or Slack's error code. */
export type Redeemed<T> = { ok: true; value: T } | { ok: false; error: string };

/** Slack: a trigger_id lives three seconds and works once. */
const TRIGGER_TTL_MS = 3_000;
/** Slack: a response_url works five times within thirty minutes. */
const RESPONSE_URL_USES = 5;
const RESPONSE_URL_TTL_MS = 30 * 60_000;

/** Short-lived permissions handed out with every interaction. */
export class Grants {
  readonly #clock: () => number;
  readonly #triggerTtl: number;
  readonly #triggers = new Map<string, Trigger>();
  readonly #urls = new Map<string, ResponseUrl>();

  constructor(clock: () => number, triggerTtl = TRIGGER_TTL_MS) {
    this.#clock = clock;
    this.#triggerTtl = triggerTtl;
  }

  /** A fresh trigger_id for the user; `expired` makes one that is already too old (a fault). */
  trigger(user: string, channel: string | undefined, expired = false): string {
    const id = `${String(this.#triggers.size + 1)}.${randomUUID().replaceAll("-", "")}`;
    const expires = expired ? 0 : this.#clock() + this.#triggerTtl;
    this.#triggers.set(id, { user, expires, used: false, ...(channel === undefined ? {} : { channel }) });
    return id;
  }

  /** Uses the trigger up; answers whose it was, or the error code Slack gives. */
  redeemTrigger(id: string): Redeemed<{ user: string; channel?: string }> {
    const trigger = this.#triggers.get(id);
    if (trigger === undefined) return { ok: false, error: "invalid_trigger_id" };
    if (trigger.used) return { ok: false, error: "exchanged_trigger_id" };
    if (this.#clock() > trigger.expires) return { ok: false, error: "expired_trigger_id" };
    trigger.used = true;
    return { ok: true, value: trigger };
  }

  /** The secret part of a new response_url. */
  responseUrl(target: ResponseTarget): string {
    const id = randomUUID();
    this.#urls.set(id, { target, expires: this.#clock() + RESPONSE_URL_TTL_MS, uses: 0 });
    return id;
  }

  /** Counts one use of the response_url. */
  redeemUrl(id: string): Redeemed<ResponseTarget> {
    const url = this.#urls.get(id);
    if (url === undefined) return { ok: false, error: "invalid_url" };
    if (this.#clock() > url.expires) return { ok: false, error: "expired_url" };
    if (url.uses >= RESPONSE_URL_USES) return { ok: false, error: "used_url" };
    url.uses += 1;
    return { ok: true, value: url.target };
  }
}
