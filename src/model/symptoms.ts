import type { z } from "zod";
import type { CommandResult } from "../domain/command.ts";
import type { NginxLocation } from "../parsers/nginx-locations.ts";
import { known } from "./facts.ts";
import { type FrontResult, readCurl } from "./fronts.ts";
import { kindOf } from "./log-kind.ts";
import type { LogLine } from "./log-view.ts";
import type { DirectFacts, SymptomFacts } from "./route-schema.ts";

/** Errors older than this are history. */
export const RECENT_S = 300;

/** Failures that may hang on a client's headers, cookies or luck: another request to the same path proves nothing. */
const HEADER_BOUND = new Set([
  "premature",
  "reset",
  "broken-pipe",
  "too-big-header",
  "invalid-header",
  "framing",
  "not-http",
  "http2",
  "protocol",
  "truncated",
  "read-timeout",
  "send-timeout",
  "backlog",
  "no-address",
  "worker-connections",
  "no-files",
  "temp-file",
  "disk-full",
]);

export interface SymptomInput {
  /** Lines about this vhost and peer, oldest first. */
  readonly lines: readonly LogLine[];
  /** Answers of nginx on paths that reach this peer. */
  readonly fronts: readonly FrontResult[];
  readonly direct: z.infer<typeof DirectFacts>;
  /** Nobody listens there, as far as the host's own listeners tell. */
  readonly gone: boolean;
  readonly logSeen: boolean;
  readonly now: number;
  /** When the backend was last started, epoch seconds: older lines are of its former life. */
  readonly aliveSince?: number;
  readonly onlyPeer: boolean;
  /** The peer is written by a name, which may have several addresses. */
  readonly named?: boolean;
  /** When this run began, by the host's clock, epoch seconds: later lines may be of its own requests. */
  readonly startedAt: number;
  /** The error log leaves such failures out: their absence tells nothing. */
  readonly blind: boolean;
  /** Recent requests of the vhost that users saw fail with 502. */
  readonly users502: number;
  readonly location?: NginxLocation;
}

const DAY_S = 86_400;

/** A 502 or 504, or no answer, is about the peer; another 5xx only when the peer says so, or nginx's log does. */
function isPeers(f: FrontResult, input: SymptomInput): boolean {
  if (f.status === 502 || f.status === 504 || f.status < 100) return true;
  if (input.direct.status === f.status || input.direct.pathStatus === f.status) return true;
  return input.lines.some(
    (l) =>
      input.now - l.at <= RECENT_S &&
      l.record.request?.path === f.front.probe.path &&
      l.effect === String(f.status),
  );
}

/** What the users of a vhost get from one peer now, and how it is known. */
export function symptomOf(input: SymptomInput): z.infer<typeof SymptomFacts> {
  const { lines, fronts, direct, now } = input;
  const refusesNow =
    direct.outcome === undefined
      ? input.gone
      : ["refused", "no-file", "permission", "connect-timeout", "unreachable"].includes(direct.outcome);
  // One of several peers: that another one answers through nginx says nothing of it.
  const brokenNow =
    refusesNow || (!input.onlyPeer && ["empty", "reset", "not-http"].includes(direct.outcome ?? ""));
  const over = (l: LogLine): boolean =>
    !brokenNow &&
    !HEADER_BOUND.has(kindOf(l.record)) &&
    // A name's other address is asked again and again: its line is no more over than the next one.
    !(input.named === true && l.record.upstream?.address?.startsWith("[::1]") === true) &&
    fronts.some(
      (f) => !isBad(f) && String(f.status) !== l.effect && f.front.probe.path === l.record.request?.path,
    ) &&
    ["GET", "HEAD"].includes(l.record.request?.method ?? "");
  // What failed as a GET and is answered now is history; a peer that still refuses is not.
  const recent = lines.filter(
    (l) =>
      now - l.at <= RECENT_S &&
      !over(l) &&
      (input.aliveSince === undefined || l.at >= input.aliveSince - 1 || fronts.some(isBad)),
  );
  const bad = fronts.filter((f) => isBad(f) && isPeers(f, input));
  const own = bad
    .map((f) =>
      recent.findLast((l) => l.record.request?.path === f.front.probe.path && isLocal(l.record.client)),
    )
    .find((l) => l !== undefined);
  const told = recent.filter((l) => l.record.class !== "proxy-protocol-broken");
  const newest = own ?? told.at(-1) ?? recent.at(-1) ?? lines.at(-1);
  const nonGet = recent.filter(
    (l) => !["GET", "HEAD"].includes(l.record.request?.method ?? "GET") && l.effect !== "none",
  );
  // The clock was read before the first request of the bot's own: a line of an earlier second is somebody else's.
  const others =
    input.users502 > 0 || lines.some((l) => l.at < Math.floor(input.startedAt) && now - l.at < DAY_S);
  const asked = others ? true : input.logSeen && !input.blind ? false : undefined;
  const fresh = recent.some((l) => l.effect !== "none" && now - l.at <= 120);
  const failing =
    bad.length > 0
      ? true
      : fronts.length > 0
        ? nonGet.length > 0 ||
          (brokenNow && fresh && input.users502 > 0) ||
          // What other requests than the bot's own get stands in the log alone.
          (input.logSeen ? false : undefined)
        : refusesNow && input.onlyPeer
          ? (asked ?? true)
          : direct.outcome === undefined && !input.logSeen
            ? undefined
            : fresh;
  const kind = own
    ? kindOf(own.record)
    : bad.length > 0 && recent.length === 0
      ? kindOfStatus(bad[0], direct, input.logSeen)
      : newest && recent.length > 0
        ? kindOf(newest.record)
        : refusesNow
          ? (direct.outcome ?? "refused")
          : input.logSeen
            ? "none"
            : undefined;
  const line = own ?? (recent.length > 0 ? newest : undefined);
  return known<z.infer<typeof SymptomFacts>>({
    failing,
    kind,
    class: line?.record.class,
    errno: line?.record.errno,
    phase: line?.record.phase,
    code: line?.record.code,
    status: bad[0]?.status ?? (failing === true && line ? statusOf(line.effect) : undefined),
    byProbe: bad.length > 0,
    asked,
    inLog: input.logSeen
      ? lines.some((l) => ["refused", "no-file", "no-live", "reset", "premature"].includes(kindOf(l.record)))
      : undefined,
    recent: input.logSeen ? recent.length : undefined,
    recentNonGet: input.logSeen ? nonGet.length : undefined,
    ageS: newest ? Math.max(0, Math.round(now - newest.at)) : undefined,
    burstS: recent.length > 0 ? Math.round((recent.at(-1)?.at ?? 0) - (recent[0]?.at ?? 0)) : undefined,
    kinds: input.logSeen ? [...new Set(recent.map((l) => kindOf(l.record)))] : undefined,
    detail: line
      ? detailOf(line)
      : bad[0]
        ? `nginx answered ${bad[0].status || "nothing"} for ${bad[0].front.probe.path} ${bad[0].error}`.trim()
        : undefined,
    seconds: bad[0]?.seconds,
  });
}

