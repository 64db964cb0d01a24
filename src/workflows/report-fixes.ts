import type { Approval } from "../domain/approval.ts";
import type { FixLine, ReportSummary, UnusedApproval } from "../domain/report.ts";
import { readApproved } from "./fix-offer.ts";
import type { Store } from "./ports.ts";

/** Approvals and audit entries of one host that a report reads back at most. */
const MOST = 200;

/** The fixes that were run on these hosts in the period, whether they held, and the approvals that came to nothing. */
export async function fixesIn(
  store: Store,
  hosts: readonly string[],
  since: number | undefined,
  until: number,
): Promise<Pick<ReportSummary, "fixes" | "unused">> {
  if (since === undefined) return { fixes: [], unused: [] };
  const fixes: FixLine[] = [];
  const unused: UnusedApproval[] = [];
  for (const host of hosts) {
    const own = (await store.approvals({ host, limit: MOST })).filter(
      (a) => a.requestedAt >= since && a.requestedAt <= until,
    );
    if (own.length === 0) continue;
    const trail = await store.auditTrail({ host, limit: MOST });
    for (const a of own) {
      const title = await titleOf(store, a);
      if (a.state === "finished") fixes.push({ ...fixLine(a, trail), ...title });
      else if (a.state !== "applying" && a.state !== "approved")
        unused.push({
          host,
          fixId: a.fixId,
          ...title,
          state: a.state,
          waitedMs: (a.decidedAt ?? Math.min(until, a.expiresAt)) - a.requestedAt,
        });
    }
  }
  return { fixes: fixes.toSorted((a, b) => a.at - b.at), unused };
}

async function titleOf(store: Store, a: Approval): Promise<{ readonly title?: string }> {
  const read = await readApproved(store, a);
  return read.kind === "bound" ? { title: read.bound.fix.title } : {};
}

function fixLine(a: Approval, trail: Awaited<ReturnType<Store["auditTrail"]>>): FixLine {
  const found = trail
    .filter((e) => e.approvalId === a.id && e.action === "fix.follow-up")
    .map((e) => e.detail["found"]);
  return {
    host: a.host,
    fixId: a.fixId,
    outcome: a.outcome ?? "interrupted",
    at: a.decidedAt ?? a.requestedAt,
    approvers: a.votes.map((v) => v.by),
    ...(a.decidedAt === undefined ? {} : { waitedMs: a.decidedAt - a.requestedAt }),
    held: found.includes("relapsed") ? "relapsed" : found.includes("held") ? "held" : "unknown",
  };
}
