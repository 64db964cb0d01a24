import { type Logger as SlackLogger, LogLevel } from "@slack/bolt";
import type { Logger } from "pino";

/** Bolt's log lines as lines of the bot's own log; its "info" is our "debug". */
export function slackLog(log: Logger): SlackLogger {
  let level = LogLevel.INFO;
  const text = (parts: unknown[]): string =>
    parts
      .map((p) => (p instanceof Error ? p.message : typeof p === "string" ? p : JSON.stringify(p)))
      .join(" ");
  return {
    debug: (...parts: unknown[]) => log.trace(text(parts)),
    info: (...parts: unknown[]) => log.debug(text(parts)),
    warn: (...parts: unknown[]) => log.warn(text(parts)),
    error: (...parts: unknown[]) => log.error(text(parts)),
    setLevel: (to) => (level = to),
    getLevel: () => level,
    setName: () => undefined,
  };
}
