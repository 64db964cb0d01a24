import type { Approval } from "../../src/domain/approval.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import type { HostLine, Report, ReportSummary } from "../../src/domain/report.ts";
import type { Run } from "../../src/domain/run.ts";
import { aBoundFix, aCause, aDiagnosisOf } from "../support/fix-stage.ts";
import { aRun, anApproval } from "../support/nouns.ts";

/** Things to draw: of ordinary content, and of whatever `say` puts where hosts and people speak. */
export const AT = Date.UTC(2026, 10, 20, 13, 40);
export const ADA = "U0ADA00001";
export const LIN = "U0LIN00002";

const ORDINARY = "connect() failed (111: Connection refused) while connecting to upstream";

const FOR_USERS =
  "shop.example.test cannot be reached at the moment. Please wait a few minutes and try again; if you sent something, look whether it arrived before you send it twice. We are on it.";

export function diagnosis(change: Partial<Diagnosis> = {}, say = ORDINARY): Diagnosis {
  const hostile = say !== ORDINARY;
  const title = hostile ? say : "shop-api.service is stopped";
  const cause = aCause({
    title,
    evidence: [
      { check: "error-logs", command: "tail -n 400 /var/log/nginx/error.log", excerpt: say },
      {
        check: "unit",
        command: hostile ? say : "systemctl show shop-api.service",
        excerpt: "ActiveState=inactive\nSubState=dead",
      },
    ],
    ruledOut: [{ id: "port-mismatch", because: hostile ? say : "nothing listens on another port" }],
    advice: [hostile ? say : "Look at why it was stopped: journalctl -u shop-api.service"],
  });
  return aDiagnosisOf([cause], {
    runId: "run-1",
    startedAt: AT,
    headline: hostile ? say : "shop-api.service is stopped, so nginx answers 502 for shop.example.test.",
    fixes: [{ ...aBoundFix().fix, ...(hostile ? { title: say, commands: [say, "true"] } : {}) }],
    timeline: [{ at: AT - 60_000, what: hostile ? say : "shop-api.service was stopped", source: "journal" }],
    traffic: [
      {
        vhost: "shop.example.test",
        from: AT - 1_800_000,
        requests: 1_206,
        failed: 22,
        statuses: [{ status: 502, count: 22 }],
        first: AT - 720_000,
        last: AT - 10_000,
        paths: [{ path: hostile ? say : "/cart", count: 22 }],
        morePaths: 0,
        clients: [{ client: "203.0.113.x", count: 22 }],
        moreClients: 0,
      },
    ],
    unrelated: [hostile ? say : "20 lines of 404 in the access log"],
    ...(change.causes?.length === 0 ? {} : { forUsers: hostile ? say : FOR_USERS }),
    blindSpots: [
      { check: "nginx-config", because: hostile ? say : "sudo asks for a password", remedy: "502 sudoers" },
    ],
    ...change,
  });
}

export function run(
  id: string,
  change: Partial<Run & { diagnosis: Diagnosis }> = {},
): Run & { diagnosis: Diagnosis } {
  return { ...aRun(id, { createdAt: AT, state: "done" }), diagnosis: diagnosis(), ...change };
}

export function approval(change: Partial<Approval> = {}): Approval {
  return anApproval("ap-1", "run-1", {
    fixId: "start-shop-api",
    requestedBy: ADA,
    requestedAt: AT,
    expiresAt: AT + 600_000,
    ...change,
  });
}

/** What a report's hosts say: ordinary words of each kind, or one hostile text everywhere. */
function reportWords(say: string | undefined) {
  return {
    vhost: say ?? "shop.example.test",
    title: say ?? "shop-api.service is stopped",
    failing: say ?? "shop.example.test: shop-api.service, the backend behind 127.0.0.1:3000, is stopped.",
    unseen: say ?? "The host did not answer on port 22 within 5 s.",
    healthy: say ?? "The host serves all its vhosts: no 502 now.",
    blind: say ?? "the error log may not be read",
    errors: say ?? "connection refused",
    certificate: say ?? "/etc/ssl/shop.pem",
    refused: say ?? "no rule of the policy allows diagnose",
    odd: {
      facet: say ?? "unit",
      key: say ?? "shop-api.service",
      here: say ?? "inactive",
      peers: say ?? "active, enabled",
      agree: 5,
    },
  };
}

