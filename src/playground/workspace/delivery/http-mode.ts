import type { Faults } from "../faults/plan.ts";
import { parseJson, record, str } from "../json.ts";
import type { Json } from "../json.ts";
import type { AwakeClock } from "../awake.ts";
import type { WorkspaceState } from "../state/state.ts";
import type { Delivery, EnvelopeType, Outcome } from "./delivery.ts";
import { sign } from "./signature.ts";
import { Timers } from "./timers.ts";

export interface HttpModeOptions {
  state: WorkspaceState;
  awake: AwakeClock;
  faults: Faults;
  requestUrl: string;
  signingSecret: string;
  ackTimeoutMs: number;
  eventRetryDelaysMs: number[];
}

function encode(type: EnvelopeType, payload: Json): { body: string; contentType: string } {
  if (type === "events_api") return { body: JSON.stringify(payload), contentType: "application/json" };
  const fields = type === "interactive" ? { payload: JSON.stringify(payload) } : payload;
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  return { body: new URLSearchParams(pairs).toString(), contentType: "application/x-www-form-urlencoded" };
}

/** Signed requests to the app's Request URL; an unanswered event is tried again with X-Slack-Retry-Num. */
export class HttpMode implements Delivery {
  readonly #options: HttpModeOptions;
  readonly #stop = new AbortController();
  readonly #timers: Timers;

  constructor(options: HttpModeOptions) {
    this.#options = options;
    this.#timers = new Timers(options.awake);
  }

  /** Slack's check before a Request URL is taken: the challenge must come back. */
  async verifyUrl(): Promise<boolean> {
    const challenge = this.#options.state.ids.next("challenge");
    const outcome = await this.#post("events_api", { type: "url_verification", token: "", challenge }, {});
    if (outcome.end !== "acked") return false;
    const { payload } = outcome;
    return payload === challenge || str(record(payload)["challenge"]) === challenge;
  }

  async send(type: EnvelopeType, payload: Json, name: string): Promise<Outcome> {
    let outcome = await this.#post(type, payload, {});
    if (outcome.end === "acked" && this.#options.faults.forEnvelope("redeliver", name) !== undefined) {
      const retry = { "x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout" };
      await this.#post(type, payload, retry);
      return outcome;
    }
    if (type !== "events_api") return outcome;
    for (const [index, delay] of this.#options.eventRetryDelaysMs.entries()) {
      if (outcome.end === "acked" || this.#stop.signal.aborted) break;
      const reason = outcome.end === "timeout" ? "http_timeout" : "http_error";
      await this.#wait(delay);
      const retry = { "x-slack-retry-num": String(index + 1), "x-slack-retry-reason": reason };
      outcome = await this.#post(type, payload, retry);
    }
    return outcome;
  }

  close(): Promise<void> {
    this.#stop.abort();
    this.#timers.clear();
    return Promise.resolve();
  }

  async #post(type: EnvelopeType, payload: Json, extra: Record<string, string>): Promise<Outcome> {
    const { state, requestUrl, signingSecret, ackTimeoutMs } = this.#options;
    const { body, contentType } = encode(type, payload);
    const timestamp = Math.floor(state.clock() / 1000);
    const started = state.clock();
    const late = new AbortController();
    const timer = this.#timers.after(ackTimeoutMs, () => late.abort());
    try {
      const response = await fetch(requestUrl, {
        method: "POST",
        body,
        headers: {
          "content-type": contentType,
          "x-slack-request-timestamp": String(timestamp),
          "x-slack-signature": sign(signingSecret, timestamp, body),
          ...extra,
        },
        signal: AbortSignal.any([this.#stop.signal, late.signal]),
      });
      const text = await response.text();
      if (!response.ok) return { end: "unreachable" };
      return { end: "acked", payload: parseJson(text) ?? text, ms: state.clock() - started };
    } catch {
      return { end: late.signal.aborted ? "timeout" : "unreachable" };
    } finally {
      this.#timers.drop(timer);
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#stop.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
