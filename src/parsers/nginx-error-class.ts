import type { NginxPhase } from "./nginx-error-phase.ts";

/**
 * [class, pattern]: the first pattern that matches the message (phase and context cut off) names the class.
 * A group named `code` is the number worth keeping, `subject` the host, address, path or name meant. The
 * patterns follow the format strings of ngx_http_upstream.c, ngx_event_*.c, ngx_stream_proxy_module.c, the
 * proxy, fastcgi, uwsgi, grpc and memcached modules, and ngx_conf_file.c.
 */
const PATTERNS = [
  // Speaking first: what quotes a peer's own words.
  ["fastcgi-stderr", /^FastCGI sent in stderr: /],
  ["proxy-protocol-broken", /^broken header: |^client sent invalid PROXY protocol|^PROXY protocol /],
  ["proxy-protocol-send-failed", /^could not send PROXY protocol header/],

  ["ssl-wrong-version", /^SSL_\w+\([^)]*\) failed \(SSL: .*wrong version number/],
  [
    "ssl-unrecognized-name",
    /^SSL_\w+\([^)]*\) failed \(SSL: .*(?:unrecognized name|alert number (?<code>112)\b)/,
  ],
  ["ssl-handshake-failure", /^SSL_\w+\([^)]*\) failed \(SSL: .*alert number (?<code>40)\b/],
  [
    "ssl-protocol-version",
    // Alerts that name it (RFC 8446, 6.2), and what OpenSSL says of its own side.
    /^SSL_\w+\([^)]*\) failed \(SSL: .*(?:alert number (?<code>70|71|86)\b|unsupported protocol|no protocols available|no ciphers available|no shared cipher|no cipher match|(?:dh|ee|ca) key too small|ca md too weak|unsafe legacy renegotiation disabled)/,
  ],
  // What the other side says of the certificate that it was shown, or was not.
  [
    "ssl-certificate-refused",
    /^SSL_\w+\([^)]*\) failed \(SSL: .*alert number (?<code>42|43|44|45|46|48|49)\b/,
  ],
  ["ssl-certificate-required", /^SSL_\w+\([^)]*\) failed \(SSL: .*alert number (?<code>116)\b/],
  ["ssl-peer-closed", /^peer closed connection in SSL handshake/],
  ["ssl-verify-failed", /^upstream SSL certificate verify error: \((?<code>\d+):/],
  ["ssl-name-mismatch", /^upstream SSL certificate does not match "(?<subject>[^"]*)"/],
  ["ssl-shutdown-failed", /^SSL_shutdown\(\) failed/],

  ["timed-out", /^upstream timed out/],
  ["no-live-upstreams", /^no live upstreams/],
  ["temporarily-disabled", /^upstream server temporarily disabled/],
  ["premature-close", /^upstream prematurely closed connection/],
  ["too-big-header", /^upstream sent too big header/],
  ["no-valid-http-header", /^upstream sent no valid HTTP\/1\.0 header/],
  ["duplicate-header", /^upstream sent duplicate header line: "(?<subject>[^":]*)/],
  ["cl-and-te", /^upstream sent "Content-Length" and "Transfer-Encoding"/],
  ["invalid-content-length", /^upstream sent invalid "Content-Length"/],
  ["bad-te", /^upstream sent (?:unknown|invalid) "Transfer-Encoding"/],
  ["invalid-status", /^upstream sent invalid status /],
  ["early-hints-http10", /^upstream sent HTTP\/1\.0 response with early hints/],
  ["premature-response", /^upstream prematurely sent response/],
  ["invalid-chunked", /^upstream sent invalid chunked response/],
  ["excess-data", /^upstream sent (?:more data than specified|data after final chunk)/],

  ["fastcgi-unsupported-version", /^upstream sent unsupported FastCGI protocol version: (?<code>\d+)/],
  ["fastcgi-stdout-closed", /^upstream prematurely closed FastCGI (?:stdout|request)/],
  [
    "fastcgi-invalid-record",
    /^upstream sent (?:invalid|unexpected) FastCGI |FastCGI request id (?:high|low) byte/,
  ],
  ["uwsgi-request-too-big", /^uwsgi request is too (?:big|little)/],
  ["memcached-invalid", /^memcached sent /],

  ["http2-frame-too-large", /^upstream sent too large http2 frame: (?<code>\d+)/],
  ["http2-rejected", /^upstream rejected request with error (?<code>\d+)/],
  ["http2-goaway", /^upstream sent goaway with error (?<code>\d+)/],
  ["http2-request-invalid", /^too long http2 |^no buffer space in (?:grpc|HTTP\/2) create request/],
  [
    "http2-invalid",
    /^upstream (?:sent|violated) .*(?:http2|:status|goaway|settings|ping frame|headers frame|rst stream|window update|push promise|frame for (?:unknown|closed) stream|data frame|flow control|trailer|zero window|encoded header)|^upstream prematurely closed stream|^no connection data found for keepalive http2|^upstream sent response body larger than/,
  ],
  ["invalid-header", /^upstream sent invalid header/],

  ["resolve-failed", /^(?<subject>\S+) could not be resolved \((?<code>\d+):/],
  ["no-resolver", /^no resolver defined to resolve (?<subject>\S+)/],
  ["emerg-host-not-found", /host not found in (?:upstream|resolver) "(?<subject>[^"]*)"/],
  ["no-port", /^no port in upstream "(?<subject>[^"]*)"/],
  ["invalid-url", /^invalid URL prefix in "|^[a-z ]{1,60} in upstream "|^zero length URI/],
  ["no-upstream-configuration", /^no upstream configuration/],

  ["connect-failed", /^connect\(\)(?: to (?<subject>.{1,300}?))? failed/],
  ["socket-failed", /^socket\(\) (?:\S+ )?failed/],
  ["emerg-bind", /^bind\(\) to (?<subject>\S+) failed|^still could not bind\(\)|^listen\(\) to /],
  ["bind-failed", /^bind\((?<subject>[^)]*)\) failed/],
  ["accept-failed", /^accept4?\(\) failed/],
  ["worker-connections-reused", /^(?<code>\d+) worker_connections are not enough, reusing/],
  ["worker-connections", /^(?<code>\d+) worker_connections are not enough/],
  ["tcp-push-failed", /^setsockopt\(!?TCP_(?:CORK|NOPUSH|NODELAY)\) failed/],

  ["client-closed", /client (?:prematurely )?closed connection|^client timed out|^client closed keepalive/],
  ["recv-failed", /^(?:recv|readv|recvmsg|SSL_read)\(\) failed/],
  ["write-failed", /^(?:writev|send|sendfile|sendmsg|SSL_write|SSL_sendfile)\(\) failed/],
  ["ssl-other", /^SSL_\w+\(|^upstream SSL |^SSL /],

  ["body-too-large", /^client intended to send too large (?:chunked )?body(?:: (?<code>\d+))?/],
  ["limiting", /^(?:limiting|delaying) (?:requests?|connections)\b/],
  ["auth-request-unexpected-status", /^auth request unexpected status: (?<code>\d+)/],
  ["redirection-cycle", /^rewrite or internal redirection cycle/],
  ["upgrade-in-subrequest", /^connection upgrade in subrequest/],
  ["access-forbidden", /^access forbidden by rule|^directory index of .* is forbidden/],
  ["buffered-to-file", /is buffered to a temporary file/],
  ["cache-write-failed", /^rename\(\) "[^"]*\/\d{10}" to "(?<subject>[^"]*)" failed/],
  [
    "temp-file-failed",
    /^(?:open|pwrite|pwritev|write|unlink|pread|sendfile)\(\) "(?<subject>[^"]*\/\d{10})" failed|^mkdir\(\) "[^"]*" failed/,
  ],
  ["file-missing", /^(?:\w+\(\) )?"(?<subject>[^"]*)" (?:is not found|failed) \((?:2|20): /],
  ["file-denied", /^(?:\w+\(\) )?"(?<subject>[^"]*)" (?:is forbidden|failed) \((?:13|1): /],

  ["worker-exited", /^(?:worker|cache manager|cache loader) process \d+ exited on signal (?<code>\d+)/],
  [
    "worker-fatal",
    /^worker process \d+ exited with (?:fatal )?code [1-9]|^could not respawn|^(?:fork|socketpair)\(\) failed/,
  ],
  ["emerg-certificate", /^(?:cannot load certificate|BIO_new_file|SSL_CTX_|no "ssl_certificate)/],
  ["emerg-config", / in (?:\S+|\/.{1,1024}):\d+$/],
  ["reload", /^reconfiguring$|^signal \d+ \(SIGHUP\) received/],
  ["reopen", /^reopening logs|^signal \d+ \(SIGUSR1\) received/],
  [
    "start",
    /^(?:nginx|openresty|angie|freenginx|Tengine)\/[\d.]+|^start (?:worker|cache)|^using the "|^built by |^OS: |^getrlimit\(/,
  ],
  [
    "stop",
    /^(?:exiting|exit|gracefully shutting down|shutting down)$|^signal \d+ \(SIG(?:QUIT|TERM|INT|WINCH)\) received|^worker process \d+ exited with code 0|^open socket #/,
  ],
  ["other", /^/],
] as const satisfies readonly (readonly [string, RegExp])[];

export type NginxErrorClass = (typeof PATTERNS)[number][0] | "client-ssl" | "resolver-io" | "emerg-other";

export interface NginxClassified {
  readonly class: NginxErrorClass;
  readonly code?: number;
  readonly subject?: string;
}

/** Messages are cut at 2,048 bytes by nginx; only a joined record of many lines is longer. */
const MAX_MESSAGE = 4096;

/** Names a message's class. `text` is the message without its phase and context. */
export function classifyNginxError(text: string, level: string, phase?: NginxPhase): NginxClassified {
  const bounded = text.slice(0, MAX_MESSAGE);
  for (const [name, pattern] of PATTERNS) {
    const match = pattern.exec(bounded);
    if (match === null) continue;
    const { code, subject } = match.groups ?? {};
    return {
      class: refine(name, level, phase),
      ...(code === undefined ? {} : { code: Number(code) }),
      ...(subject === undefined ? {} : { subject }),
    };
  }
  return { class: "other" };
}

/** The same words mean something else at another time. */
function refine(name: NginxErrorClass, level: string, phase: NginxPhase | undefined): NginxErrorClass {
  if (phase === "resolving") return "resolver-io";
  if (phase === "client-ssl" && (name.startsWith("ssl-") || name === "client-closed")) return "client-ssl";
  const io = name === "recv-failed" || name === "write-failed";
  if (io && (phase === "reading-request" || phase === "waiting")) return "client-closed";
  if (name === "write-failed" && phase === "sending-to-client") return "client-closed";
  if (level !== "emerg") return name === "emerg-config" || name === "emerg-certificate" ? "other" : name;
  return name.startsWith("emerg-") ? name : "emerg-other";
}
