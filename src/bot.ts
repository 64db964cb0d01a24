import { hostname } from "node:os";
import type { Logger } from "pino";
import { addChannelRoutes, channelJobs, startChannels } from "./bot-channels.ts";
import { startKeeping } from "./compose-audit.ts";
import { compose, type Product } from "./compose.ts";
import { readSettings, type Settings, UsageError } from "./config.ts";
import { healthRoutes, listen, splitAddress } from "./http/health.ts";
import { policyChannels } from "./inventory/access.ts";
import { hostNames } from "./inventory/resolve.ts";
import { readSecret, type SecretPlace } from "./inventory/secret.ts";
import { makeLog } from "./log.ts";
import { type SlackSettings, startSlack } from "./slack/start.ts";
import { applyFix } from "./workflows/apply-fix.ts";
import { callApprovers } from "./workflows/call-approvers.ts";
import { endDeadJobs } from "./workflows/end-dead-jobs.ts";
import { expireApproval } from "./workflows/expire-approvals.ts";
import { followUp } from "./workflows/follow-up.ts";
import { Counters } from "./workflows/metrics.ts";
import { resumeFixes } from "./workflows/resume-fixes.ts";
import { resumeRuns } from "./workflows/resume-runs.ts";
import { workRun } from "./workflows/work-run.ts";

const CONCURRENCY = 20;
const STOP_MS = 60_000;
const LOOK_UP_MS = 30_000;
const MOST_DEAD = 100;
const DAY_MS = 86_400_000;

/** A running bot. */
export interface Bot {
  /** Where /healthz and /readyz are, as ADDRESS:PORT. */
  readonly address: string;
  /** Takes nothing new, ends what is in hand within a minute, and lets go of everything. */
  stop(): Promise<void>;
}

/**
 * Starts the bot: state, queue, health, Slack; what a predecessor left running is looked up first.
 * @throws UsageError when the configuration names no workspace; StoreError when another bot holds the state
 */
export async function startBot(settings: Settings, log: Logger): Promise<Bot> {
  const slackSettings = readSlackSettings(settings);
  const { config, inventory, around } = settings;
  for (const problem of settings.problems) log.warn(problem);
  const instance = `${config.name}@${hostname()}`;
  const counters = new Counters();
  const product = await compose(settings, { instance, counters });
  const undo: (() => Promise<void>)[] = [() => product.close()];
  try {
    await product.store.claimInstance(instance);
    // First of all, so that it stops last: what is audited during the stop is passed on, too.
    const keeping = startKeeping(product, log);
    undo.unshift(() => keeping.stop());
    const { store, clock, runs, fixes } = product;
    const slack = await startSlack(slackSettings, {
      store,
      clock,
      runs,
      fixes,
      channels: product.channels,
      log,
      instance,
      hostNames: () => hostNames(inventory, around),
      policyChannels: () => policyChannels(config.policy),
      withoutPolicy: config.policy === undefined,
      ...(config.slack?.docs === undefined ? {} : { docs: config.slack.docs }),
    });
    undo.unshift(() => slack.stop());
    const troubles = async (): Promise<string[]> => [...slack.troubles(), ...(await stateTroubles(product))];
    const warnings = async (): Promise<string[]> => {
      const all = await Promise.allSettled([keeping.warnings(), slack.warnings(), deadWarnings(product)]);
      return all.flatMap((w) => (w.status === "fulfilled" ? w.value : []));
    };
    const http = healthRoutes(troubles, warnings);
    const ready = async (): Promise<boolean> => (await troubles()).length === 0;
    addChannelRoutes(http, product, { counters, ready, behind: () => keeping.behind() }, log);
    const health = await listen(http, config.http.listen);
    undo.unshift(() => health.close());
    const worker = await store.queue.work(
      { ...handlers(product), ...channelJobs(product) },
      { concurrency: CONCURRENCY },
    );
    undo.unshift(() => bounded(worker.stop(), STOP_MS, log));
    const channels = await startChannels(product, slack, log);
    undo.unshift(() => channels.stop());
    // Not waited for: looking up a fix takes as long as verifying it, and a new command need not wait.
    const lookUp = (work: Promise<unknown>): void =>
      void work.catch((error: unknown) =>
        log.error({ err: error }, "what was cut off could not be looked up"),
      );
    lookUp(Promise.all([resumeRuns(runs), resumeFixes(fixes)]));
    const endDead = async (): Promise<void> =>
      endDeadJobs(product.channels, await store.queue.dead(MOST_DEAD));
    // A replica that died is looked after by those that live; a job that was given up leaves its end to this, too.
    const again = setInterval(() => lookUp(Promise.all([resumeFixes(fixes), endDead()])), LOOK_UP_MS);
    undo.unshift(async () => clearInterval(again));
    log.info({ address: health.address, hosts: hostNames(inventory, around).length }, "the bot works");
    return { address: health.address, stop: () => inOrder(undo) };
  } catch (error) {
    await inOrder(undo);
    throw error;
  }
}

