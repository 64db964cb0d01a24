import type { Logger } from "pino";
import type { Hono } from "hono";
import { alertWorld, watchWorld } from "./compose-channels.ts";
import type { Product } from "./compose.ts";
import type { Secrets } from "./http/alert-auth.ts";
import { alertRoutes } from "./http/alerts.ts";
import { metricsRoutes } from "./http/metrics.ts";
import { sendMail, sendWebhook } from "./http/outlet.ts";
import { readSecret } from "./inventory/secret.ts";
import { runAlerts } from "./workflows/begin-diagnoses.ts";
import { takeAlerts } from "./workflows/take-alerts.ts";
import type { Slack } from "./slack/start.ts";
import type { Counters } from "./workflows/metrics.ts";
import { syncSchedules } from "./workflows/manage-schedules.ts";
import { runSchedules } from "./workflows/run-schedules.ts";
import { runOutlet } from "./workflows/second-outlet.ts";
import { runWatches } from "./workflows/watch-host.ts";
import { runSiteWatches } from "./workflows/watch-site.ts";
import { workReport } from "./workflows/work-report.ts";

/** What the bot does of itself for channels: scheduled reports, watches, the second outlet. */
export interface Channels {
  stop(): Promise<void>;
}

/** The jobs of groups and reports. */
export function channelJobs({ channels }: Product): Parameters<Product["store"]["queue"]["work"]>[0] {
  return { report: async (job) => void (await workReport(channels, job.ref)) };
}

/** Starts it; schedules of 502.yml that cannot be read are warned of and left out. */
export async function startChannels(
  product: Product,
  slack: Pick<Slack, "foreignMessages">,
  log: Logger,
): Promise<Channels> {
  const { channels, settings } = product;
  for (const problem of await syncSchedules(channels, settings.config.schedules)) log.warn(problem);
  const stop = new AbortController();
  const failed = (what: string) => (error: unknown) =>
    log.error({ err: error }, `${what} could not be looked at`);
  const send = outletOf(product);
  const watches = watchWorld(settings, channels);
  const alerts = {
    ...alertWorld(settings, channels),
    foreignMessages: (channel: string, oldest: number) => slack.foreignMessages(channel, oldest),
  };
  const loops = [
    runWatches(watches, stop.signal, failed("a watched host")),
    runSiteWatches(watches, stop.signal, failed("a watched site")),
    ...(send === undefined
      ? []
      : [
          runOutlet(
            { store: product.store, clock: product.clock, send },
            stop.signal,
            failed("the second outlet"),
          ),
        ]),
    runAlerts(alerts, stop.signal, (error) => log.error({ err: error }, "alerts could not be looked at")),
    runSchedules(channels, stop.signal, (error) =>
      log.error({ err: error }, "schedules could not be looked at"),
    ),
  ];
  return {
    stop: async () => {
      stop.abort();
      await Promise.all(loops);
    },
  };
}

/** What /metrics tells beside the depths of the queues. */
interface Measured {
  readonly counters: Counters;
  /** Whether /readyz is green. */
  readonly ready: () => Promise<boolean>;
  /** How many entries of the audit log each of its sinks has not got. */
  readonly behind: () => Promise<ReadonlyMap<string, number>>;
}

/** Adds /alerts/… and /metrics to the bot's HTTP surface. */
export function addChannelRoutes(
  app: Hono,
  product: Product,
  { counters, ready, behind }: Measured,
  log: Logger,
): void {
  const world = alertWorld(product.settings, product.channels);
  const secrets = alertSecrets(product);
  app.route(
    "/",
    metricsRoutes(counters, () => product.store.depths(), ready, behind),
  );
  app.route(
    "/",
    alertRoutes({
      secrets: () => secrets,
      now: () => product.clock.now(),
      once: (signature) => product.store.claimTick(`signed:${signature}`, 0),
      take: (alerts) => takeAlerts(world, alerts),
      onRefused: (source, status, why) =>
        log.warn({ source, status, why }, "a message about alerts was refused"),
    }),
  );
}

/** Read when the bot starts, so that a missing one is known then. @throws Error naming the place */
function alertSecrets({ settings }: Product): Secrets {
  const { alerts } = settings.config;
  const read = (place: typeof alerts.token): string | undefined =>
    place === undefined ? undefined : readSecret(place, settings.inventory.directory, settings.around);
  const [token, grafanaSecret] = [read(alerts.token), read(alerts.grafanaSecret)];
  return {
    ...(token === undefined ? {} : { token }),
    ...(grafanaSecret === undefined ? {} : { grafanaSecret }),
  };
}

/** The second outlet of 502.yml; undefined where there is none. @throws Error when its secret cannot be read */
function outletOf({ settings }: Product): ((text: string) => Promise<void>) | undefined {
  const { outlet } = settings.config;
  if (outlet === undefined) return undefined;
  const { webhook, mail } = outlet;
  const url =
    webhook === undefined ? undefined : readSecret(webhook, settings.inventory.directory, settings.around);
  return async (text) => {
    const tried = await Promise.allSettled([
      ...(url === undefined ? [] : [sendWebhook(url, text)]),
      ...(mail === undefined ? [] : [sendMail(mail, text)]),
    ]);
    // One of two ways is enough: the other is not given it twice.
    const failed = tried.filter((t) => t.status === "rejected");
    if (failed.length === tried.length && failed[0] !== undefined) throw failed[0].reason;
  };
}
