import { describe, expect, it } from "vitest";
import { nginxEffect } from "../../src/parsers/nginx-error-effect.ts";
import { parseNginxErrorLine } from "../../src/parsers/nginx-error-log.ts";

const HEAD = "2026/11/20 10:22:24 [error] 10#10: *5 ";
const REQUEST = ', client: 127.0.0.1, server: lab.test, request: "GET /a HTTP/1.1"';
const PEER = `${REQUEST}, upstream: "http://127.0.0.1:7002/a", host: "lab.test"`;

const CONNECTING = " while connecting to upstream";
const TLS = " while SSL handshaking to upstream";
const SENDING = " while sending request to upstream";
const HEADER = " while reading response header from upstream";
const BODY = " while reading upstream";
const CLIENT = " while sending to client";

function read(line: string) {
  const record = parseNginxErrorLine(line);
  if (record === undefined) throw new Error(`not a record: ${line}`);
  const { class: name, errno, code, subject } = record;
  return { name, errno, code, subject, effect: nginxEffect(record) };
}
const at = (level: string, message: string, context = "") =>
  read(`2026/11/20 10:22:24 [${level}] 10#10: ${message}${context}`);

describe("connect phase", () => {
  it.each([111, 113, 110, 104, 101])("connect() failed (%i)", (errno) => {
    expect(read(`${HEAD}connect() failed (${errno}: words)${CONNECTING}${PEER}`)).toMatchObject({
      name: "connect-failed",
      errno,
      effect: "502",
    });
  });
  it.each([2, 13, 111, 11, 91, 99, 101, 113, 22, 1])("connect() to … failed (%i)", (errno) => {
    expect(
      read(`${HEAD}connect() to unix:/run/a b.sock failed (${errno}: words)${CONNECTING}${PEER}`),
    ).toMatchObject({ errno, effect: "502" });
    expect(read(`${HEAD}connect() to [::1]:80 failed (${errno}: words)${CONNECTING}${PEER}`)).toMatchObject({
      name: "connect-failed",
      errno,
      subject: "[::1]:80",
    });
  });
  it.each([
    ["socket() failed (24: Too many open files)", "socket-failed", "500"],
    ["bind(192.0.2.55) failed (99: x)", "bind-failed", "500"],
    ["64 worker_connections are not enough", "worker-connections", "500"],
    ["upstream timed out (110: Connection timed out)", "timed-out", "504"],
    ["no live upstreams", "no-live-upstreams", "502"],
    ["upstream server temporarily disabled", "temporarily-disabled", "none"],
  ])("%s", (message, name, effect) => {
    expect(read(`${HEAD}${message}${CONNECTING}${PEER}`)).toMatchObject({ name, effect });
  });
  it("outside of a request", () => {
    expect(at("alert", "64 worker_connections are not enough")).toMatchObject({
      name: "worker-connections",
      code: 64,
      effect: "closed",
    });
    expect(at("warn", "64 worker_connections are not enough, reusing connections")).toMatchObject({
      name: "worker-connections-reused",
      effect: "none",
    });
    expect(at("crit", "accept4() failed (24: Too many open files)")).toMatchObject({
      name: "accept-failed",
      errno: 24,
      effect: "closed",
    });
    expect(at("error", "accept() failed (103: x)")).toMatchObject({ name: "accept-failed" });
  });
});

describe("names and addresses of upstreams", () => {
  it.each([
    [
      "error",
      "a.test could not be resolved (3: Host not found)",
      { name: "resolve-failed", code: 3, errno: undefined, subject: "a.test", effect: "502" },
    ],
    [
      "error",
      "a.test could not be resolved (110: Operation timed out)",
      { name: "resolve-failed", code: 110 },
    ],
    [
      "error",
      "no resolver defined to resolve a.test",
      { name: "no-resolver", subject: "a.test", effect: "502" },
    ],
    ["error", 'no port in upstream "a.test"', { name: "no-port", effect: "500" }],
    ["error", 'invalid URL prefix in "http:/"', { name: "invalid-url", effect: "500" }],
    ["error", 'invalid port in upstream "a:b"', { name: "invalid-url", effect: "500" }],
    ["error", 'no host in upstream ":80"', { name: "invalid-url" }],
    ["error", "zero length URI to proxy", { name: "invalid-url" }],
    ["alert", "no upstream configuration", { name: "no-upstream-configuration", effect: "500" }],
  ])("[%s] %s", (level, message, expected) => {
    expect(at(level, `*5 ${message}`, REQUEST)).toMatchObject(expected);
  });
  it.each(["send() failed (111: x)", "recv() failed (111: x)", "connect() to 127.0.0.53:53 failed (101: x)"])(
    "the resolver's own %s",
    (message) => {
      expect(at("error", `${message} while resolving, resolver: 127.0.0.1:53`)).toMatchObject({
        name: "resolver-io",
        effect: "none",
      });
    },
  );
});

