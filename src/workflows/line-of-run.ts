import type { Bundle } from "../domain/bundle.ts";
import type { Diagnosis } from "../domain/diagnosis.ts";
import type { Host } from "../domain/host.ts";
import type { HostLine } from "../domain/report.ts";

/** Blind spots kept a host. */
const SPOTS = 5;

/** What a finished run says of its host in one line of a table. */
export function lineOfRun(d: Diagnosis, bundle: Bundle | undefined, host: Host | undefined): HostLine {
  const [cause] = d.causes;
  const since = cause === undefined ? undefined : beginOf(d);
  const code = bundle?.unreachable?.code;
  const via = code !== undefined && code.startsWith("hop-") ? host?.jumps[0]?.name : undefined;
  return {
    host: d.host,
    runId: d.runId,
    verdict: d.verdict,
    headline: d.headline,
    ...(cause === undefined
      ? {}
      : {
          cause: {
            id: cause.id,
            grade: cause.grade,
            severity: cause.severity,
            title: cause.title,
            vhosts: cause.vhosts,
            ...(cause.status === undefined ? {} : { status: cause.status }),
            ...(since === undefined ? {} : { since }),
          },
        }),
    ...(d.verdict === "unreachable"
      ? { unreachable: { code: code ?? "unreachable", ...(via === undefined ? {} : { via }) } }
      : {}),
    blindSpots: d.blindSpots
      .slice(0, SPOTS)
      .map((b) => ({ because: b.because, ...(b.remedy === undefined ? {} : { remedy: b.remedy }) })),
    durationMs: d.durationMs,
  };
}

/** The line of a host whose run broke or took too long: nothing is known of it. */
export function lineOfFailure(host: string, runId: string, why: string, durationMs: number): HostLine {
  return { host, runId, verdict: "failed", headline: `${host}: ${why}`, blindSpots: [], durationMs };
}

function beginOf(d: Diagnosis): number | undefined {
  return d.timeline.find((t) => t.what.startsWith("first 502"))?.at;
}
