import type { NginxErrorClass } from "./nginx-error-class.ts";
import type { NginxPhase } from "./nginx-error-phase.ts";

/**
 * What the client of this very attempt gets, unless nginx tries another peer, serves from its cache, or an
 * error_page hides it. "truncated": a cut 200; "009": the raw bytes as HTTP/0.9; "closed": the connection
 * ends without an HTTP answer; "refused": nothing listens; "none": no effect by itself.
 */
export type NginxEffect =
  | "502"
  | "504"
  | "500"
  | "503"
  | "499"
  | "413"
  | "404"
  | "403"
  | "400"
  | "009"
  | "truncated"
  | "closed"
  | "refused"
  | "none";

/** "upstream": 502 while the status can still change, truncated afterwards. */
const EFFECTS: Readonly<Record<NginxErrorClass, NginxEffect | "upstream" | "strict">> = {
  "connect-failed": "upstream",
  "no-live-upstreams": "upstream",
  "premature-close": "upstream",
  "recv-failed": "upstream",
  "write-failed": "upstream",
  "too-big-header": "upstream",
  "invalid-header": "upstream",
  "invalid-status": "upstream",
  "early-hints-http10": "upstream",
  "premature-response": "upstream",
  "invalid-chunked": "upstream",
  "memcached-invalid": "upstream",
  "fastcgi-unsupported-version": "upstream",
  "fastcgi-invalid-record": "upstream",
  "fastcgi-stdout-closed": "upstream",
  "http2-frame-too-large": "upstream",
  "http2-rejected": "upstream",
  "http2-goaway": "upstream",
  "http2-invalid": "upstream",
  "ssl-wrong-version": "upstream",
  "ssl-unrecognized-name": "upstream",
  "ssl-handshake-failure": "upstream",
  "ssl-protocol-version": "upstream",
  "ssl-certificate-required": "upstream",
  "ssl-certificate-refused": "upstream",
  "ssl-peer-closed": "upstream",
  "ssl-verify-failed": "upstream",
  "ssl-name-mismatch": "upstream",
  "ssl-other": "upstream",
  "proxy-protocol-send-failed": "upstream",
  "temp-file-failed": "500",
  "duplicate-header": "strict",
  "cl-and-te": "strict",
  "invalid-content-length": "strict",
  "bad-te": "strict",
  "timed-out": "504",
  "no-valid-http-header": "009",
  "resolve-failed": "502",
  "no-resolver": "502",
  "no-port": "500",
  "invalid-url": "500",
  "no-upstream-configuration": "500",
  "socket-failed": "500",
  "bind-failed": "500",
  "uwsgi-request-too-big": "500",
  "http2-request-invalid": "500",
  "upgrade-in-subrequest": "500",
  "tcp-push-failed": "500",
  "auth-request-unexpected-status": "500",
  "redirection-cycle": "500",
  "worker-connections": "closed",
  "accept-failed": "closed",
  "worker-exited": "closed",
  "worker-fatal": "closed",
  "proxy-protocol-broken": "closed",
  "client-ssl": "closed",
  "client-closed": "499",
  "body-too-large": "413",
  limiting: "503",
  "file-missing": "404",
  "file-denied": "403",
  "access-forbidden": "403",
  "emerg-bind": "refused",
  // At start nginx does not come up; at a reload the old configuration goes on serving.
  "emerg-host-not-found": "none",
  "emerg-config": "none",
  "emerg-certificate": "none",
  "emerg-other": "none",
  "fastcgi-stderr": "none",
  "temporarily-disabled": "none",
  "worker-connections-reused": "none",
  "buffered-to-file": "none",
  "excess-data": "none",
  "ssl-shutdown-failed": "none",
  "cache-write-failed": "none",
  "resolver-io": "none",
  reload: "none",
  reopen: "none",
  start: "none",
  stop: "none",
  other: "none",
};

/** The parts of a record its effect depends on. */
export interface EffectInput {
  readonly class: NginxErrorClass;
  readonly phase?: NginxPhase;
  readonly message: string;
  readonly stream?: true;
  readonly connection?: number;
}

/**
 * `version` is nginx's ([1, 22, 1]): since 1.23.0 doubled and contradicting length headers are refused.
 * freenginx refuses an answer without a HTTP header since 1.29.1, where nginx passes it on.
 */
export function nginxEffect(
  record: EffectInput,
  version?: readonly number[],
  flavour = "nginx",
): NginxEffect {
  const { phase } = record;
  const rule = EFFECTS[record.class];
  if (rule === "none" && record.class === "fastcgi-stderr") {
    return record.message.includes("Primary script unknown") ? "404" : "none";
  }
  if (record.class === "limiting") return /^delaying|dry run/.test(record.message) ? "none" : "503";
  if (record.class === "worker-connections" && phase === "connecting") return "500";
  const fromUpstream = rule === "upstream" || rule === "strict" || rule === "504";
  // A group's names are resolved in the background too (`server … resolve`): no request waits for that.
  if (record.class === "resolve-failed" && record.connection === undefined) return "none";
  const strict = flavour === "freenginx" && version !== undefined && !isBefore(version, [1, 29, 1]);
  if (record.class === "no-valid-http-header" && strict) return "502";
  if (record.stream === true && rule !== "none") return "closed";
  if (phase === "upgraded" || phase === "proxying-connection")
    return fromUpstream ? "closed" : asEffect(rule);
  const late = phase === "reading-body" || phase === "sending-to-client";
  if (late && (fromUpstream || record.class === "temp-file-failed")) return "truncated";
  if (rule === "strict") return version !== undefined && isBefore(version, [1, 23, 0]) ? "none" : "502";
  return asEffect(rule);
}

const asEffect = (rule: NginxEffect | "upstream" | "strict"): NginxEffect =>
  rule === "upstream" || rule === "strict" ? "502" : rule;

function isBefore(version: readonly number[], other: readonly number[]): boolean {
  for (let at = 0; at < other.length; at++) {
    const difference = (version[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
