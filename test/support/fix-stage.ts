import type { Cause, Diagnosis } from "../../src/domain/diagnosis.ts";
import { type BoundFix, digestOf } from "../../src/domain/fix.ts";
import type { Host } from "../../src/domain/host.ts";
import type { Actor, Run } from "../../src/domain/run.ts";
import { applyFix } from "../../src/workflows/apply-fix.ts";
import { decideApproval, type Decided } from "../../src/workflows/decide-approval.ts";
import { expireApproval } from "../../src/workflows/expire-approvals.ts";
import type { AccessAnswer, FixWorld } from "../../src/workflows/fix-world.ts";
import { followUp } from "../../src/workflows/follow-up.ts";
import type { Offer } from "../../src/workflows/ports.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeHost, HOST_KEY } from "./fake-host.ts";
import { MemoryStore, type StoredJob } from "./memory-store.ts";

export const ANN: Actor = { id: "U0000000ANN", via: "slack", channel: "C0000FAKE1" };
export const BOB: Actor = { id: "U0000000BOB", via: "slack", channel: "C0000FAKE1" };

export const START = "systemctl start shop-api.service";
const LOOK = ["systemctl", "show", "-p", "ActiveState", "--value", "shop-api.service"];

export function aCause(change: Partial<Cause> = {}): Cause {
  return {
    id: "upstream-stopped",
    grade: "proven",
    title: "shop-api.service is stopped",
    severity: "critical",
    vhosts: ["shop.example.test"],
    target: "127.0.0.1:3000",
    evidence: [],
    ruledOut: [],
    fixes: ["start-shop-api"],
    consequences: [],
    advice: [],
    ...change,
  };
}

export function aDiagnosisOf(causes: readonly Cause[], change: Partial<Diagnosis> = {}): Diagnosis {
  const ran = ["error-logs", "nginx-config", "tcp-listeners"].map((id) => ({
    id,
    command: id === "nginx-config" ? "sudo nginx -T" : id,
    exitCode: 0,
    durationMs: 3,
    end: "exited" as const,
  }));
  return {
    schema: "502/diagnosis@1",
    runId: "run-1",
    host: "web-1",
    playbook: "502",
    startedAt: 0,
    durationMs: 640,
    verdict: causes.length === 0 ? "healthy" : "cause-found",
    headline: causes[0]?.title ?? "web-1 answers.",
    causes: [...causes],
    fixes: [],
    unrelated: [],
    timeline: [],
    ruledOut: [],
    blindSpots: [],
    checks: ran,
    ...change,
  };
}

export function aBoundFix(change: Partial<BoundFix> = {}): BoundFix {
  const command = (
    id: string,
    argv: readonly string[],
    sudo: "always" | "never",
  ): BoundFix["commands"][number] => ({
    id,
    argv: [...argv],
    sudo,
    timeoutMs: 30_000,
    maxBytes: 4_096,
  });
  return {
    fix: {
      id: "start-shop-api",
      recipe: "F-START",
      title: "Start shop-api.service",
      risk: "safe",
      causeId: "upstream-stopped",
      target: "127.0.0.1:3000",
      commands: [`sudo ${START}`],
      verify: "three good answers through nginx",
      rollback: "systemctl stop shop-api.service",
      offered: true,
    },
    host: "web-1",
    hostKey: HOST_KEY,
    runId: "run-1",
    playbook: "502",
    revision: "abcdef012345",
    commands: [command("start", START.split(" "), "always")],
    preconditions: [{ name: "ActiveState", command: command("active", LOOK, "never"), value: "inactive" }],
    rollback: [],
    verify: {
      text: "three good answers through nginx",
      successes: 3,
      everyMs: 1_000,
      withinMs: 20_000,
      stableMs: 15_000,
      fronts: [
        {
          vhost: "shop.example.test",
          scheme: "http",
          address: "127.0.0.1",
          port: 80,
          path: "/health",
          expect: [],
        },
      ],
      target: "127.0.0.1:3000",
      unit: "shop-api.service",
      settleMs: 0,
    },
    ...change,
  };
}

export const WEB_1: Host = {
  name: "web-1",
  hostName: "127.0.0.1",
  port: 22,
  user: "ops",
  identityFiles: [],
  identitiesNamed: false,
  identitiesOnly: false,
  identityAgent: null,
  knownHostsFiles: [],
  connectTimeoutMs: 5_000,
  serverAliveIntervalMs: 0,
  serverAliveCountMax: 3,
  jumps: [],
  groups: [],
  addresses: [],
  source: "file",
};

