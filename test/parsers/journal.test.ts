import { describe, expect, test } from "vitest";
import { parseAppLog } from "../../src/parsers/app-log.ts";
import { classifyLine, eventsOf } from "../../src/parsers/journal-events.ts";
import { parseJournal } from "../../src/parsers/journal.ts";
import { parseLogTime } from "../../src/parsers/log-time.ts";
import { captured, result } from "./captured.ts";

const entry = (fields: Record<string, unknown>): string =>
  JSON.stringify({ __REALTIME_TIMESTAMP: "1795170766000123", ...fields });

test("a child of systemd that could not become the program speaks for systemd; an application does not", () => {
  const said = (identifier: string, UNIT: string) =>
    eventsOf(
      parseJournal(
        result(
          JSON.stringify({
            __REALTIME_TIMESTAMP: "1795904689191677",
            _PID: "543",
            SYSLOG_IDENTIFIER: identifier,
            UNIT,
            MESSAGE: "shop.service: Failed at step EXEC spawning /usr/bin/node: No such file or directory",
          }),
        ),
      )?.entries ?? [],
    ).map((e) => e.kind);
  expect(said("(node)", "shop.service")).toEqual(["exec-step-failed"]);
  expect(said("(node)", "cart.service")).not.toContain("exec-step-failed");
  expect(said("node", "shop.service")).not.toContain("exec-step-failed");
});

test("newest first or oldest first: the entries are given oldest first", () => {
  const line = (at: number, MESSAGE: string): string =>
    JSON.stringify({ __REALTIME_TIMESTAMP: String(at * 1000), MESSAGE });
  const lines = [line(1000, "a"), line(1000, "b"), line(2000, "c")];
  const said = (stdout: string) => parseJournal(result(stdout))?.entries.map((e) => e.message);
  expect(said(lines.join("\n"))).toEqual(["a", "b", "c"]);
  expect(said(lines.toReversed().join("\n"))).toEqual(["a", "b", "c"]);
});

describe("parseJournal", () => {
  test("messages as text, as bytes and as null", () => {
    const text = [
      entry({
        MESSAGE: "Started shop.service.",
        _PID: "1",
        UNIT: "shop.service",
        PRIORITY: "6",
        SYSLOG_IDENTIFIER: "systemd",
        _BOOT_ID: "b",
      }),
      entry({ MESSAGE: [...Buffer.from("caf\u00e9 \u001b[1m")], _PID: "42", _SYSTEMD_UNIT: "shop.service" }),
      entry({ MESSAGE: null, _PID: "43" }),
      entry({ MESSAGE: ["first", "second"] }),
      "-- Boot 0123 --",
    ].join("\n");
    const journal = parseJournal(result(text));
    expect(journal?.entries.map((one) => one.message)).toEqual([
      "Started shop.service.",
      "caf\u00e9 \u001b[1m",
      "",
      "first",
    ]);
    expect(journal?.entries[0]).toMatchObject({
      at: 1_795_170_766_000,
      pid: 1,
      unit: "shop.service",
      priority: 6,
      bootId: "b",
    });
    expect(journal?.entries[1]).toMatchObject({ unit: "shop.service", pid: 42 });
    expect(journal?.partial).toBe(false);
  });

  test("nothing there, nothing shown, and only one's own lines", () => {
    const hint = { stderr: "Hint: You are currently not seeing messages from other users and the system.\n" };
    expect(parseJournal(result(""))).toEqual({ entries: [], partial: false });
    expect(parseJournal(result("-- No entries --\n"))).toEqual({ entries: [], partial: false });
    expect(parseJournal(result("-- No entries --\n", { ...hint, exitCode: 1 }))).toBeUndefined();
    expect(parseJournal(result(entry({ MESSAGE: "mine" }), hint))?.partial).toBe(true);
    expect(parseJournal(result("", { stderr: "No journal files were found.\n" }))).toBeUndefined();
    expect(parseJournal(result("nonsense\n"))).toBeUndefined();
  });

  test("systemd's words count from process 1 only, an application's from anybody else", () => {
    const lines = [
      entry({ MESSAGE: "shop.service: Failed with result 'exit-code'.", _PID: "1", UNIT: "shop.service" }),
      entry({ MESSAGE: "Started the warehouse.", _PID: "42", _SYSTEMD_UNIT: "shop.service" }),
      entry({
        MESSAGE: "Error: listen EADDRINUSE: address already in use 127.0.0.1:3000",
        _PID: "42",
        _SYSTEMD_UNIT: "shop.service",
      }),
    ];
    const events = eventsOf(parseJournal(result(lines.join("\n")))?.entries ?? []);
    expect(events.map(({ kind, unit, port }) => [kind, unit, port])).toEqual([
      ["failed", "shop.service", undefined],
      ["address-in-use", "shop.service", 3000],
    ]);
  });
});

