import { existsSync } from "node:fs";
import { hostname } from "node:os";
import type { Logger } from "pino";
import type { Product } from "./compose.ts";
import type { Settings } from "./config.ts";
import { absolute } from "./inventory/files.ts";
import { auditFile } from "./store/audit-file.ts";
import { auditSyslog, LOCAL_SYSLOG } from "./store/audit-syslog.ts";
import { runDaily } from "./workflows/daily.ts";
import { postHead } from "./workflows/post-head.ts";
import { purgeOld, type PurgeWorld } from "./workflows/purge.ts";
import { type AuditSink, AuditStream, streamWarnings } from "./workflows/stream-audit.ts";

/** What a command in the terminal is held up by a sink at most. */
const TERMINAL_MS = 1500;

/** Where 502.yml lets the audit log be streamed. A machine without syslog has none, unless it is asked for by address. */
function auditSinks({ config, inventory, around }: Settings, patienceMs?: number): AuditSink[] {
  const { file, syslog } = config.audit;
  const patience = patienceMs === undefined ? {} : { patienceMs };
  const sinks: AuditSink[] = [];
  if (file !== undefined) sinks.push(auditFile(absolute(file, inventory.directory, around.home)));
  if (typeof syslog === "string") sinks.push(auditSyslog(syslog, patience));
  else if (syslog && existsSync(LOCAL_SYSLOG)) sinks.push(auditSyslog(true, patience));
  return sinks;
}

/** The streams of the audit log and the daily purge, while the bot runs. */
export interface Keeping {
  /** What people should see to, as sentences. */
  warnings(): Promise<string[]>;
  /** How many entries each kind of sink has not got. */
  behind(): Promise<ReadonlyMap<string, number>>;
  /** Sends what is left, if that is quick. */
  stop(): Promise<void>;
}

/** Starts them. A sink that is away holds up nothing: its entries wait in the state. */
export function startKeeping(product: Product, log: Logger): Keeping {
  const { store, clock, settings } = product;
  const world = { store, clock, owner: `${hostname()}/${process.pid}` };
  const sinks = auditSinks(settings);
  const streams = sinks.map((sink) => new AuditStream(world, sink));
  const stop = new AbortController();
  const tell = ({ sink, failing }: AuditStream): void => {
    if (failing === undefined) log.info({ sink: sink.name }, "the audit log reaches its sink again");
    else
      log.warn(
        { sink: sink.name, why: failing.why },
        "the audit log does not reach its sink; its entries wait",
      );
  };
  const channel = settings.config.slack?.auditChannel;
  const daily = (what: string, work: () => Promise<void>): Promise<void> =>
    runDaily(product, what, work, stop.signal, (error) =>
      log.error({ err: error, what }, "a daily work did not end; the rest is done tomorrow"),
    );
  const loops = [
    ...streams.map((stream) => stream.run(stop.signal, tell)),
    daily("purge", async () => {
      const removed = await purgeOld(purgeWorld(product, sinks));
      log.info({ removed }, "what is older than it is to be kept was purged");
    }),
    ...(channel === undefined
      ? []
      : [daily("audit-head", async () => void (await postHead(product, channel)))]),
  ];
  return {
    warnings: () => streamWarnings(streams, store),
    behind: async () => {
      const behind = await store.auditBehind(sinks.map((s) => s.name));
      return new Map(sinks.map((s) => [s.kind, behind.get(s.name) ?? 0]));
    },
    stop: async () => {
      stop.abort();
      await Promise.all(loops);
    },
  };
}

function purgeWorld({ store, clock, settings }: Product, sinks: readonly AuditSink[]): PurgeWorld {
  const { retention, audit } = settings.config;
  return {
    store,
    clock,
    keep: { runsDays: retention.runsDays, bundlesDays: retention.bundlesDays, auditDays: audit.keepDays },
    sinks: sinks.map((s) => s.name),
  };
}

/**
 * Sends what a terminal command left in the audit log, unless a bot does so.
 * @returns a sentence for each sink that could not be reached in time
 */
export async function streamRest({ store, clock, settings }: Product): Promise<string[]> {
  const world = { store, clock, owner: `terminal/${hostname()}/${process.pid}` };
  const streams = auditSinks(settings, TERMINAL_MS).map((sink) => new AuditStream(world, sink));
  const behind = await store.auditBehind(streams.map((s) => s.sink.name));
  const told = streams.map(async (stream): Promise<string[]> => {
    if (behind.get(stream.sink.name) === 0) return [];
    try {
      await stream.drain(clock.now() + TERMINAL_MS);
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    } finally {
      await stream.release();
    }
  });
  return (await Promise.all(told))
    .flat()
    .map((why) => `the audit log is kept, but was not passed on: ${why}`);
}
