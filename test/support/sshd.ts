import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server as TcpServer, Socket } from "node:net";
import ssh2, { type Connection, type ServerChannel } from "ssh2";
import type { Host } from "../../src/domain/host.ts";
import { hopTo } from "./openssh.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SshdOptions {
  /** The shell that runs the script, with its arguments; default `sh -s`. */
  readonly shell?: readonly string[];
  /** What the login shell prints before the script starts. */
  readonly noise?: string;
  /** Environment of the shell. */
  readonly env?: Readonly<Record<string, string>>;
  /** Accept the TCP connection and say nothing. */
  readonly silent?: boolean;
  /** Refuse every key. */
  readonly refuseKeys?: boolean;
  /** Cut the connection once so many bytes of output were sent. */
  readonly dropAfterBytes?: number;
  /** Accept an exec and never start the shell. */
  readonly deaf?: boolean;
  /** Answer forwarding requests: "yes", "no" (prohibited), or never. */
  readonly forward?: "yes" | "no" | "never";
  readonly hostKeyType?: "ed25519" | "ecdsa" | "rsa";
}

export interface TestSshd {
  readonly port: number;
  readonly directory: string;
  /** Commands asked for by exec, in their order. */
  readonly execs: string[];
  /** Connections open now. */
  connections(): number;
  /** Channels opened by exec so far that have not closed. */
  shells(): number;
  host(name: string, over?: Partial<Host>): Host;
  stop(): Promise<void>;
}

/** An SSH server in this process that really runs the scripts it is given, in a temporary directory. */
export async function startTestSshd(options: SshdOptions = {}): Promise<TestSshd> {
  const directory = mkdtempSync(join(tmpdir(), "fiveohtwo-ssh2-"));
  const hostKey = newKey(options.hostKeyType ?? "ed25519");
  const userKey = newKey("ed25519");
  const identity = join(directory, "id");
  writeFileSync(identity, userKey.private, { mode: 0o600 });
  const execs: string[] = [];
  const open = new Set<Connection | Socket>();
  const children = new Set<ChildProcess>();

  const serve = (client: Connection): void => {
    open.add(client);
    client.on("close", () => open.delete(client));
    client.on("error", () => client.end());
    client.on("authentication", (context) => {
      if (context.method === "publickey" && options.refuseKeys !== true) context.accept();
      else context.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      const session = accept();
      session.on("exec", (acceptExec, _reject, info) => {
        execs.push(info.command);
        runShell(acceptExec(), client, options, directory, children);
      });
    });
    client.on("tcpip", (accept, reject, info) => {
      if (options.forward === "no") return reject();
      if (options.forward === "never") return;
      const socket = new Socket();
      const channel = accept();
      socket.connect(info.destPort, info.destIP);
      socket.on("error", () => channel.close());
      channel.on("error", () => socket.destroy());
      channel.pipe(socket).pipe(channel);
      channel.on("close", () => socket.destroy());
    });
  };
  const server =
    options.silent === true ? silentServer(open) : new ssh2.Server({ hostKeys: [hostKey.private] }, serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const known = join(directory, "known_hosts");
  writeFileSync(known, `[127.0.0.1]:${port} ${hostKey.public}\n`);
  return {
    port,
    directory,
    execs,
    connections: () => open.size,
    shells: () => children.size,
    host: (name, over = {}) => ({
      ...hopTo(name, port),
      user: "ops",
      identityFiles: [identity],
      knownHostsFiles: [known],
      jumps: [],
      groups: [],
      addresses: [],
      source: "file",
      ...over,
    }),
    stop: async () => {
      for (const child of children) child.kill("SIGKILL");
      for (const connection of open) {
        if (connection instanceof Socket) connection.destroy();
        else connection.end();
      }
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function silentServer(open: Set<Connection | Socket>): TcpServer {
  return createServer((socket) => {
    open.add(socket);
    socket.resume();
    socket.on("error", () => socket.destroy());
    socket.on("close", () => open.delete(socket));
  });
}

function newKey(type: "ed25519" | "ecdsa" | "rsa"): { private: string; public: string } {
  for (;;) {
    const pair =
      type === "rsa"
        ? ssh2.utils.generateKeyPairSync("rsa", { bits: 2048 })
        : type === "ecdsa"
          ? ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 })
          : ssh2.utils.generateKeyPairSync("ed25519");
    // ssh2 1.17 makes an unreadable ed25519 key about once in 300 times; OpenSSH refuses those, too.
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

function runShell(
  channel: ServerChannel,
  client: Connection,
  options: SshdOptions,
  directory: string,
  children: Set<ChildProcess>,
): void {
  if (options.noise !== undefined) channel.write(options.noise);
  if (options.deaf === true) return;
  const [program = "sh", ...args] = options.shell ?? ["sh", "-s"];
  const child = spawn(program, args, { cwd: directory, env: { ...process.env, ...options.env } });
  children.add(child);
  let sent = 0;
  const pass = (to: { write: (chunk: Buffer) => unknown }) => (chunk: Buffer) => {
    sent += chunk.length;
    if (options.dropAfterBytes !== undefined && sent > options.dropAfterBytes) client.end();
    else to.write(chunk);
  };
  child.stdout.on("data", pass(channel));
  child.stderr.on("data", pass(channel.stderr));
  child.stdin.on("error", () => undefined);
  channel.on("data", (chunk: Buffer) => child.stdin.write(chunk));
  channel.on("end", () => child.stdin.end());
  // As sshd does: a closed channel closes the pipes, and who writes to them ends.
  channel.on("close", () => {
    child.stdin.end();
    child.stdout.destroy();
    child.stderr.destroy();
  });
  child.on("close", (code) => {
    children.delete(child);
    try {
      channel.exit(code ?? 255);
      channel.close();
    } catch {
      // The connection went first.
    }
  });
}
