import { exitCodeOfHosts, foldHosts } from "../domain/fold-hosts.ts";
import type { Actor } from "../domain/run.ts";
import type { AskedFor } from "../workflows/asked-for.ts";
import type { ChannelWorld } from "../workflows/channel-world.ts";
import type { Job, Queue } from "../workflows/ports.ts";
import { startGroup } from "../workflows/start-report.ts";
import { workReport } from "../workflows/work-report.ts";
import { groupText } from "../wording/report-group.ts";
import type { Call } from "./call.ts";
import { type Answer, document, failure, USAGE } from "./output.ts";

/** `502 @web`, or a site of several hosts: diagnoses them at once and prints one table, worst first. */
export async function groupCommand(
  world: ChannelWorld & { readonly store: ChannelWorld["store"] & { readonly queue: Queue } },
  actor: Actor,
  call: Call,
  asked: AskedFor & { readonly kind: "group" },
): Promise<Answer> {
  const { json } = call;
  const [playbook, vhost] = ["playbook", "vhost"].map((name) => call.text(name));
  const request = {
    group: asked.group,
    ...(asked.site === undefined ? {} : { site: asked.site }),
    ...(playbook === undefined ? {} : { playbook }),
    ...(vhost === undefined ? {} : { vhost }),
  };
  const started = await startGroup(world, { request, actor });
  if (started.kind !== "started") {
    const denied = started.kind === "not-allowed";
    const hint = denied ? "ask the owner of 502.yml" : "list the hosts with: 502 hosts";
    return failure(json, started.kind, started.text, hint, denied ? 3 : USAGE);
  }
  const { id } = started.report;
  const worker = await world.store.queue.work(
    { report: async (job: Job) => void (await workReport(world, job.ref)) },
    { onlyRefs: new Set([id]), concurrency: 1 },
  );
  try {
    for (;;) {
      const report = await world.store.report(id);
      if (report?.summary !== undefined) {
        const { summary } = report;
        const exitCode = exitCodeOfHosts(summary.lines);
        if (!json) return { exitCode, out: groupText(report, summary) };
        const folds = foldHosts(summary.lines).map((f) => ({
          rank: f.rank,
          what: f.what,
          hosts: f.lines.map((l) => l.host),
          ...(f.since === undefined ? {} : { since: f.since }),
        }));
        return document(
          {
            schema: "502/group@1",
            reportId: id,
            group: report.title,
            ...(summary.fromHere === undefined ? {} : { fromHere: summary.fromHere }),
            hosts: summary.lines,
            folds,
            odd: summary.odd,
            refused: report.refused,
          },
          exitCode,
        );
      }
      await world.clock.wait(20);
    }
  } finally {
    await worker.stop();
  }
}
