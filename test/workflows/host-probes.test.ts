import { describe, expect, test } from "vitest";
import type { CommandResult } from "../../src/domain/command.ts";
import {
  directCommand,
  frontCommand,
  isGood,
  listenCommand,
  readAnswer,
  readListening,
  readUnit,
} from "../../src/workflows/host-probes.ts";
import { aBoundFix } from "../support/fix-stage.ts";

const plan = aBoundFix().verify;
const [front] = plan.fronts;

function result(change: Partial<CommandResult>): CommandResult {
  return {
    id: "x",
    argv: [],
    stdout: "",
    stderr: "",
    exitCode: 0,
    end: "exited",
    durationMs: 1,
    privileged: false,
    ...change,
  };
}

describe("requests", () => {
  test("a GET through nginx by address and Host, marked, without body", () => {
    expect(frontCommand(front!, "front-0").argv).toEqual([
      "curl",
      "-sS",
      "-o",
      "/dev/null",
      "--max-time",
      "8",
      "--noproxy",
      "*",
      "-A",
      "fiveohtwo-probe",
      "-w",
      "%{http_code} %{time_total}\\n",
      "-H",
      "Host: shop.example.test",
      "http://127.0.0.1:80/health",
    ]);
  });

  test("https goes by name to the address; IPv6 in brackets; a query string is left off", () => {
    const argv = frontCommand(
      { ...front!, scheme: "https", address: "::1", port: 8443, path: "/a?token=fake" },
      "f",
    ).argv;
    expect(argv.slice(-4)).toEqual([
      "--resolve",
      "shop.example.test:8443:[::1]",
      "-k",
      "https://shop.example.test:8443/a",
    ]);
  });

  test("a unix socket is never asked in HTTP", () => {
    expect(directCommand({ ...plan, target: "unix:/run/php.sock" }, "d")).toBeUndefined();
    expect(directCommand(plan, "d")?.argv.slice(-1)).toEqual(["http://127.0.0.1:3000/health"]);
  });
});

describe("answers", () => {
  test.each([
    ["200 0.012\n", 0, 200],
    ["000 0.000\n", 7, 0],
    ["", 7, 0],
    ["", 127, undefined],
    ["", 0, undefined],
  ])("%j with exit code %i is %s", (stdout, exitCode, status) => {
    expect(readAnswer(result({ stdout, exitCode })).status).toBe(status);
  });

  test.each(["timed-out", "denied", "missing", "unreachable"] as const)("%s is not an answer", (end) => {
    expect(readAnswer(result({ stdout: "200 0.1\n", end })).status).toBeUndefined();
  });

  test.each([
    [200, [], true],
    [404, [], true],
    [502, [], false],
    [500, [], false],
    [0, [], false],
    [404, [200], false],
    [503, [503], true],
    [undefined, [], undefined],
  ])("status %s where %j is expected: good %s", (status, expected, good) => {
    expect(isGood({ ...front!, expect: expected }, { status })).toBe(good);
  });
});

const SS = [
  'LISTEN 0 511 127.0.0.1:3000 0.0.0.0:* users:(("node",pid=812,fd=18)) ino:1 sk:2',
  "LISTEN 0 511 *:13000 *:* ino:1 sk:2",
].join("\n");
const SSX = 'u_str LISTEN 0 128 /run/app.sock 1234 * 0 users:(("gunicorn",pid=91,fd=5))';

describe("listeners", () => {
  test("a port is found whole, with its owner where it is visible", () => {
    expect(readListening(result({ stdout: SS }), "127.0.0.1:3000")).toEqual({
      found: true,
      owner: "node, pid 812",
    });
    expect(readListening(result({ stdout: SS }), "127.0.0.1:13000")).toEqual({ found: true });
    expect(readListening(result({ stdout: SS }), "127.0.0.1:300")).toEqual({ found: false });
    expect(readListening(result({ stdout: SS }), "[::1]:3000")).toMatchObject({ found: true });
  });

  test("a socket is found by its whole path", () => {
    expect(readListening(result({ stdout: SSX }), "unix:/run/app.sock")).toEqual({
      found: true,
      owner: "gunicorn, pid 91",
    });
    expect(readListening(result({ stdout: SSX }), "unix:/run/app")).toEqual({ found: false });
    expect(listenCommand("unix:/run/app.sock", "l").argv).toEqual(["ss", "-Hlxnpe"]);
  });

  test("what was not looked at is undefined", () => {
    expect(readListening(result({ end: "missing", exitCode: 127 }), "127.0.0.1:3000")).toBeUndefined();
    expect(readListening(undefined, "127.0.0.1:3000")).toBeUndefined();
    expect(readUnit(result({ exitCode: 1, stdout: "ActiveState=active" }))).toBeUndefined();
    expect(readUnit(result({ stdout: "nonsense" }))).toBeUndefined();
  });
});
