import type { ChannelStore, ChannelTx } from "./channel-store.ts";
import { ShellError } from "../domain/shell-error.ts";
import type { Shell, StoreTx } from "./ports.ts";

/** Upper bounds of the approval latency's buckets, in seconds. */
export const LATENCY_BOUNDS = [15, 30, 60, 120, 180, 300, 600] as const;

/** What this process counted since it started; labels joined by a tab. */
export class Counters {
  readonly runs = new Map<string, number>();
  readonly outcomes = new Map<string, number>();
  readonly sshErrors = new Map<string, number>();
  readonly slackErrors = new Map<string, number>();
  readonly reports = new Map<string, number>();
  readonly latency = { counts: LATENCY_BOUNDS.map(() => 0), sum: 0, count: 0 };

  add(to: Map<string, number>, ...labels: string[]): void {
    const key = labels.join("\t");
    to.set(key, (to.get(key) ?? 0) + 1);
  }

  waited(ms: number): void {
    const seconds = ms / 1000;
    LATENCY_BOUNDS.forEach((bound, i) => {
      if (seconds <= bound) this.latency.counts[i] = (this.latency.counts[i] ?? 0) + 1;
    });
    this.latency.sum += seconds;
    this.latency.count += 1;
  }
}

/** The same store, counting what ends in it: a run once, however often its job is delivered. */
export function countedStore<S extends ChannelStore>(store: S, counters: Counters): S {
  const transaction: ChannelStore["transaction"] = async (work) => {
    let counted: (() => void)[] = [];
    const value = await store.transaction((tx) => {
      counted = [];
      return work(countedTx(tx, counters, counted));
    });
    // Only what was committed counts.
    for (const count of counted) count();
    return value;
  };
  const outboxFailed: ChannelStore["outboxFailed"] = async (id, error, retryAt) => {
    counters.add(counters.slackErrors, error.slice(0, 60));
    await store.outboxFailed(id, error, retryAt);
  };
  return new Proxy(store, {
    get(target, name, receiver): unknown {
      if (name === "transaction") return transaction;
      if (name === "outboxFailed") return outboxFailed;
      return Reflect.get(target, name, receiver);
    },
  });
}

function countedTx(
  tx: StoreTx & ChannelTx,
  counters: Counters,
  counted: (() => void)[],
): StoreTx & ChannelTx {
  return {
    ...tx,
    finishRun: async (id, state, at, diagnosis) => {
      const ended = await tx.finishRun(id, state, at, diagnosis);
      if (ended)
        counted.push(() =>
          counters.add(counters.runs, diagnosis?.verdict ?? "failed", diagnosis?.causes[0]?.id ?? ""),
        );
      return ended;
    },
    moveApproval: async (id, from, to, change) => {
      const moved = await tx.moveApproval(id, from, to, change);
      if (moved !== undefined && to === "finished")
        counted.push(() => counters.add(counters.outcomes, change.outcome ?? "unknown"));
      if (moved?.decidedAt !== undefined && (to === "approved" || to === "denied")) {
        const ms = moved.decidedAt - moved.requestedAt;
        counted.push(() => counters.waited(ms));
      }
      return moved;
    },
    endOutbox: async (id, end, instead) => {
      const ended = await tx.endOutbox(id, end, instead);
      if (ended) counted.push(() => counters.add(counters.slackErrors, end.error.slice(0, 60)));
      return ended;
    },
    finishReport: async (id, at, summary) => {
      const ended = await tx.finishReport(id, at, summary);
      if (ended) counted.push(() => counters.add(counters.reports, "done"));
      return ended;
    },
  };
}

/** The same shell, counting the connections that failed by their code. */
export function countedShell(shell: Shell, counters: Counters): Shell {
  return {
    open: async (host, opts) => {
      try {
        return await shell.open(host, opts);
      } catch (error) {
        counters.add(counters.sshErrors, error instanceof ShellError ? error.code : "internal");
        throw error;
      }
    },
  };
}