/** Nothing fails there and nobody asked for it: what it would answer is nobody's trouble now. */
export function idleOf(symptom: z.infer<typeof SymptomFacts>): boolean | undefined {
  const { failing, recent, asked } = symptom;
  if (failing === true || asked === true || (recent ?? 0) > 0) return false;
  return failing === undefined || asked === undefined ? undefined : true;
}

/** A front that did not get a good answer: 5xx, nothing, or HTTP/0.9 (curl's exit 1). */
export function isBad(f: FrontResult): boolean {
  // 444 closes without an answer, and is meant to.
  const own = f.front.location?.actions.return ?? f.front.server.actions.return;
  if (f.status === 0 && own?.code === 444) return false;
  if (f.front.probe.expect.length > 0 && f.status > 0)
    return !f.front.probe.expect.includes(f.status) && f.status >= 500;
  return f.status === 0 || f.status >= 500 || f.status < 100;
}

function kindOfStatus(
  f: FrontResult | undefined,
  direct: z.infer<typeof DirectFacts>,
  logSeen: boolean,
): string | undefined {
  if (!f) return "none";
  if (f.status === 0) return /HTTP\/0\.9/.test(f.error) ? "not-http" : "no-answer";
  if (f.status === 502 && (direct.status === 502 || direct.pathStatus === 502)) return "upstream-502";
  return logSeen ? `status-${f.status}` : undefined;
}

function statusOf(effect: LogLine["effect"]): number | undefined {
  return /^\d{3}$/.test(effect) ? Number(effect) : undefined;
}

function isLocal(client: string | undefined): boolean {
  return client !== undefined && (client.startsWith("127.") || client === "::1" || client === "unix:");
}

/** The line without its date and connection, short enough for a thread. */
export function detailOf(line: LogLine): string {
  return line.record.raw.replaceAll("\n", " ").slice(0, 380);
}

/** What the backend answers when asked without nginx. `curl -v` on standard error or merged into output. */
export function directOf(result: CommandResult | undefined): z.infer<typeof DirectFacts> {
  if (!result || result.end === "denied" || result.end === "missing" || result.end === "unreachable")
    return {};
  const curl = readCurl(result);
  const text = `${result.stderr}\n${result.stdout}`;
  const outcome =
    result.end === "timed-out"
      ? "timeout"
      : outcomeOf(result.exitCode ?? -1, text, curl.status, curl.connectSeconds);
  return known<z.infer<typeof DirectFacts>>({
    outcome,
    status: curl.status > 0 ? curl.status : undefined,
    headerBytes: curl.headerBytes > 0 ? curl.headerBytes : undefined,
    seconds: curl.seconds,
    connectSeconds: curl.connectSeconds > 0 ? curl.connectSeconds : undefined,
    server: /^< server: (.{1,60})/im.exec(text)?.[1]?.trim(),
  });
}

function outcomeOf(exit: number, text: string, status: number, connected: number): string {
  if (exit === 0 && status > 0) return "ok";
  if (/Connection refused/.test(text) && exit === 7) return "refused";
  if (exit === 7 && /No such file or directory|Couldn't connect.*No such file/i.test(text)) return "no-file";
  if (exit === 7 && /Permission denied/.test(text)) return "permission";
  if (exit === 7 && /No route to host|Network is unreachable|Host is unreachable/.test(text))
    return "unreachable";
  if (exit === 7 && /Resource temporarily unavailable/.test(text)) return "backlog";
  if (exit === 7) return "refused";
  if (exit === 28) return connected > 0 ? "timeout" : "connect-timeout";
  if (exit === 52) return "empty";
  if (exit === 56) return "reset";
  if (exit === 1 || /HTTP\/0\.9/.test(text)) return "not-http";
  if (exit === 35 || exit === 60) return "tls";
  if (exit === 6) return "dns";
  return "other";
}
