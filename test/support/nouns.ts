import type { Approval } from "../../src/domain/approval.ts";
import type { Bundle } from "../../src/domain/bundle.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import type { Run } from "../../src/domain/run.ts";
import type { Offer, OutboxMessage } from "../../src/workflows/ports.ts";

/** Small valid nouns for tests of the state. */

export function aRun(id: string, change: Partial<Run> = {}): Run {
  return {
    id,
    request: { host: "web-1", playbook: "502" },
    actor: { id: "U0000FAKE1", via: "slack", channel: "C0000FAKE1" },
    destination: { channel: "C0000FAKE1", threadTs: "1700000000.000100" },
    state: "queued",
    createdAt: 1000,
    ...change,
  };
}

export function anApproval(id: string, runId: string, change: Partial<Approval> = {}): Approval {
  return {
    id,
    runId,
    host: "web-1",
    fixId: "start-app",
    digest: "d".repeat(64),
    state: "requested",
    requestedBy: "U0000FAKE1",
    requestedAt: 2000,
    expiresAt: 602_000,
    votesNeeded: 1,
    fourEyes: false,
    votes: [],
    ...change,
  };
}

export function anOffer(runId: string, fixId: string, change: Partial<Offer> = {}): Offer {
  return {
    runId,
    fixId,
    host: "web-1",
    createdAt: 2000,
    expiresAt: 3_602_000,
    payload: "{}",
    digest: "d".repeat(64),
    ...change,
  };
}

export function aDiagnosis(runId: string): Diagnosis {
  return {
    schema: "502/diagnosis@1",
    runId,
    host: "web-1",
    playbook: "502",
    startedAt: 1000,
    durationMs: 640,
    verdict: "healthy",
    headline: "web-1 answers.",
    causes: [],
    fixes: [],
    unrelated: [],
    timeline: [],
    ruledOut: [],
    blindSpots: [],
    checks: [],
  };
}

export function aBundle(runId: string): Bundle {
  return {
    schema: "502/bundle@1",
    runId,
    host: "web-1",
    playbook: "502",
    startedAt: 1000,
    durationMs: 640,
    hostKey: "SHA256:fake",
    commands: [
      {
        id: "nginx-version",
        wave: 1,
        argv: ["nginx", "-v"],
        stdout: "",
        stderr: "nginx version: nginx/1.22.1 \u{1F600}\n",
        exitCode: 0,
        end: "exited",
        durationMs: 12,
        privileged: true,
      },
    ],
  };
}

export function aMessage(id: string, change: Partial<OutboxMessage> = {}): OutboxMessage {
  return { id, channel: "C0000FAKE1", key: id, body: `{"say":"${id}"}`, createdAt: 1000, ...change };
}