it("a name resolved in the background harms no request", () => {
  expect(at("error", "a.test could not be resolved (3: Host not found)")).toMatchObject({
    name: "resolve-failed",
    effect: "none",
  });
});

describe("TLS to the upstream", () => {
  it.each([
    [
      "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number)",
      "ssl-wrong-version",
      undefined,
    ],
    [
      "SSL_do_handshake() failed (SSL: error:1408F10B:SSL routines:ssl3_get_record:wrong version number)",
      "ssl-wrong-version",
      undefined,
    ],
    [
      "SSL_do_handshake() failed (SSL: error:0A000458:SSL routines::tlsv1 unrecognized name:SSL alert number 112)",
      "ssl-unrecognized-name",
      112,
    ],
    [
      "SSL_do_handshake() failed (SSL: error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40)",
      "ssl-handshake-failure",
      40,
    ],
    [
      "SSL_do_handshake() failed (SSL: error:0A00042E:SSL routines::tlsv1 alert protocol version:SSL alert number 70)",
      "ssl-protocol-version",
      70,
    ],
    [
      "SSL_do_handshake() failed (SSL: error:0A000102:SSL routines::unsupported protocol)",
      "ssl-protocol-version",
      undefined,
    ],
    [
      "SSL_do_handshake() failed (SSL: error:0A000415:SSL routines::sslv3 alert certificate expired:SSL alert number 45)",
      "ssl-certificate-refused",
      45,
    ],
    [
      "SSL_read() failed (SSL: error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48)",
      "ssl-certificate-refused",
      48,
    ],
    [
      "SSL_read() failed (SSL: error:0A00045C:SSL routines::tlsv13 alert certificate required:SSL alert number 116)",
      "ssl-certificate-required",
      116,
    ],
    [
      "SSL_do_handshake() failed (SSL: error:0A000438:SSL routines::tlsv1 alert internal error:SSL alert number 80)",
      "ssl-other",
      undefined,
    ],
    [
      "SSL_do_handshake() failed (SSL: error:0A000152:SSL routines::unsafe legacy renegotiation disabled)",
      "ssl-protocol-version",
      undefined,
    ],
    [
      "SSL_do_handshake() failed (SSL: error:0A00018A:SSL routines::dh key too small)",
      "ssl-protocol-version",
      undefined,
    ],
    [
      "SSL_do_handshake() failed (SSL: error:0A000086:SSL routines::certificate verify failed)",
      "ssl-other",
      undefined,
    ],
    ['SSL_set_tlsext_host_name("a b") failed', "ssl-other", undefined],
    ["SSL_set_alpn_protos() failed", "ssl-other", undefined],
    ["peer closed connection in SSL handshake", "ssl-peer-closed", undefined],
    ["peer closed connection in SSL handshake (104: x)", "ssl-peer-closed", undefined],
    [
      "upstream SSL certificate verify error: (20:unable to get local issuer certificate)",
      "ssl-verify-failed",
      20,
    ],
    ['upstream SSL certificate does not match "a.test"', "ssl-name-mismatch", undefined],
  ])("%s", (message, name, code) => {
    const found = read(`${HEAD}${message}${TLS}${PEER}`);
    expect(found).toMatchObject({ name, effect: "502" });
    expect(found.code).toBe(code);
  });
  it("a timeout is a 504, an alert after the handshake a 502", () => {
    expect(read(`${HEAD}upstream timed out (110: x)${TLS}${PEER}`)).toMatchObject({
      name: "timed-out",
      effect: "504",
    });
    const late =
      "SSL_read() failed (SSL: error:0A00045C:SSL routines::tlsv13 alert certificate required:SSL alert number 116)";
    expect(read(`${HEAD}${late}${HEADER}${PEER}`)).toMatchObject({
      name: "ssl-certificate-required",
      code: 116,
      effect: "502",
    });
  });
  it("a client's handshake is no upstream's", () => {
    const message =
      "SSL_do_handshake() failed (SSL: error:0A00006C:SSL routines::bad key share) while SSL handshaking";
    expect(at("crit", `*5 ${message}, client: 127.0.0.1, server: 0.0.0.0:443`)).toMatchObject({
      name: "client-ssl",
      effect: "closed",
    });
  });
});

