import { type Approval, mayFollow, START_MS } from "../../src/domain/approval.ts";
import type { Bundle } from "../../src/domain/bundle.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import type { Run } from "../../src/domain/run.ts";
import type {
  AuditEntry,
  Clock,
  JobKind,
  Offer,
  OutboxMessage,
  Store,
  StoreTx,
} from "../../src/workflows/ports.ts";

export interface StoredJob {
  readonly kind: JobKind;
  readonly ref: string;
  readonly dueAt: number;
  readonly singleton?: string;
}

type StoredRun = Run & { readonly diagnosis?: Diagnosis };

interface State {
  runs: Map<string, StoredRun>;
  bundles: Map<string, Bundle>;
  offers: Offer[];
  approvals: Map<string, Approval>;
  journal: Map<string, { index: number; at: number; result: string }[]>;
  jobs: StoredJob[];
  outbox: Omit<OutboxMessage, "ts">[];
  audit: AuditEntry[];
}

/** The store in memory, with the real one's compare-and-swap, one transaction at a time, undone when it throws. */
export class MemoryStore implements Store {
  state: State = {
    runs: new Map(),
    bundles: new Map(),
    offers: [],
    approvals: new Map(),
    journal: new Map(),
    jobs: [],
    outbox: [],
    audit: [],
  };
  #leases = new Map<string, { owner: string; until: number }>();
  #last: Promise<unknown> = Promise.resolve();
  readonly #clock: Clock;
  /** Wraps the statements of a transaction: a test kills the process in the middle of one. */
  wrapTx: (tx: StoreTx) => StoreTx = (tx) => tx;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  transaction<T>(work: (tx: StoreTx) => Promise<T>, wrap = this.wrapTx): Promise<T> {
    const next = this.#last.then(async () => {
      const before = structuredClone(this.state);
      try {
        return await work(wrap(this.#tx()));
      } catch (e) {
        this.state = before;
        throw e;
      }
    });
    this.#last = next.catch(() => undefined);
    return next;
  }

  #tx(): StoreTx {
    const s = this.state;
    return {
      insertRun: async (run) => void s.runs.set(run.id, run),
      startRun: async () => true,
      finishRun: async (id, state, at, diagnosis) => {
        const run = s.runs.get(id);
        if (run === undefined) return false;
        s.runs.set(id, { ...run, state, finishedAt: at, ...(diagnosis === undefined ? {} : { diagnosis }) });
        return true;
      },
      saveBundle: async (id, bundle) => void s.bundles.set(id, bundle),
      insertOffers: async (offers) => void s.offers.push(...offers),
      supersede: async (host, exceptRunId, at) => {
        const ofRun = (o: { readonly runId: string; readonly host: string }): boolean =>
          (s.runs.get(o.runId)?.request.host ?? o.host) === host;
        s.offers = s.offers.map((o) =>
          ofRun(o) && o.runId !== exceptRunId && o.expiresAt > at ? { ...o, expiresAt: at } : o,
        );
        const ended: Approval[] = [];
        for (const a of s.approvals.values()) {
          if (!ofRun(a) || a.runId === exceptRunId || a.state !== "requested") continue;
          const next: Approval = { ...a, state: "superseded", decidedAt: at };
          s.approvals.set(a.id, next);
          ended.push(next);
        }
        return ended;
      },
      insertApproval: async (a) => void s.approvals.set(a.id, a),
      moveApproval: async (id, from, to, change) => {
        if (!mayFollow(from, to)) throw new RangeError(`An approval cannot go from ${from} to ${to}.`);
        const a = s.approvals.get(id);
        if (a?.state !== from) return undefined;
        if (
          to === "approved" &&
          (a.expiresAt <= change.at || a.votes.length < (change.votesNeeded ?? a.votesNeeded))
        )
          return undefined;
        if (to === "applying" && (a.decidedAt ?? 0) <= change.at - (change.startMs ?? START_MS))
          return undefined;
        const { at, by, startMs: _start, votesNeeded: _suffice, ...rest } = change;
        const decided =
          from === "requested" ? { decidedAt: at, ...(by === undefined ? {} : { decidedBy: by }) } : {};
        const next: Approval = { ...a, ...rest, ...decided, state: to };
        s.approvals.set(id, next);
        return next;
      },
      addVote: async (id, vote) => {
        const a = s.approvals.get(id);
        if (a?.state !== "requested" || a.expiresAt <= vote.at) return undefined;
        if (a.votes.some((v) => v.by === vote.by)) return undefined;
        const next: Approval = { ...a, votes: [...a.votes, vote] };
        s.approvals.set(id, next);
        return next;
      },
      enqueue: async ({ dueAt = this.#clock.now(), ...job }) => {
        if (job.singleton !== undefined && s.jobs.some((j) => j.singleton === job.singleton)) return;
        s.jobs.push({ ...job, dueAt });
      },
      putOutbox: async (m) => {
        s.outbox = [...s.outbox.filter((o) => o.key !== m.key), m];
      },
      endOutbox: async (id, _end, instead) => {
        const known = s.outbox.some((o) => o.id === id);
        s.outbox = [...s.outbox.filter((o) => o.id !== id), ...(known && instead ? [instead] : [])];
        return known;
      },
      audit: async (entry) => void s.audit.push(entry),
      journalIntent: async (id, at) => {
        const entries = s.journal.get(id) ?? [];
        if (entries.some((e) => e.index === -1)) return false;
        s.journal.set(id, [...entries, { index: -1, at, result: "intent" }]);
        return true;
      },
      journalStep: async (id, index, at, result) => {
        if (index < 0) throw new RangeError("A command's index is 0 or more.");
        const entries = s.journal.get(id) ?? [];
        if (!entries.some((e) => e.index === index)) s.journal.set(id, [...entries, { index, at, result }]);
      },
    };
  }