/** One host with a diagnosed fault, its run and its offer, and a bot whose every port is a test's to bend. */
export class Stage {
  readonly clock: FakeClock;
  readonly store: MemoryStore;
  readonly host = new FakeHost();
  readonly bound: BoundFix;
  access: (id: string) => AccessAnswer = () => ({
    allowed: true,
    approvals: 1,
    fourEyes: false,
    why: "the policy allows it",
  });
  /** Who may break glass: nobody unless a test says so. */
  readonly glass = new Set<string>();
  /** What the diagnosis after the fix says; by default as the host is. */
  after: () => Diagnosis = () => aDiagnosisOf(this.host.active === "active" ? [] : [aCause()]);
  diagnoses = 0;
  #ids = 0;

  constructor(change: Partial<BoundFix> = {}, clock = new FakeClock()) {
    this.clock = clock;
    this.store = new MemoryStore(clock);
    this.bound = aBoundFix(change);
  }

  /** Stores the run and the offer; of another host than web-1 where it is named. */
  async set(id = "run-1", bound = this.bound, host?: string): Promise<this> {
    const now = this.clock.now();
    const run: Run = {
      id,
      request: { host: host ?? "web-1", playbook: "502" },
      actor: ANN,
      destination: { channel: "C0000FAKE1" },
      state: "done",
      createdAt: now,
    };
    const own = { ...bound, runId: id, ...(host === undefined ? {} : { host }) };
    await this.store.transaction(async (tx) => {
      await tx.insertRun(run);
      await tx.finishRun(id, "done", now, aDiagnosisOf([aCause()]));
      await tx.insertOffers([offerOf(own, now)]);
    });
    return this;
  }

  world(change: Partial<FixWorld> = {}): FixWorld {
    return {
      store: this.store,
      shell: this.host.shell(),
      clock: this.clock,
      ids: { next: (prefix) => `${prefix}-${String((this.#ids += 1)).padStart(6, "0")}` },
      instance: "bot-1",
      findHost: (name) => (name === "web-1" ? WEB_1 : undefined),
      access: (q) =>
        q.action === "approve" || this.glass.has(q.actor.id)
          ? this.access(q.actor.id)
          : { allowed: false, approvals: 0, fourEyes: false, why: "no rule allows break-glass" },
      diagnose: async () => {
        this.diagnoses += 1;
        return this.after();
      },
      ...change,
    };
  }

  async press(world = this.world(), actor = ANN, runId = "run-1"): Promise<string> {
    const pressed = await pressOffer(world, { runId, fixId: "start-shop-api", actor });
    if (!("approval" in pressed)) throw new Error(`not pressed: ${pressed.text}`);
    return pressed.approval.id;
  }

  approve(approvalId: string, world = this.world(), actor = ANN): Promise<Decided> {
    return decideApproval(world, { approvalId, actor, decide: "approve" });
  }

  /** Presses and approves. */
  async approved(): Promise<string> {
    const id = await this.press();
    const decided = await this.approve(id);
    if (decided.kind !== "approved") throw new Error(`not approved: ${decided.text}`);
    return id;
  }

  /** Works the jobs that are due within ms, as a queue would: a job that throws stays. */
  async work(ms = 0, world = this.world()): Promise<void> {
    const end = this.clock.now() + ms;
    for (;;) {
      const due = this.store.state.jobs.filter((j) => j.dueAt <= Math.max(end, this.clock.now()));
      const job = due.toSorted((a, b) => a.dueAt - b.dueAt)[0];
      if (job === undefined) return;
      if (job.dueAt > this.clock.now()) this.clock.pass(job.dueAt - this.clock.now());
      await this.#take(job, world);
    }
  }

  async #take(job: StoredJob, world: FixWorld): Promise<void> {
    // A started job's key does not hold back a new one.
    this.store.state.jobs = this.store.state.jobs.filter((j) => j !== job);
    try {
      if (job.kind === "apply-fix") await applyFix(world, job.ref);
      else if (job.kind === "expire") await expireApproval(world, job.ref);
      else if (job.kind === "follow-up") await followUp(world, job.ref);
    } catch (e) {
      this.store.state.jobs.push(job);
      throw e;
    }
  }

  /** The latest message about the approval. */
  said(approvalId: string): string {
    return this.store.state.outbox.find((m) => m.key === `approval:${approvalId}`)?.body ?? "";
  }

  actions(): string[] {
    return this.store.state.audit.map((e) => e.action);
  }
}

export function offerOf(bound: BoundFix, now: number): Offer {
  return {
    runId: bound.runId,
    host: bound.host,
    fixId: bound.fix.id,
    createdAt: now,
    expiresAt: now + 3_600_000,
    payload: JSON.stringify(bound),
    digest: digestOf(bound),
  };
}
