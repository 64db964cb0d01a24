import { z } from "zod";
import { ran, toInt, toNumber, type Output } from "./output.ts";

const KINDS = [
  "ok",
  "connect-failed",
  "timeout",
  "tls",
  "empty-reply",
  "reset",
  "http09",
  "dns",
  "http2",
  "partial",
  "cancelled",
  "other",
] as const;

export const curlSchema = z.object({
  kind: z.enum(KINDS),
  exitCode: z.number(),
  /** Where a timeout struck. */
  phase: z.enum(["connect", "response"]).optional(),
  /** Linux's number for what connect or recv said, where curl printed it (needs -v). */
  errno: z.number().optional(),
  errnoText: z.string().optional(),
  /** The last line curl wrote about the failure. */
  message: z.string().optional(),
  httpCode: z.number().optional(),
  // Seconds since the start; 0 where that point was never reached.
  timeConnect: z.number().optional(),
  timeAppconnect: z.number().optional(),
  timeStarttransfer: z.number().optional(),
  timeTotal: z.number().optional(),
  sizeHeader: z.number().optional(),
  sizeDownload: z.number().optional(),
  numConnects: z.number().optional(),
  remoteIp: z.string().optional(),
  remotePort: z.number().optional(),
  localIp: z.string().optional(),
  contentType: z.string().optional(),
  redirectUrl: z.string().optional(),
});
export type Curl = z.infer<typeof curlSchema>;

/** The --write-out text this parser reads; the order does not matter, and curl 7.61 knows every variable. */
export const CURL_WRITE_OUT = [
  "http_code",
  "time_connect",
  "time_appconnect",
  "time_starttransfer",
  "time_total",
  "size_header",
  "size_download",
  "num_connects",
  "remote_ip",
  "remote_port",
  "local_ip",
  "content_type",
  "redirect_url",
]
  .map((name) => `\\n${name}=%{${name}}`)
  .join("");

const BY_EXIT: Readonly<Record<number, Curl["kind"]>> = {
  0: "ok",
  5: "dns",
  6: "dns",
  7: "connect-failed",
  16: "http2",
  18: "partial",
  28: "timeout",
  35: "tls",
  42: "cancelled",
  45: "connect-failed",
  51: "tls",
  52: "empty-reply",
  53: "tls",
  54: "tls",
  55: "reset",
  56: "reset",
  58: "tls",
  59: "tls",
  60: "tls",
  66: "tls",
  77: "tls",
  80: "tls",
  83: "tls",
  90: "tls",
  91: "tls",
  92: "http2",
  95: "http2",
};

// glibc's and musl's words; curl prints no numbers.
const ERRNO: readonly (readonly [RegExp, number])[] = [
  [/Connection refused/i, 111],
  [/No route to host|Host is unreachable/i, 113],
  [/Network(?: is)? unreachable/i, 101],
  [/Permission denied/i, 13],
  [/Operation not permitted/i, 1],
  [/No such file or directory/i, 2],
  [/Connection reset by peer/i, 104],
  [/Cannot assign requested address|Address not available/i, 99],
  [/Connection timed out|Operation timed out/i, 110],
  [/Resource temporarily unavailable/i, 11],
  [/Broken pipe/i, 32],
  [/Invalid argument/i, 22],
  [/Address already in use/i, 98],
  [/Protocol wrong type for socket/i, 91],
  [/Not a socket|Socket operation on non-socket/i, 88],
];
const FAILED =
  /(?:connect to .{1,300}? failed|Immediate connect fail for .{1,300}?|(?:Recv|Send) failure|connect to .{1,300}? port \d+ failed|SSL_ERROR_SYSCALL, errno \d+|OpenSSL SSL_(?:connect|read|write)): (.{1,200})/;

/**
 * One request of `curl -sS -o /dev/null -w CURL_WRITE_OUT [-v] URL`. curl's own exit code decides the kind: 28 is a
 * timeout of curl's -m, whereas a command that the reader had to stop gives undefined.
 */
export function parseCurl(output: Output): Curl | undefined {
  if (!ran(output) || output.exitCode === null || output.exitCode === 2 || output.exitCode === 4)
    return undefined;
  const values = new Map<string, string>();
  for (const match of output.stdout.matchAll(/(?:^|[\s|])([a-z_]{5,20})=([^\s|]*)/g))
    values.set(match[1] ?? "", match[2] ?? "");
  if (!values.has("http_code") && output.exitCode === 0) return undefined;
  const number = (key: string): number | undefined => toNumber(values.get(key)?.replace(",", "."));
  const text = (key: string): string | undefined => values.get(key) || undefined;
  const http09 = output.exitCode === 1 && /HTTP\/0\.9/.test(output.stderr);
  const kind = http09 ? "http09" : (BY_EXIT[output.exitCode] ?? "other");
  const timeConnect = number("time_connect");
  const phase = timeConnect === undefined || timeConnect === 0 ? "connect" : "response";
  const failure = kind === "ok" ? {} : failureOf(output.stderr);
  return {
    kind,
    exitCode: output.exitCode,
    phase: kind === "timeout" ? phase : undefined,
    ...failure,
    httpCode: toInt(values.get("http_code")) || undefined,
    timeConnect,
    timeAppconnect: number("time_appconnect"),
    timeStarttransfer: number("time_starttransfer"),
    timeTotal: number("time_total"),
    sizeHeader: number("size_header"),
    sizeDownload: number("size_download"),
    numConnects: number("num_connects"),
    remoteIp: text("remote_ip"),
    remotePort: number("remote_port") || undefined,
    localIp: text("local_ip"),
    contentType: text("content_type")?.replace(/;$/, ""),
    redirectUrl: text("redirect_url"),
  };
}

function failureOf(stderr: string): Pick<Curl, "errno" | "errnoText" | "message"> {
  let errnoText: string | undefined;
  let message: string | undefined;
  for (const line of stderr.split("\n").slice(-400)) {
    errnoText = FAILED.exec(line.slice(0, 1000))?.[1]?.trim() ?? errnoText;
    if (line.startsWith("curl: (")) message = line.slice(0, 500).trim();
  }
  const source = errnoText ?? message ?? "";
  return { errnoText, message, errno: ERRNO.find(([words]) => words.test(source))?.[1] };
}
