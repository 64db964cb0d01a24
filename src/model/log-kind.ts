import type { LogLine } from "./log-view.ts";

/** What fails, in one word, from an error-log line: the phase and the errno decide, never the text (catalogue §1). */
export function kindOf(line: LogLine["record"]): string {
  const { class: name, errno, phase, code } = line;
  if (name === "connect-failed") {
    if (errno === 111) return "refused";
    if (errno === 2) return "no-file";
    if (errno === 13) return "permission";
    if (errno === 11) return "backlog";
    if (errno === 91) return "socket-type";
    if (errno === 99) return "no-address";
    if (errno === 104) return "reset";
    if (errno === 110) return "connect-timeout";
    if (errno === 113 || errno === 101 || errno === 22 || errno === 100 || errno === 112)
      return "unreachable";
    return "connect-failed";
  }
  if (name === "timed-out") {
    if (phase === "connecting") return "connect-timeout";
    return phase === "ssl-handshaking"
      ? "tls-timeout"
      : phase === "sending-request"
        ? "send-timeout"
        : "read-timeout";
  }
  if (name === "no-live-upstreams") return "no-live";
  if (name === "premature-close" || name === "fastcgi-stdout-closed")
    return phase === "reading-body" ? "truncated" : "premature";
  if (name === "recv-failed")
    return phase === "reading-body" ? "truncated" : errno === 110 ? "read-timeout" : "reset";
  if (name === "write-failed") return "broken-pipe";
  if (name === "too-big-header") return "too-big-header";
  if (name === "invalid-header") return "invalid-header";
  if (["duplicate-header", "cl-and-te", "invalid-content-length", "bad-te"].includes(name)) return "framing";
  if (name === "no-valid-http-header") return "not-http";
  if (name === "fastcgi-unsupported-version" || name === "fastcgi-invalid-record") return "protocol";
  if (name.startsWith("http2-")) return "http2";
  if (name === "resolve-failed") return "dns";
  if (name === "no-resolver") return "no-resolver";
  if (name === "socket-failed") return errno === 24 ? "no-files" : "socket";
  if (name === "worker-connections") return "worker-connections";
  if (name === "bind-failed") return "bind";
  if (name === "temp-file-failed" || name === "file-denied") return errno === 28 ? "disk-full" : "temp-file";
  if (name === "auth-request-unexpected-status") return "auth-request";
  if (name === "proxy-protocol-broken") return "proxy-protocol";
  if (name === "ssl-verify-failed") return code === 10 || code === 9 ? "tls-expired" : "tls-verify";
  if (name === "ssl-name-mismatch") return "tls-name";
  if (name === "ssl-wrong-version") return "tls-plain";
  if (name === "ssl-certificate-required") return "tls-client-cert";
  if (name === "ssl-certificate-refused") return code === 45 ? "tls-client-expired" : "tls-client-refused";
  if (name.startsWith("ssl-")) return "tls";
  if (name === "body-too-large") return "body-too-large";
  if (name === "limiting") return "limiting";
  return name;
}
