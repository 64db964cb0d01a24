import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { auditFile } from "../../src/store/audit-file.ts";
import { auditSyslog } from "../../src/store/audit-syslog.ts";
import { syslogLine } from "../../src/store/syslog-line.ts";
import { auditLine } from "../../src/workflows/audit-line.ts";
import type { KeptEntry } from "../../src/workflows/keeping-store.ts";
import { freePort } from "../support/openssh.ts";
import { until } from "../support/place.ts";

let dir: string;
const servers: Server[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fiveohtwo-sink-"));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(dir, { recursive: true, force: true });
});

const entry = (seq: number, detail: KeptEntry["detail"] = { reason: "über\nzwei" }): KeptEntry => ({
  seq,
  hash: `${seq}`.padStart(64, "a"),
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  actor: "U0000FAKE1",
  via: "slack",
  action: "approval.approve",
  host: "web-1",
  detail,
});
const Line = z.object({ id: z.string(), seq: z.number(), time: z.string() });
const lines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => Line.parse(JSON.parse(line)).seq);

test("a line is one line of JSON with the entry's own id; too long a detail gives way to its size", () => {
  const line = auditLine(entry(7));
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toMatchObject({
    schema: "502/audit@1",
    id: entry(7).hash,
    seq: 7,
    time: "2026-01-02T03:04:05.006Z",
    actor: "U0000FAKE1",
    detail: { reason: "über\nzwei" },
  });
  const long = entry(8, { text: "x".repeat(9000) });
  expect(JSON.parse(auditLine(long, 8000))).toMatchObject({
    seq: 8,
    detail: { cut: auditLine(long).length },
  });
});

test("a file gets one line an entry, is its owner's only, and may be rotated", async () => {
  const path = join(dir, "audit.jsonl");
  const file = auditFile(path);
  await file.write([entry(1), entry(2)]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  renameSync(path, `${path}.1`);
  await file.write([entry(3)]);
  expect(lines(readFileSync(`${path}.1`, "utf8"))).toEqual([1, 2]);
  expect(lines(readFileSync(path, "utf8"))).toEqual([3]);
});

test("a line that a crash cut is not glued to the next", async () => {
  const path = join(dir, "audit.jsonl");
  await auditFile(path).write([entry(1)]);
  appendFileSync(path, auditLine(entry(2)).slice(0, 40));
  await auditFile(path).write([entry(2)]);
  const [first, torn, again] = readFileSync(path, "utf8").split("\n");
  expect([first, again].map((line) => Line.parse(JSON.parse(line ?? "")).seq)).toEqual([1, 2]);
  expect(torn).toHaveLength(40);
});

test("a file that cannot be written is named, with why and what to do", async () => {
  await expect(auditFile(join(dir, "none", "a.jsonl")).write([entry(1)])).rejects.toThrow(
    /none\/a\.jsonl cannot be written: its folder does not exist\. Make it writable .* audit\.file\.$/,
  );
  mkdirSync(join(dir, "folder"));
  await expect(auditFile(join(dir, "folder")).write([entry(1)])).rejects.toThrow("it is a folder");
});

test("a message of RFC 5424: authpriv.notice, time, host, program, process, and the JSON", () => {
  const line = syslogLine(entry(1), { host: "bot-1", pid: 42 });
  const json = auditLine(entry(1));
  expect(line).toBe(`<85>1 2026-01-02T03:04:05.006Z bot-1 fiveohtwo 42 audit - ${json}`);
  expect(syslogLine(entry(1), { host: " \n", pid: 42 })).toContain("Z - fiveohtwo 42 ");
  expect(
    Buffer.byteLength(syslogLine(entry(1, { x: "ü".repeat(9000) }), { host: "h", pid: 1 })),
  ).toBeLessThan(8192);
});

test("over UDP each entry is a datagram", async () => {
  const receiver = createSocket("udp4");
  const got: string[] = [];
  receiver.on("message", (m) => got.push(m.toString()));
  receiver.bind(0, "127.0.0.1");
  await once(receiver, "listening");
  try {
    await auditSyslog(`udp://127.0.0.1:${receiver.address().port}`).write([entry(1), entry(2)]);
    await until("two datagrams", () => got.length === 2);
    expect(got.map((m) => lines(m.slice(m.indexOf("{")))[0])).toEqual([1, 2]);
    expect(got[0]).toMatch(/^<85>1 /);
  } finally {
    receiver.close();
  }
});

/** A receiver: what it does with a connection; @returns its port */
async function tcp(answer: (socket: Socket) => void, path?: string): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, answer);
  servers.push(server);
  if (path === undefined) server.listen(0, "127.0.0.1");
  else server.listen(path);
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("over TCP entries are framed by their length, and there when the receiver closed", async () => {
  let got = "";
  const port = await tcp((socket) => {
    socket.on("data", (chunk) => (got += chunk.toString()));
    socket.on("end", () => socket.end());
  });
  await auditSyslog(`tcp://127.0.0.1:${port}`).write([entry(1), entry(2)]);
  const bytes = Buffer.from(got);
  const first = Number(got.split(" ")[0]);
  const start = `${first} `.length;
  expect(
    lines(
      bytes
        .subarray(start, start + first)
        .toString()
        .replace(/^[^{]*/, ""),
    ),
  ).toEqual([1]);
  expect(bytes.subarray(start + first).toString()).toMatch(/^\d+ <85>1 .*"seq":2/);
});

test("over TCP a receiver that is away, breaks off or does not close has not got them", async () => {
  const away = `tcp://127.0.0.1:${await freePort()}`;
  await expect(auditSyslog(away).write([entry(1)])).rejects.toThrow(
    /does not take them \(.*ECONNREFUSED.*\)\. Check that it listens/,
  );
  const breaking = await tcp((socket) => socket.resetAndDestroy());
  await expect(auditSyslog(`tcp://127.0.0.1:${breaking}`).write([entry(1)])).rejects.toThrow(
    "does not take them",
  );
  const open: Socket[] = [];
  const silent = await tcp((socket) => open.push(socket));
  const sink = auditSyslog(`tcp://127.0.0.1:${silent}`, { patienceMs: 100 });
  await expect(sink.write([entry(1)])).rejects.toThrow("no answer within 0.1 s");
  for (const socket of open) socket.destroy();
});

const logger = spawnSync("logger", ["--version"]).status === 0;
test.skipIf(!logger)("this machine's own syslog is written through logger (needs logger)", async () => {
  const local = join(dir, "log");
  await expect(auditSyslog(true, { local }).write([entry(1)])).rejects.toThrow(`${local} does not take them`);
  let got = "";
  await tcp(
    (socket) => socket.on("data", (chunk) => (got += chunk.toString())).on("end", () => socket.end()),
    local,
  );
  await auditSyslog(true, { local }).write([entry(1), entry(2, { x: "y".repeat(3000) })]);
  await until("both entries", () => got.includes('"seq":2') && got.includes('yyy"}'));
  expect(got).toMatch(/^<85>/);
  expect(got).toContain("fiveohtwo");
  const json = got
    .split(/(?=\{"schema")/)
    .slice(1)
    .map((m) => m.slice(0, m.lastIndexOf("}") + 1));
  expect(json.map((m) => lines(m)[0])).toEqual([1, 2]);
});
