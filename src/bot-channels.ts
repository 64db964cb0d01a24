import type { Logger } from "pino";
import type { Product } from "./compose.ts";
import { syncSchedules } from "./workflows/manage-schedules.ts";
import { runSchedules } from "./workflows/run-schedules.ts";
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
export async function startChannels(product: Product, log: Logger): Promise<Channels> {
  const { channels, settings } = product;
  for (const problem of await syncSchedules(channels, settings.config.schedules)) log.warn(problem);
  const stop = new AbortController();
  const loops = [
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
