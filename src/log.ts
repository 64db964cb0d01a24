import { type DestinationStream, type Logger, pino } from "pino";

/** Secrets by their form, wherever they stand in a line: Slack's tokens, response and upload addresses, signatures. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(xox[a-z]|xapp)(-[A-Za-z0-9]+)+(?:[-_.]\w+)*/g, "$1-[redacted]"],
  [/\b(https?:\/\/[^\s"\\]+?\/(?:commands|actions|response|files\/upload|link)\/)[^\s"\\]+/g, "$1[redacted]"],
  [/([?&](?:ticket|token|signature|secret)=)[^\s"\\&]+/gi, "$1[redacted]"],
  [/\b(Bearer )[A-Za-z0-9._~+/-]{8,}=*/g, "$1[redacted]"],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/"@]+:)[^\s/"@]+@/gi, "$1[redacted]@"],
];

const FIELDS = [
  "token",
  "botToken",
  "appToken",
  "signingSecret",
  "password",
  "authorization",
  "response_url",
];

/** Takes secrets out of a line that is about to be written. */
export function redactLine(line: string): string {
  return SECRETS.reduce((text, [pattern, instead]) => text.replaceAll(pattern, instead), line);
}

/**
 * The log: one JSON line an entry, without secrets.
 * @param out where lines go; standard error unless told otherwise
 */
export function makeLog(level: string, out: { write(line: string): unknown } = process.stderr): Logger {
  const redacting: DestinationStream = { write: (line) => void out.write(redactLine(line)) };
  return pino(
    {
      level,
      base: { name: "fiveohtwo", pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: FIELDS.flatMap((f) => [f, `*.${f}`, `*.headers.${f}`]), censor: "[redacted]" },
    },
    redacting,
  );
}