function hostLine(host: string, say: string | undefined, i: number): HostLine {
  const says = reportWords(say);
  const blindSpots = [{ because: says.blind }];
  const about = { host, runId: `run-${host}`, durationMs: 640, blindSpots };
  if (i % 4 === 1)
    return { ...about, verdict: "unreachable", headline: says.unseen, unreachable: { code: "timeout" } };
  if (i % 4 !== 0) return { ...about, verdict: "healthy", headline: says.healthy, blindSpots: [] };
  const cause = {
    id: "upstream-stopped",
    grade: "proven" as const,
    severity: "critical" as const,
    title: says.title,
    vhosts: [says.vhost],
    since: AT - 3_600_000,
  };
  return { ...about, verdict: "cause-found", headline: says.failing, cause };
}

export function summary(hosts: number, say?: string): ReportSummary {
  const names = Array.from({ length: hosts }, (_, i) => `web-${i + 1}`);
  const says = reportWords(say);
  return {
    lines: names.map((name, i) => hostLine(name, say, i)),
    odd: [{ host: "web-1", differences: [says.odd], more: 3 }],
    since: AT - 86_400_000,
    until: AT,
    bucketMs: 3_600_000,
    periods: Object.fromEntries(
      names.map((name) => [
        name,
        {
          vhosts: [
            {
              vhost: says.vhost,
              total: 1_000,
              count502: 42,
              count5xx: 50,
              buckets: Array.from({ length: 24 }, (_, i) => i),
            },
          ],
          classes: [{ name: says.errors, count: 42 }],
          certificates: [{ path: says.certificate, names: [says.vhost], notAfter: AT + 12 * 86_400_000 }],
        },
      ]),
    ),
    fixes: [
      {
        host: "web-1",
        fixId: "start-shop-api",
        title: "Start shop-api.service",
        outcome: "fixed",
        at: AT,
        approvers: [ADA],
        waitedMs: 60_000,
        held: "held",
      },
    ],
    unused: [
      {
        host: "web-2",
        fixId: "restart-nginx",
        title: "Restart nginx.service",
        state: "expired",
        waitedMs: 600_000,
      },
    ],
  };
}

/** A group of 500 hosts on which twenty things are wrong. */
export function manyKinds(): Report {
  const kinds = Array.from({ length: 20 }, (_, k) => {
    const unit = `shop-api-${k + 1}.service`;
    return Array.from({ length: 25 }, (_host, i): HostLine => {
      const line = hostLine(`web-${k + 1}-${i + 1}.eu.example`, undefined, 0);
      const title = `${unit} is stopped`;
      const headline = `shop-${k + 1}.example.test: ${unit}, the backend behind 127.0.0.1:3000, is stopped since a deploy that the package manager began at night; systemd has given up restarting it, and nobody has started it again since.`;
      return {
        ...line,
        headline,
        ...(line.cause === undefined ? {} : { cause: { ...line.cause, id: unit, title } }),
      };
    });
  });
  return report(0, undefined, { summary: { ...summary(0), odd: [], lines: kinds.flat() } });
}

export function report(hosts: number, say?: string, change: Partial<Report> = {}): Report {
  return {
    id: "rep-1",
    kind: "group",
    title: "@web",
    runs: Array.from({ length: hosts }, (_, i) => ({ host: `web-${i + 1}`, runId: `run-web-${i + 1}` })),
    refused: [{ host: "db-1", why: reportWords(say).refused }],
    actor: { id: ADA, via: "slack" },
    schedule: "sch-1",
    dueAt: AT,
    quiet: false,
    missedMs: 600_000,
    state: "done",
    createdAt: AT,
    summary: summary(hosts, say),
    ...change,
  };
}