  async run(id: string): Promise<StoredRun | undefined> {
    return this.state.runs.get(id);
  }
  async runs(f: {
    readonly host?: string;
    readonly hosts?: readonly string[];
    readonly limit: number;
  }): Promise<readonly StoredRun[]> {
    return [...this.state.runs.values()]
      .filter((r) => f.hosts?.includes(r.request.host) !== false)
      .filter((r) => f.host === undefined || r.request.host === f.host)
      .toSorted((a, b) => b.createdAt - a.createdAt)
      .slice(0, f.limit);
  }
  async openRuns(): Promise<Run[]> {
    return [];
  }
  async bundle(runId: string): Promise<Bundle | undefined> {
    return this.state.bundles.get(runId);
  }
  async offer(runId: string, fixId: string): Promise<Offer | undefined> {
    return this.state.offers.find((o) => o.runId === runId && o.fixId === fixId);
  }
  async offers(runId: string): Promise<readonly Offer[]> {
    return this.state.offers.filter((o) => o.runId === runId);
  }
  async approval(id: string): Promise<Approval | undefined> {
    return this.state.approvals.get(id);
  }
  async approvals(f: Parameters<Store["approvals"]>[0]): Promise<readonly Approval[]> {
    return [...this.state.approvals.values()]
      .filter((a) => (f.host === undefined || a.host === f.host) && (f.state?.includes(a.state) ?? true))
      .toSorted((a, b) => b.requestedAt - a.requestedAt)
      .slice(0, f.limit);
  }
  async journal(id: string): Promise<readonly { index: number; at: number; result: string }[]> {
    return (this.state.journal.get(id) ?? []).filter((e) => e.index >= 0);
  }
  async lease(name: string, owner: string, ms: number): Promise<boolean> {
    const held = this.#leases.get(name);
    if (held !== undefined && held.owner !== owner && held.until > this.#clock.now()) return false;
    this.#leases.set(name, { owner, until: this.#clock.now() + ms });
    return true;
  }
  async release(name: string, owner: string): Promise<void> {
    if (this.#leases.get(name)?.owner === owner) this.#leases.delete(name);
  }
  async claimTick(): Promise<boolean> {
    return true;
  }
  async outboxDue(): Promise<readonly OutboxMessage[]> {
    return this.state.outbox;
  }
  async outboxSent(): Promise<void> {}
  async outboxFailed(): Promise<void> {}
  async outboxTs(): Promise<undefined> {
    return undefined;
  }
  async auditTrail(): Promise<readonly (AuditEntry & { seq: number; hash: string })[]> {
    return this.state.audit.map((e, seq) => ({ ...e, seq, hash: "" }));
  }
  async auditVerify(): Promise<{ entries: number; head: string }> {
    return { entries: this.state.audit.length, head: "" };
  }
  async claimInstance(): Promise<void> {}
  async close(): Promise<void> {}
}
