import { describe, expect, test } from "vitest";
import { kindOf } from "../../src/model/log-kind.ts";
import { directOf } from "../../src/model/symptoms.ts";
import { parseNginxErrorLog } from "../../src/parsers/nginx-error-log.ts";
import { answer, errorLine, listens, look, only, unit } from "./small-host.ts";

const CONNECT = " while connecting to upstream";
const HEADER = " while reading response header from upstream";

describe("what fails, by phase and errno", () => {
  test.each([
    ["connect() failed (111: Connection refused)" + CONNECT, "refused"],
    ["connect() failed (113: No route to host)" + CONNECT, "unreachable"],
    ["connect() failed (101: Network is unreachable)" + CONNECT, "unreachable"],
    ["connect() failed (110: Connection timed out)" + CONNECT, "connect-timeout"],
    ["connect() failed (104: Connection reset by peer)" + CONNECT, "reset"],
    ["connect() to 127.0.0.1:3000 failed (13: Permission denied)" + CONNECT, "permission"],
    ["connect() to unix:/run/a.sock failed (2: No such file or directory)" + CONNECT, "no-file"],
    ["connect() to unix:/run/a.sock failed (11: Resource temporarily unavailable)" + CONNECT, "backlog"],
    ["connect() to unix:/run/a.sock failed (91: Protocol wrong type for socket)" + CONNECT, "socket-type"],
    ["connect() to 127.0.0.1:3000 failed (99: Cannot assign requested address)" + CONNECT, "no-address"],
    ["upstream timed out (110: Connection timed out)" + CONNECT, "connect-timeout"],
    ["upstream timed out (110: Connection timed out) while SSL handshaking to upstream", "tls-timeout"],
    ["upstream timed out (110: Connection timed out) while sending request to upstream", "send-timeout"],
    ["upstream timed out (110: Connection timed out)" + HEADER, "read-timeout"],
    ["recv() failed (104: Connection reset by peer)" + HEADER, "reset"],
    ["recv() failed (110: Connection timed out)" + HEADER, "read-timeout"],
    ["recv() failed (104: Connection reset by peer) while reading upstream", "truncated"],
    ["upstream prematurely closed connection" + HEADER, "premature"],
    ["upstream prematurely closed connection while reading upstream", "truncated"],
    ["upstream sent too big header" + HEADER, "too-big-header"],
    ['upstream sent invalid header: "Foo\\x20..."' + HEADER, "invalid-header"],
    ["upstream sent no valid HTTP/1.0 header" + HEADER, "not-http"],
    ["no live upstreams" + CONNECT, "no-live"],
  ])("%s is %s", (message, kind) => {
    const [record] = parseNginxErrorLog(errorLine(1, message)).records;
    expect(record && kindOf(record)).toBe(kind);
  });

  test("the errno decides, whatever the language of its text", () => {
    const [record] = parseNginxErrorLog(
      errorLine(1, "connect() failed (111: Verbindungsaufbau abgelehnt)" + CONNECT),
    ).records;
    expect(record && kindOf(record)).toBe("refused");
  });
});

describe("asked directly", () => {
  const curl = (exitCode: number, stderr: string, stdout = "000 0.000 0.000 0.001 0 0\n") =>
    directOf({
      id: "direct",
      argv: [],
      stdout,
      stderr,
      exitCode,
      end: "exited",
      durationMs: 1,
      privileged: false,
    }).outcome;
  test.each([
    [0, "", "200 0.001 0.01 0.01 120 15\n", "ok"],
    [7, "curl: (7) Failed to connect to 127.0.0.1 port 3000: Connection refused", undefined, "refused"],
    [7, "* connect to 203.0.113.7 port 80 failed: No route to host", undefined, "unreachable"],
    [28, "curl: (28) Connection timed out after 2001 milliseconds", undefined, "connect-timeout"],
    [28, "curl: (28) Operation timed out after 4000 milliseconds", "000 0.001 0.000 4.000 0 0\n", "timeout"],
    [52, "curl: (52) Empty reply from server", undefined, "empty"],
    [56, "curl: (56) Recv failure: Connection reset by peer", undefined, "reset"],
    [1, "curl: (1) Received HTTP/0.9 when not allowed", undefined, "not-http"],
  ])("exit %i: %s", (exit, stderr, stdout, outcome) => {
    expect(curl(exit, stderr, stdout)).toBe(outcome);
  });

  test.each(["denied", "missing", "unreachable"] as const)("%s is unknown, not a refusal", (end) => {
    expect(
      directOf({
        id: "direct",
        argv: [],
        stdout: "",
        stderr: "Connection refused",
        exitCode: 7,
        end,
        durationMs: 1,
        privileged: false,
      }),
    ).toEqual({});
  });
});

