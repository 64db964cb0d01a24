import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Ids } from "./workflows/ports.ts";

/** This machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  wait: async (ms, signal) => {
    await sleep(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      if (!(error instanceof Error && error.name === "AbortError")) throw error;
    });
  },
};

/** Ids that sort by time: prefix, milliseconds in base 36, randomness. */
export const timeIds: Ids = {
  next: (prefix) => `${prefix}-${Date.now().toString(36)}-${randomBytes(5).toString("hex")}`,
};