describe("classifyLine", () => {
  test.each([
    [
      "fail.service: Main process exited, code=exited, status=1/FAILURE",
      { kind: "main-exited", code: 1, unit: "fail.service" },
    ],
    [
      "a.service: Main process exited, code=exited, status=203/EXEC",
      { kind: "main-exited", code: 203, name: "EXEC" },
    ],
    ["a.service: Main process exited, code=killed, status=9/KILL", { kind: "main-exited", signal: "KILL" }],
    ["a.service: Main process exited, code=dumped, status=11/SEGV", { kind: "main-exited", signal: "SEGV" }],
    [
      "limit.service: Scheduled restart job, restart counter is at 5.",
      { kind: "scheduled-restart", count: 5 },
    ],
    ["limit.service: Start request repeated too quickly.", { kind: "start-limit", unit: "limit.service" }],
    [
      "orphan.service: Unit process 43 (python3) remains running after unit stopped.",
      { kind: "remains-running", pid: 43, name: "python3" },
    ],
    [
      "a.service: Found left-over process 43 (node) in control group while starting unit. Ignoring.",
      { kind: "left-over-process", pid: 43 },
    ],
    ["a.service: A process of this unit has been killed by the OOM killer.", { kind: "oom-killed" }],
    [
      "a.service: Failed at step EXEC spawning /srv/x/bin/app: No such file or directory",
      { kind: "exec-step-failed", step: "EXEC", path: "/srv/x/bin/app" },
    ],
    [
      "a.service: Failed to locate executable /opt/x: No such file or directory",
      { kind: "exec-step-failed", path: "/opt/x" },
    ],
    ["a.service: Failed to load environment files: No such file or directory", { kind: "env-file-missing" }],
    [
      "Dependency failed for shop.service - The shop.",
      { kind: "dependency-failed", name: "shop.service - The shop" },
    ],
    ["Stopping shop.service - The shop...", { kind: "stopping" }],
    [
      "Error: listen EADDRINUSE: address already in use 127.0.0.1:7502",
      { kind: "address-in-use", address: "127.0.0.1", port: 7502 },
    ],
    ["Error: listen EADDRINUSE: address already in use :::3000", { kind: "address-in-use", port: 3000 }],
    [
      "Error: listen EADDRINUSE: address already in use /run/app/app.sock",
      { kind: "address-in-use", path: "/run/app/app.sock" },
    ],
    ["OSError: [Errno 98] Address already in use", { kind: "address-in-use" }],
    [
      "[ERROR] Connection in use: ('127.0.0.1', 7403)",
      { kind: "address-in-use", address: "127.0.0.1", port: 7403 },
    ],
    [
      "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 7404): address already in use",
      { kind: "address-in-use", port: 7404 },
    ],
    [
      "listen tcp 127.0.0.1:8080: bind: address already in use",
      { kind: "address-in-use", address: "127.0.0.1", port: 8080 },
    ],
    ["listen tcp :8080: bind: address already in use", { kind: "address-in-use", port: 8080 }],
    [
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
      { kind: "heap-oom" },
    ],
    ["boom: missing DATABASE_URL", { kind: "missing-env", name: "DATABASE_URL" }],
    ["Error: SESSION_KEY_FILE is not set", { kind: "missing-env", name: "SESSION_KEY_FILE" }],
    ["KeyError: 'SECRET_KEY'", { kind: "missing-env", name: "SECRET_KEY" }],
    ["Error: Cannot find module 'express'", { kind: "module-not-found", name: "express" }],
    ["ModuleNotFoundError: No module named 'flask'", { kind: "module-not-found", name: "flask" }],
    [
      "Error: connect ECONNREFUSED 127.0.0.1:5432",
      { kind: "dependency-refused", address: "127.0.0.1", port: 5432 },
    ],
    ["Error: connect ECONNREFUSED ::1:5432", { kind: "dependency-refused", port: 5432 }],
    [
      "dial tcp 10.0.0.9:6379: connect: connection refused",
      { kind: "dependency-refused", address: "10.0.0.9", port: 6379 },
    ],
    [
      `connection to server at "127.0.0.1", port 5432 failed: Connection refused`,
      { kind: "dependency-refused", address: "127.0.0.1", port: 5432 },
    ],
    ["Error: getaddrinfo EAI_AGAIN db.internal", { kind: "dependency-unresolved", name: "db.internal" }],
    [
      "Error: EACCES: permission denied, open '/srv/x/app.log'",
      { kind: "permission-denied", path: "/srv/x/app.log" },
    ],
    ["Error: listen EACCES: permission denied 0.0.0.0:80", { kind: "permission-denied", port: 80 }],
    [
      "PermissionError: [Errno 13] Permission denied: '/run/app/app.sock'",
      { kind: "permission-denied", path: "/run/app/app.sock" },
    ],
    ["accept: Too many open files", { kind: "too-many-open-files" }],
    ["FileNotFoundError: [Errno 2] No such file or directory", { kind: "file-not-found" }],
    ["Listening at: http://127.0.0.1:7403 (2279)", { kind: "listening", address: "127.0.0.1", port: 7403 }],
    ["Listening at: unix:/run/app/app.sock (12)", { kind: "listening", path: "/run/app/app.sock" }],
    [
      "INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
      { kind: "listening", address: "127.0.0.1", port: 8000 },
    ],
    ["listening on 127.0.0.1:3000", { kind: "listening", address: "127.0.0.1", port: 3000 }],
    ["Server running at http://127.0.0.1:3000/", { kind: "listening", address: "127.0.0.1", port: 3000 }],
    ["Example app listening on port 3000", { kind: "listening", port: 3000 }],
    ["* Listening on http://[::1]:3000", { kind: "listening", address: "::1", port: 3000 }],
    ["WORKER TIMEOUT (pid:2294)", { kind: "gunicorn-worker-timeout", pid: 2294 }],
    ["Worker (pid:7) was sent SIGKILL! Perhaps out of memory?", { kind: "gunicorn-sigkill", pid: 7 }],
    ["Worker (pid:2372) was sent SIGSEGV!", { kind: "gunicorn-worker-signal", pid: 2372, signal: "SEGV" }],
    ["gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>", { kind: "gunicorn-boot-failed" }],
    [
      `*** uWSGI listen queue of socket "127.0.0.1:7401" (fd: 3) full !!! (101/100) ***`,
      { kind: "listen-queue-full", count: 100 },
    ],
    [
      "Connection disallowed: IP address '10.0.0.7' has been dropped.",
      { kind: "fpm-client-disallowed", address: "10.0.0.7" },
    ],
    [
      "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
      { kind: "missing-env", name: "SECRET_KEY" },
    ],
    ["sqlalchemy.exc.NoSuchTableError: x", { kind: "exception", name: "sqlalchemy.exc.NoSuchTableError" }],
    [
      "kombu.exceptions.OperationalProblem: no",
      { kind: "exception", name: "kombu.exceptions.OperationalProblem" },
    ],
    ["thread 'main' panicked at src/main.rs:3:5:", { kind: "exception" }],
    ["RuntimeError: boom", { kind: "exception", name: "RuntimeError", detail: "boom" }],
  ])("%s", (line, expected) => {
    expect(classifyLine(line)).toMatchObject(expected);
  });
});

