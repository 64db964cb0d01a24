import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { hostname } from "node:os";
import type { KeptEntry } from "../workflows/keeping-store.ts";
import type { AuditSink } from "../workflows/stream-audit.ts";
import { syslogJson, syslogLine } from "./syslog-line.ts";

/** RFC 5426; the port that TCP receivers listen on, too. */
const PORT = 514;

/** Where this machine's own syslog takes messages. */
export const LOCAL_SYSLOG = "/dev/log";

/**
 * Sends the audit log's entries to a syslog receiver.
 * @param where `udp://ADDRESS:PORT`, `tcp://ADDRESS:PORT`, or true for this machine's own, which is at `local`
 * @param patienceMs after which a receiver that does not answer counts as away
 */
export function auditSyslog(
  where: string | true,
  { local = LOCAL_SYSLOG, patienceMs = 5000 }: { readonly local?: string; readonly patienceMs?: number } = {},
): AuditSink {
  if (where === true) {
    const write: AuditSink["write"] = (entries) => sendLocal(local, entries, patienceMs);
    return { name: `syslog ${local}`, kind: "syslog", write };
  }
  const url = new URL(where);
  const to = {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? PORT : Number(url.port),
    patienceMs,
  };
  const send = url.protocol === "udp:" ? sendUdp : sendTcp;
  return {
    name: `syslog ${where}`,
    kind: "syslog",
    write: async (entries) => {
      const from = { host: hostname(), pid: process.pid };
      try {
        await send(
          to,
          entries.map((entry) => Buffer.from(syslogLine(entry, from))),
        );
      } catch (error) {
        throw cannot(where, error);
      }
    },
  };
}

interface Receiver {
  readonly host: string;
  readonly port: number;
  readonly patienceMs: number;
}

/** One datagram a message (RFC 5426). Nobody confirms a datagram. */
async function sendUdp({ host, port }: Receiver, messages: readonly Buffer[]): Promise<void> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  // Each message's own error is given to its callback.
  socket.on("error", () => undefined);
  try {
    for (const message of messages) {
      await new Promise<void>((resolve, reject) => {
        socket.send(message, port, address, (error) => (error === null ? resolve() : reject(error)));
      });
    }
  } finally {
    socket.close();
  }
}

/**
 * Each message behind its length (RFC 6587), over a connection of its own for each batch: TCP tells that everything
 * arrived only when the receiver closes in answer.
 */
async function sendTcp({ host, port, patienceMs }: Receiver, messages: readonly Buffer[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(patienceMs, () => socket.destroy(new Error(`no answer within ${patienceMs / 1000} s`)));
    socket.once("error", reject);
    socket.once("close", (failed) => (failed ? undefined : resolve()));
    // What a receiver says is of no interest, but it must be read for its end to be seen.
    socket.resume();
    socket.end(Buffer.concat(messages.flatMap((m) => [Buffer.from(`${m.length} `), m])));
  });
}

/**
 * Through logger(1): it speaks the dialect of this machine's /dev/log, which is a datagram socket that Node cannot
 * open, and says when nobody listens.
 */
async function sendLocal(path: string, entries: readonly KeptEntry[], timeout: number): Promise<void> {
  const args = [
    "--socket",
    path,
    "--socket-errors=on",
    "--size",
    "8KiB",
    "-p",
    "authpriv.notice",
    "-t",
    "fiveohtwo",
  ];
  await new Promise<void>((resolve, reject) => {
    const child = spawn("logger", args, { stdio: ["pipe", "ignore", "pipe"], timeout });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(0, 200);
    });
    child.once("error", (error) => reject(cannot(path, error)));
    child.once("close", (code) => {
      if (code === 0 && said === "") resolve();
      else reject(cannot(path, new Error(said.trim() || `logger ended with ${code ?? "a signal"}`)));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(entries.map((entry) => `${syslogJson(entry)}\n`).join(""));
  });
}

function cannot(where: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(
    `${where} does not take them (${why}). Check that it listens, or name another with audit.syslog (false: none).`,
    { cause: error },
  );
}