describe("request and header", () => {
  it.each([
    ["upstream prematurely closed connection", "premature-close"],
    ["recv() failed (104: x)", "recv-failed"],
    ["recv() failed (110: x)", "recv-failed"],
    ["upstream sent too big header", "too-big-header"],
    [String.raw`upstream sent invalid header: "Foo\x20..."`, "invalid-header"],
    ['upstream sent invalid header: "a: b"', "invalid-header"],
    [
      'upstream sent duplicate header line: "Content-Length: 2", previous value: "Content-Length: 2"',
      "duplicate-header",
    ],
    ['upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time', "cl-and-te"],
    ['upstream sent invalid "Content-Length" header: "Content-Length: abc"', "invalid-content-length"],
    ['upstream sent unknown "Transfer-Encoding": "gzip"', "bad-te"],
    ['upstream sent invalid status "abc"', "invalid-status"],
    ["upstream sent HTTP/1.0 response with early hints", "early-hints-http10"],
    ["upstream prematurely sent response", "premature-response"],
    ["upstream sent unsupported FastCGI protocol version: 72", "fastcgi-unsupported-version"],
    ["upstream sent invalid FastCGI record type: 9", "fastcgi-invalid-record"],
    ["upstream sent unexpected FastCGI request id high byte: 9", "fastcgi-invalid-record"],
    ["upstream sent unexpected FastCGI record: 9", "fastcgi-invalid-record"],
    ["upstream prematurely closed FastCGI stdout", "fastcgi-stdout-closed"],
    ["upstream prematurely closed FastCGI request", "fastcgi-stdout-closed"],
    ['memcached sent invalid key in response "x" for key "y"', "memcached-invalid"],
  ])("%s", (message, name) => {
    expect(read(`${HEAD}${message}${HEADER}${PEER}`)).toMatchObject({ name, effect: "502" });
    expect(read(`${HEAD}${message}${BODY}${PEER}`)).toMatchObject({ name, effect: "truncated" });
  });
  it.each([
    "writev() failed (32: x)",
    "writev() failed (104: x)",
    "sendfile() failed (32: x)",
    "send() failed (104: x)",
    "SSL_write() failed",
  ])("%s", (message) => {
    expect(read(`${HEAD}${message}${SENDING}${PEER}`)).toMatchObject({ name: "write-failed", effect: "502" });
  });
  it("that answer something else than 502", () => {
    expect(read(`${HEAD}upstream sent no valid HTTP/1.0 header${HEADER}${PEER}`)).toMatchObject({
      name: "no-valid-http-header",
      effect: "009",
    });
    expect(read(`${HEAD}upstream timed out (110: x)${SENDING}${PEER}`)).toMatchObject({ effect: "504" });
    expect(read(`${HEAD}FastCGI sent in stderr: "PHP message: x"${HEADER}${PEER}`)).toMatchObject({
      name: "fastcgi-stderr",
      effect: "none",
    });
    expect(read(`${HEAD}FastCGI sent in stderr: "Primary script unknown"${HEADER}${PEER}`)).toMatchObject({
      effect: "404",
    });
    expect(read(`${HEAD}uwsgi request is too big: 70000${REQUEST}`)).toMatchObject({
      name: "uwsgi-request-too-big",
      effect: "500",
    });
    expect(read(`${HEAD}uwsgi request is too little: 1${REQUEST}`)).toMatchObject({
      name: "uwsgi-request-too-big",
    });
    expect(read(`${HEAD}connection upgrade in subrequest${HEADER}${PEER}`)).toMatchObject({
      name: "upgrade-in-subrequest",
      effect: "500",
    });
    expect(read(`${HEAD}setsockopt(!TCP_CORK) failed (22: x)${SENDING}${PEER}`)).toMatchObject({
      name: "tcp-push-failed",
      effect: "500",
    });
  });
  it("freenginx refuses what is no HTTP", () => {
    const record = parseNginxErrorLine(`${HEAD}upstream sent no valid HTTP/1.0 header${HEADER}${PEER}`);
    if (record === undefined) throw new Error("not a record");
    const effects = [
      [1, 29, 0],
      [1, 29, 1],
    ].map((version) => nginxEffect(record, version, "freenginx"));
    expect([...effects, nginxEffect(record, [1, 29, 1], "nginx")]).toEqual(["009", "502", "009"]);
  });
  it("contradicting lengths pass before 1.23.0", () => {
    const record = parseNginxErrorLine(
      `${HEAD}upstream sent duplicate header line: "Content-Length: 2", previous value: "Content-Length: 2"${HEADER}${PEER}`,
    );
    if (record === undefined) throw new Error("not a record");
    expect(
      [
        [1, 22, 1],
        [1, 23, 0],
        [1, 31, 5],
      ].map((version) => nginxEffect(record, version)),
    ).toEqual(["none", "502", "502"]);
  });
});

