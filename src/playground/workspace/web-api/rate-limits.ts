import { TIERS } from "./method.ts";

/** Counts calls per method (per channel for posting) in windows of one minute, as Slack's tiers do. */
export class RateLimits {
  readonly #clock: () => number;
  readonly #calls = new Map<string, number[]>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Takes one call; gives 0 when allowed, otherwise the whole seconds to wait. */
  take(method: string, tier: keyof typeof TIERS, channel: string): number {
    const key = tier === "post" ? `${method} ${channel}` : method;
    const now = this.#clock();
    const recent = (this.#calls.get(key) ?? []).filter((time) => now - time < 60_000);
    this.#calls.set(key, recent);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= TIERS[tier]) {
      return Math.max(1, Math.ceil((oldest + 60_000 - now) / 1000));
    }
    recent.push(now);
    return 0;
  }
}