function handlers({ runs, fixes }: Product): Parameters<Product["store"]["queue"]["work"]>[0] {
  return {
    "execute-run": async (job) => void (await workRun(runs, job.ref)),
    "apply-fix": async (job) => void (await applyFix(fixes, job.ref)),
    "follow-up": async (job) => void (await followUp(fixes, job.ref)),
    "call-approvers": async (job) => void (await callApprovers(fixes, job.ref)),
    expire: async (job) => void (await expireApproval(fixes, job.ref)),
  };
}

async function stateTroubles(product: Product): Promise<string[]> {
  try {
    await product.store.outboxDue(1);
    return [];
  } catch (error) {
    return [`The state cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Jobs of the last day that were given up; what they left open is ended by itself. */
async function deadWarnings({ store, clock }: Product): Promise<string[]> {
  const since = clock.now() - DAY_MS;
  const dead = (await store.queue.dead(MOST_DEAD)).filter((job) => job.at >= since);
  const [last] = dead;
  if (last === undefined) return [];
  const many = dead.length === 1 ? "A job was" : `${dead.length} jobs were`;
  return [
    `${many} given up within a day, the last one ${last.kind} ${last.ref} after ${last.attempt} attempts: the log says why.`,
  ];
}

async function inOrder(steps: readonly (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) await step();
}

async function bounded(work: Promise<void>, ms: number, log: Logger): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    log.warn("jobs were still in hand; the next bot looks them up");
    late.resolve();
  }, ms);
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
}

/** Tokens and the way in. @throws UsageError naming what is missing and where to get it */
function readSlackSettings(settings: Settings): SlackSettings {
  const { slack } = settings.config;
  if (slack === undefined)
    throw new UsageError(
      "the configuration has no slack: section",
      "add it as README.md shows, or use the terminal: 502 HOST",
    );
  const secret = (place: SecretPlace | undefined, name: string, where: string): string => {
    try {
      return readSecret(place ?? { kind: "env", name }, settings.inventory.directory, settings.around);
    } catch (error) {
      throw new UsageError(
        error instanceof Error ? error.message : String(error),
        `it stands on the app's page under ${where}`,
      );
    }
  };
  const botToken = secret(slack.botToken, "SLACK_BOT_TOKEN", "OAuth & Permissions (xoxb-…)");
  const apiUrl = slack.apiUrl === undefined ? {} : { apiUrl: slack.apiUrl };
  if (slack.mode === "socket") {
    const appToken = secret(
      slack.appToken,
      "SLACK_APP_TOKEN",
      "Basic Information, App-Level Tokens (xapp-…, connections:write)",
    );
    return { botToken, ...apiUrl, receive: { mode: "socket", appToken } };
  }
  const signingSecret = secret(
    slack.signingSecret,
    "SLACK_SIGNING_SECRET",
    "Basic Information, Signing Secret",
  );
  const { hostname: address, port } = splitAddress(slack.listen);
  return { botToken, ...apiUrl, receive: { mode: "http", signingSecret, address, port } };
}

/** `npm start [-- --config FILE]`: runs until SIGTERM or SIGINT; a second signal ends it at once. */
async function main(): Promise<void> {
  const at = process.argv.indexOf("--config");
  const settings = readSettings(at < 0 ? undefined : process.argv[at + 1]);
  const log = makeLog(settings.config.logLevel);
  const bot = await startBot(settings, log);
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "stopping");
    bot.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "the stop was not clean");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    const hint = error instanceof Error && "hint" in error ? `\n${String(error.hint)}` : "";
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${hint}\n`);
    process.exitCode = error instanceof UsageError ? 64 : 1;
  });
}