describe("HTTP/2 to the upstream", () => {
  it.each([
    ["upstream sent too large http2 frame: 4740180", "http2-frame-too-large"],
    ["upstream rejected request with error 11", "http2-rejected"],
    ["upstream sent goaway with error 2", "http2-goaway"],
    ...[
      "upstream sent unexpected http2 frame: 9",
      "upstream sent frame for unknown stream 3",
      "upstream sent frame for closed stream 3",
      "upstream sent data frame for unknown stream 3",
      "upstream prematurely closed stream",
      "upstream sent no :status header",
      "upstream sent duplicate :status header",
      'upstream sent invalid :status "x"',
      'upstream sent unexpected :status "101"',
      "upstream sent too large http2 header name length",
      "upstream sent too large http2 header value length: 9",
      "upstream sent truncated http2 header",
      "upstream sent invalid encoded header",
      "upstream sent zero http2 header name length",
      "upstream sent invalid http2 table index: 99",
      "upstream sent http2 table index with continuation flag",
      "upstream sent invalid http2 dynamic table size update: 9",
      "upstream sent invalid trailer",
      'upstream sent invalid trailer "a: b"',
      "upstream sent trailer without end stream flag",
      "upstream violated stream flow control, received 9 data frame with window 1",
      "upstream violated connection flow control, received 9 data frame with window 1",
      "upstream sent response body larger than indicated content length",
      "upstream sent too short http2 frame",
      "upstream sent http2 frame with too long padding: 9 in frame 8",
      "upstream sent headers frame with invalid length: 1",
      "upstream sent rst stream frame with invalid length: 1",
      "upstream sent goaway frame with non-zero stream id: 1",
      "upstream sent settings frame with ack flag and non-zero length: 1",
      "upstream sent too many settings frames",
      "upstream sent settings frame with too large initial window size: 1",
      "upstream sent window update frame with invalid length: 1",
      "upstream sent zero window update",
      "upstream sent too large window update",
      "upstream sent ping frame with ack flag",
      "upstream sent too many ping frames",
      "upstream sent unexpected push promise frame",
      "no connection data found for keepalive http2 connection",
    ].map((message) => [message, "http2-invalid"]),
    ['upstream sent invalid header "a: b"', "invalid-header"],
    ["upstream sent invalid header", "invalid-header"],
  ])("%s", (message, name) => {
    expect(read(`${HEAD}${message}${HEADER}${PEER}`)).toMatchObject({ name, effect: "502" });
  });
  it.each([
    "too long http2 method: 1",
    'too long http2 header value: "a: b"',
    "no buffer space in grpc create request",
    "no buffer space in HTTP/2 create request",
  ])("%s", (message) => {
    expect(read(`${HEAD}${message}${REQUEST}`)).toMatchObject({
      name: "http2-request-invalid",
      effect: "500",
    });
  });
});

describe("after the header", () => {
  it.each([
    ["readv() failed (104: x)", BODY, "recv-failed", "truncated"],
    ["upstream timed out (110: x)", BODY, "timed-out", "truncated"],
    ["upstream sent invalid chunked response", BODY, "invalid-chunked", "truncated"],
    ['open() "/v/proxy/2/00/0000000002" failed (13: x)', BODY, "temp-file-failed", "truncated"],
    ['pwritev() "/v/proxy/0000000002" failed (28: x)', BODY, "temp-file-failed", "truncated"],
    ['rename() "/v/proxy/0000000002" to "/c/ab" failed (13: x)', BODY, "cache-write-failed", "none"],
    ['upstream sent more data than specified in "Content-Length" header', BODY, "excess-data", "none"],
    ["upstream sent data after final chunk", BODY, "excess-data", "none"],
    ["an upstream response is buffered to a temporary file /v/p", BODY, "buffered-to-file", "none"],
    [
      "upstream prematurely closed connection",
      " while proxying upgraded connection",
      "premature-close",
      "closed",
    ],
    ["recv() failed (104: x)", " while proxying upgraded connection", "recv-failed", "closed"],
    [
      "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too",
      CONNECTING,
      "client-closed",
      "499",
    ],
    ["writev() failed (32: x)", CLIENT, "client-closed", "499"],
  ])("%s%s", (message, phase, name, effect) => {
    expect(read(`${HEAD}${message}${phase}${PEER}`)).toMatchObject({ name, effect });
  });
});

