import { describe, expect, test } from "vitest";
import { CURL_WRITE_OUT, parseCurl } from "../../src/parsers/curl.ts";
import { result } from "./captured.ts";

const written = (code: string, connect: string, rest = ""): string =>
  `\nhttp_code=${code}\ntime_connect=${connect}\ntime_appconnect=0.000000\ntime_starttransfer=0.000000\ntime_total=0.000300\nsize_header=0\nnum_connects=0\nremote_ip=\nlocal_ip=\ncontent_type=\nredirect_url=${rest}`;

describe("parseCurl", () => {
  test("an answer", () => {
    const text = `\nhttp_code=502\ntime_connect=0.000312\ntime_appconnect=0.000000\ntime_starttransfer=0.004\ntime_total=0.004100\nsize_header=153\nnum_connects=1\nremote_ip=127.0.0.1\nremote_port=80\nlocal_ip=127.0.0.1\ncontent_type=text/html; charset=utf-8\nredirect_url=`;
    expect(parseCurl(result(text))).toMatchObject({
      kind: "ok",
      exitCode: 0,
      httpCode: 502,
      timeConnect: 0.000312,
      sizeHeader: 153,
      numConnects: 1,
      remoteIp: "127.0.0.1",
      remotePort: 80,
      contentType: "text/html",
    });
  });

  test.each([
    [
      7,
      "* connect to 127.0.0.1 port 1 failed: Connection refused\ncurl: (7) Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
      { kind: "connect-failed", errno: 111 },
    ],
    [
      7,
      "* Immediate connect fail for /nope: No such file or directory",
      { kind: "connect-failed", errno: 2 },
    ],
    [
      7,
      "* connect to 10.9.9.9 port 80 from 10.0.0.1 port 5 failed: No route to host",
      { kind: "connect-failed", errno: 113 },
    ],
    [7, "* Immediate connect fail for /run/a.sock: Permission denied", { kind: "connect-failed", errno: 13 }],
    [7, "curl: (7) Couldn't connect to server", { kind: "connect-failed", errno: undefined }],
    [28, "curl: (28) Connection timed out after 1001 milliseconds", { kind: "timeout", phase: "connect" }],
    [35, "curl: (35) error:0A00010B:SSL routines::wrong version number", { kind: "tls" }],
    [52, "curl: (52) Empty reply from server", { kind: "empty-reply" }],
    [56, "curl: (56) Recv failure: Connection reset by peer", { kind: "reset", errno: 104 }],
    [1, "curl: (1) Received HTTP/0.9 when not allowed", { kind: "http09" }],
    [6, "curl: (6) Could not resolve host: x", { kind: "dns" }],
    [60, "curl: (60) SSL certificate problem: certificate has expired", { kind: "tls" }],
    [99, "", { kind: "other" }],
  ])("exit %i: %s", (exitCode, stderr, expected) => {
    expect(parseCurl(result(written("000", "0.000000"), { exitCode, stderr }))).toMatchObject({
      httpCode: undefined,
      ...expected,
    });
  });

  test("a time-out after the connection stood", () => {
    expect(parseCurl(result(written("000", "0.000200"), { exitCode: 28 }))).toMatchObject({
      kind: "timeout",
      phase: "response",
    });
  });

  test("a wrong option, or no answer at all, is no fact about the server", () => {
    expect(parseCurl(result("", { exitCode: 2, stderr: "curl: option --x: is unknown" }))).toBeUndefined();
    expect(parseCurl(result("hello"))).toBeUndefined();
  });

  test("the write-out asks for nothing that curl 7.61 lacks", () => {
    expect(CURL_WRITE_OUT).toContain("\\nhttp_code=%{http_code}");
    expect(CURL_WRITE_OUT).not.toMatch(/errormsg|exitcode/);
  });
});
