import { foldHosts } from "../domain/fold-hosts.ts";
import { worthSaying } from "../domain/report-facts.ts";
import type { Report, ReportSummary } from "../domain/report.ts";
import type { ChannelTx } from "./channel-store.ts";
import type { ChannelWorld } from "./channel-world.ts";
import type { StoreTx } from "./ports.ts";
import {
  groupBody,
  type ReportBody,
  type ReportDetailsBody,
  type ReportFileBody,
  reportKey,
} from "./report-message.ts";

/** Ends a report and says it, in one transaction: a redelivered job says nothing twice. */
export async function postReport(world: ChannelWorld, report: Report): Promise<void> {
  const { summary, destination } = report;
  if (summary === undefined) throw new TypeError("A report is posted when its summary is known.");
  const before = await reportBefore(world, report);
  await world.store.transaction(async (tx) => {
    if (!(await tx.finishReport(report.id, report.finishedAt ?? world.clock.now(), summary))) return;
    const folds = foldHosts(summary.lines);
    const kept = report.kind === "schedule" && report.quiet && !worthSaying(summary, before?.summary);
    await tx.audit({
      at: world.clock.now(),
      actor: report.actor.id,
      via: report.actor.via,
      action: "report-finished",
      detail: {
        report: report.id,
        title: report.title,
        posted: destination !== undefined && !kept,
        verdicts: folds.map((f) => `${f.lines.length} ${f.what}`),
      },
    });
    if (destination === undefined || kept) return;
    if (report.kind === "group") {
      await put(tx, world, report, reportKey(report.id), groupBody(report, report.runs.length));
      return putFile(tx, world, report, "csv");
    }
    const body: ReportBody = {
      kind: "report",
      report,
      ...(before?.summary === undefined ? {} : { before: before.summary }),
    };
    await put(tx, world, report, reportKey(report.id), body);
    const details: ReportDetailsBody = { kind: "report-details", report };
    await put(tx, world, report, `${reportKey(report.id)}:details`, details, reportKey(report.id));
    for (const what of filesOf(summary)) await putFile(tx, world, report, what);
  });
}

/** A picture only where there is something to be seen on it; the text only where the details are cut. */
function filesOf(summary: ReportSummary): readonly ReportFileBody["what"][] {
  const drawn = Object.values(summary.periods).some((p) => p.vhosts.length > 0);
  return drawn ? ["chart", "csv", "text"] : ["csv", "text"];
}

/** The last finished report of the same schedule. */
async function reportBefore(world: ChannelWorld, report: Report): Promise<Report | undefined> {
  if (report.schedule === undefined) return undefined;
  const list = await world.store.reports({ schedule: report.schedule, state: "done", limit: 2 });
  return list.find((r) => r.id !== report.id);
}

/** A file in the report's thread; whoever draws it leaves out what the messages say whole already. */
async function putFile(
  tx: StoreTx & ChannelTx,
  world: ChannelWorld,
  report: Report,
  what: ReportFileBody["what"],
): Promise<void> {
  const file: ReportFileBody = { kind: "report-file", reportId: report.id, what };
  await put(tx, world, report, `${reportKey(report.id)}:${what}`, file, reportKey(report.id));
}

async function put(
  tx: StoreTx & ChannelTx,
  world: ChannelWorld,
  report: Report,
  key: string,
  body: object,
  threadKey?: string,
): Promise<void> {
  await tx.putOutbox({
    id: world.ids.next("msg"),
    channel: report.destination?.channel ?? "",
    key,
    body: JSON.stringify(body),
    createdAt: world.clock.now(),
    ...(threadKey === undefined ? {} : { threadKey }),
  });
}
