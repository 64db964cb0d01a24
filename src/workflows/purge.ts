import type { KeepingStore, Purged } from "./keeping-store.ts";
import type { Clock, Store } from "./ports.ts";

const DAY_MS = 86_400_000;
/** Rows a transaction removes: others wait for it. */
const PAGE = 200;
/** Between two pages others have their turn. */
const PAUSE_MS = 20;

export interface PurgeWorld {
  readonly store: Store & KeepingStore;
  readonly clock: Clock;
  readonly keep: { readonly runsDays: number; readonly bundlesDays: number; readonly auditDays: number };
  /** Where the audit log is streamed to: what has not got there is not purged. */
  readonly sinks: readonly string[];
}

/** What a purge removed. */
export type PurgeResult = Purged & { readonly auditEntries: number };

/** Removes what is older than 502.yml keeps it, page by page. */
export async function purgeOld(world: PurgeWorld): Promise<PurgeResult> {
  const { store, clock, keep } = world;
  const now = clock.now();
  const sum = { runs: 0, bundles: 0, approvals: 0, messages: 0, reports: 0 };
  const before = { runsBefore: now - keep.runsDays * DAY_MS, bundlesBefore: now - keep.bundlesDays * DAY_MS };
  for (;;) {
    const page = await store.purge({ ...before, now, limit: PAGE });
    sum.runs += page.runs;
    sum.bundles += page.bundles;
    sum.approvals += page.approvals;
    sum.messages += page.messages;
    sum.reports += page.reports;
    if (Math.max(...Object.values(page)) < PAGE) break;
    await clock.wait(PAUSE_MS);
  }
  if (Object.values(sum).some((n) => n > 0)) {
    const entry = {
      at: now,
      actor: "bot",
      via: "bot",
      action: "retention.purge",
      detail: { ...sum, ...keep },
    };
    await store.transaction((tx) => tx.audit(entry));
  }
  let auditEntries = 0;
  for (;;) {
    const gone = await store.purgeAudit({
      before: now - keep.auditDays * DAY_MS,
      now,
      limit: PAGE,
      sinks: world.sinks,
    });
    auditEntries += gone;
    if (gone < PAGE) return { ...sum, auditEntries };
    await clock.wait(PAUSE_MS);
  }
}