describe("neighbours of a 502", () => {
  it.each([
    ['open() "/v/body/0000000001" failed (13: x)', "temp-file-failed", "500"],
    ['pwritev() "/v/body/0000000001" failed (28: x)', "temp-file-failed", "500"],
    [`auth request unexpected status: 502${CLIENT}`, "auth-request-unexpected-status", "500"],
    [
      'rewrite or internal redirection cycle while internally redirecting to "/index.html"',
      "redirection-cycle",
      "500",
    ],
    ['limiting requests, excess: 5.500 by zone "z"', "limiting", "503"],
    ['limiting requests, dry run, excess: 5.500 by zone "z"', "limiting", "none"],
    ['delaying request, excess: 5.500, by zone "z"', "limiting", "none"],
    ['limiting connections by zone "z"', "limiting", "503"],
    ["client intended to send too large body: 2000000 bytes", "body-too-large", "413"],
    ['open() "/www/x" failed (2: No such file or directory)', "file-missing", "404"],
    ['"/www/index.html" is not found (2: No such file or directory)', "file-missing", "404"],
    ['open() "/www/x" failed (13: Permission denied)', "file-denied", "403"],
    ['directory index of "/www/" is forbidden', "access-forbidden", "403"],
  ])("%s", (message, name, effect) => {
    expect(read(`${HEAD}${message}${REQUEST}, host: "h"`)).toMatchObject({ name, effect });
  });
});

describe("the master process", () => {
  it.each([
    [
      "alert",
      "worker process 14644 exited on signal 9",
      { name: "worker-exited", code: 9, effect: "closed" },
    ],
    ["alert", "worker process 14644 exited on signal 11 (core dumped)", { name: "worker-exited", code: 11 }],
    ["alert", "worker process 7 exited with fatal code 2 and cannot be respawned", { name: "worker-fatal" }],
    [
      "emerg",
      "bind() to 0.0.0.0:80 failed (98: Address already in use)",
      { name: "emerg-bind", errno: 98, subject: "0.0.0.0:80", effect: "refused" },
    ],
    ["emerg", "still could not bind()", { name: "emerg-bind", effect: "refused" }],
    ["emerg", 'unexpected "}" in /e/a.conf:4', { name: "emerg-config", effect: "none" }],
    [
      "emerg",
      'host not found in upstream "a.test" in /e/a.conf:4',
      { name: "emerg-host-not-found", subject: "a.test" },
    ],
    [
      "emerg",
      'cannot load certificate "/x": BIO_new_file() failed (SSL: error)',
      { name: "emerg-certificate" },
    ],
    [
      "emerg",
      'mkdir() "/var/lib/nginx/body" failed (2: No such file or directory)',
      { name: "emerg-other", errno: 2 },
    ],
    ["emerg", 'open() "/run/nginx.pid" failed (13: Permission denied)', { name: "emerg-other", errno: 13 }],
    ["notice", "signal 1 (SIGHUP) received from 1, reconfiguring", { name: "reload" }],
    ["notice", "reconfiguring", { name: "reload" }],
    ["notice", "signal 10 (SIGUSR1) received from 1, reopening logs", { name: "reopen" }],
    ["notice", "nginx/1.22.1", { name: "start" }],
    ["notice", "start worker processes", { name: "start" }],
    ["notice", "signal 15 (SIGTERM) received from 1, exiting", { name: "stop" }],
    ["notice", "gracefully shutting down", { name: "stop" }],
    ["notice", "worker process 7 exited with code 0", { name: "stop" }],
    ["info", "something new", { name: "other", effect: "none" }],
  ])("[%s] %s", (level, message, expected) => {
    expect(at(level, message)).toMatchObject(expected);
  });
  it("an emerg names the file and line", () => {
    expect(
      parseNginxErrorLine('2026/11/20 10:33:48 [emerg] 1#1: unexpected "}" in /e/a b.conf:4')?.config,
    ).toEqual({ file: "/e/a b.conf", line: 4 });
  });
});

describe("stream", () => {
  const tail =
    ', client: 127.0.0.1, server: 0.0.0.0:5432, upstream: "127.0.0.1:5433", bytes from/to client:0/0, bytes from/to upstream:0/0';
  it.each([
    ["connect() failed (111: x) while connecting to upstream", "connect-failed"],
    ["upstream timed out (110: x) while connecting to upstream", "timed-out"],
    ["no live upstreams while connecting to upstream", "no-live-upstreams"],
    ["a.test could not be resolved (3: Host not found)", "resolve-failed"],
    ["could not send PROXY protocol header at once", "proxy-protocol-send-failed"],
    ["recv() failed (104: x) while proxying and reading from upstream", "recv-failed"],
  ])("%s", (message, name) => {
    expect(read(`${HEAD}${message}${tail}`)).toMatchObject({ name, effect: "closed" });
  });
});