describe("freshness", () => {
  const refused = "connect() failed (111: Connection refused)" + CONNECT;

  test("a line of the last minutes is a symptom, an old one is history", async () => {
    const listening = listens("127.0.0.1:3000", { name: "node", pid: 4711 }, "shop.service");
    const seen = async (ago: number) =>
      only((await look({ "error-log": errorLine(ago, refused), "tcp-listeners": listening })).model).scope
        .symptom;
    const fresh = await seen(20);
    expect(fresh).toMatchObject({ failing: true, kind: "refused", recent: 1, ageS: 20 });
    const old = await seen(3600);
    expect(old).toMatchObject({ failing: false, kind: "none", recent: 0, ageS: 3600 });
  });

  test("what was logged before the backend was started is of its former life", async () => {
    const started = (ago: number) =>
      `${unit("shop.service", { ExecMainStartTimestamp: `@${1_795_170_600 - ago}` })}\n`;
    const premature = errorLine(100, "upstream prematurely closed connection" + HEADER);
    const listening =
      'LISTEN 0 511 127.0.0.1:3000 0.0.0.0:* users:(("node",pid=4711,fd=18)) ino:1 sk:1 cgroup:/system.slice/shop.service <->\n';
    const before = only(
      (await look({ "error-log": premature, "tcp-listeners": listening, units: started(50) })).model,
    ).scope.symptom;
    expect(before?.recent).toBe(0);
    const since = only(
      (await look({ "error-log": premature, "tcp-listeners": listening, units: started(200) })).model,
    ).scope.symptom;
    expect(since?.recent).toBe(1);
  });

  test("a header that was too big for the former configuration is history, when that was changed and loaded", async () => {
    const seen = async (changedAgo: number, workerAge: number) => {
      const { model } = await look({
        "error-log": errorLine(60, "upstream sent too big header" + HEADER),
        "tcp-listeners": listens("127.0.0.1:3000", { name: "node", pid: 4711 }, "shop.service"),
        processes: `      1       0 root  5000 Ss   /sbin/init\n    900       1 root  4000 Ss   nginx: master process /usr/sbin/nginx\n    901     900 www-data  ${workerAge} S    nginx: worker process\n   4711       1 app  3000 Ssl  /usr/bin/node /srv/shop/server.js\n`,
        "config-ages": `/etc/nginx/nginx.conf|regular file|644|root:root|0:0|9|100|${1_795_170_600 - changedAgo}\n`,
        front: answer(200),
      });
      return only(model).scope.symptom?.recent;
    };
    expect(await seen(30, 20)).toBe(0);
    // Changed and not loaded yet; and a reload that changed nothing.
    expect(await seen(30, 4000)).toBe(1);
    expect(await seen(9000, 20)).toBe(1);
  });

  test("without a log and without an answer nothing is known", async () => {
    const denied = { end: "denied", exitCode: 1 } as const;
    const blind = await look({ "error-log": denied, "tcp-listeners": denied });
    const symptom = only(blind.model).scope.symptom;
    expect(symptom?.failing).toBeUndefined();
    expect(symptom?.recent).toBeUndefined();
  });

  test("the bot's own answer through nginx outweighs an older line", async () => {
    const said = { "error-log": errorLine(60, refused), direct: answer(200), front: answer(200) };
    expect(only((await look(said)).model).scope.symptom).toMatchObject({ failing: false });
    expect(only((await look({ ...said, front: answer(502) })).model).scope.symptom).toMatchObject({
      failing: true,
      status: 502,
      byProbe: true,
    });
  });

  test("only a POST shows it: the line counts, though the bot's GET is answered", async () => {
    const post = errorLine(30, refused, "http://127.0.0.1:3000/pay", "POST /pay HTTP/1.1");
    const symptom = only((await look({ "error-log": post, direct: answer(200), front: answer(200) })).model)
      .scope.symptom;
    expect(symptom).toMatchObject({ failing: true, recentNonGet: 1 });
  });
});