test.each(["see example.com: it is down", "GET /health 200", "listening to your customers", ""])(
  "nothing in: %s",
  (line) => {
    expect(classifyLine(line)).toBeUndefined();
  },
);

describe("parseAppLog", () => {
  const kinds = (name: string): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { kind } of parseAppLog(result(captured(`host/${name}`)))?.events ?? [])
      counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  };

  test("captured gunicorn, uWSGI and php-fpm logs", () => {
    expect(kinds("gunicorn.log")).toMatchObject({
      "gunicorn-worker-timeout": 5,
      "gunicorn-worker-signal": 1,
      "header-too-big": 1,
      listening: 1,
    });
    expect(kinds("uwsgi.log")).toMatchObject({
      "uwsgi-harakiri": 2,
      "uwsgi-worker-died": 4,
      "uwsgi-block-size": 2,
      "uwsgi-empty-response": 1,
    });
    expect(kinds("php-fpm.log")).toMatchObject({
      "fpm-child-signal": 3,
      "fpm-terminate-timeout": 1,
      "fpm-max-children": 1,
      "address-in-use": 2,
    });
  });

  test("times with and without a zone; a traceback's lines take the time above", () => {
    const events = parseAppLog(result(captured("host/gunicorn.log")))?.events ?? [];
    expect(events.find((one) => one.kind === "gunicorn-worker-timeout")).toMatchObject({
      at: Date.UTC(2026, 10, 20, 10, 24, 53),
      line: 7,
      pid: 2294,
    });
    expect(events.find((one) => one.kind === "traceback")).toMatchObject({
      at: Date.UTC(2026, 10, 20, 10, 24, 53),
    });
    expect(parseLogTime("[20-Nov-2026 10:23:24] WARNING: x")).toEqual({
      localTime: "2026-11-20T10:23:24",
      rest: "WARNING: x",
    });
    expect(parseLogTime("Fri Nov 20 10:23:32 2026 - *** x")).toEqual({
      localTime: "2026-11-20T10:23:32",
      rest: "*** x",
    });
    expect(parseLogTime("2026-11-20T11:23:32.123+0100 x")).toEqual({
      at: Date.UTC(2026, 10, 20, 10, 23, 32),
      rest: "x",
    });
  });

  test("an empty log is not an unreadable one", () => {
    expect(parseAppLog(result(""))).toMatchObject({ events: [], lines: 0 });
    expect(
      parseAppLog(
        result("", { stderr: "tail: cannot open 'x' for reading: Permission denied", exitCode: 1 }),
      ),
    ).toBeUndefined();
  });
});
