import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Socket } from "node:net";
import type { Host, Hop } from "../../src/domain/host.ts";

/** True where a real OpenSSH server is installed. */
export const hasSshd = existsSync("/usr/sbin/sshd");

export interface RealSshd {
  readonly directory: string;
  readonly port: number;
  /** The private key that may log in, and the known_hosts file that knows the server. */
  readonly identityFile: string;
  readonly knownHostsFile: string;
  readonly hostKeyFile: string;
  host(name: string, over?: Partial<Host>): Host;
  stop(): Promise<void>;
}

/** A port of loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export function sshKeygen(...args: string[]): string {
  return execFileSync("ssh-keygen", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Starts a real sshd on loopback with keys of its own, as the user who runs the tests; `lines` are added to its configuration, and may make files for it. */
export async function startSshd(
  lines: readonly string[] | ((directory: string) => readonly string[]) = [],
): Promise<RealSshd> {
  const directory = mkdtempSync(join(tmpdir(), "fiveohtwo-sshd-"));
  const file = (name: string): string => join(directory, name);
  sshKeygen("-q", "-t", "ed25519", "-N", "", "-f", file("host_key"));
  sshKeygen("-q", "-t", "ed25519", "-N", "", "-f", file("id"));
  writeFileSync(file("authorized_keys"), readFileSync(file("id.pub")), { mode: 0o600 });
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const port = await freePort();
  const config = [
    ...(typeof lines === "function" ? lines(directory) : lines),
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${file("host_key")}`,
    `AuthorizedKeysFile ${file("authorized_keys")}`,
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PidFile none",
    "LogLevel VERBOSE",
    // bash reads the .bashrc of whoever runs the tests where sshd starts it, unless it seems to be an inner shell.
    "SetEnv SHLVL=2",
  ];
  writeFileSync(file("sshd_config"), `${config.join("\n")}\n`);
  const child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", file("sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  await listening(port, child, () => log);
  const known = readFileSync(file("host_key.pub"), "utf8").split(" ").slice(0, 2).join(" ");
  writeFileSync(file("known_hosts"), `[127.0.0.1]:${port} ${known}\n`);
  return {
    directory,
    port,
    identityFile: file("id"),
    knownHostsFile: file("known_hosts"),
    hostKeyFile: file("host_key"),
    host: (name, over = {}) => ({
      ...hopTo(name, port),
      identityFiles: [file("id")],
      knownHostsFiles: [file("known_hosts")],
      jumps: [],
      groups: [],
      addresses: [],
      source: "file",
      ...over,
    }),
    stop: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A hop on loopback with short time-outs and no keys. */
export function hopTo(name: string, port: number): Hop {
  return {
    name,
    hostName: "127.0.0.1",
    port,
    user: userInfo().username,
    identityFiles: [],
    identitiesNamed: true,
    identitiesOnly: true,
    identityAgent: null,
    knownHostsFiles: [],
    // A login takes its time on a loaded machine; tests of what does not answer say less.
    connectTimeoutMs: 15_000,
    serverAliveIntervalMs: 1000,
    serverAliveCountMax: 2,
  };
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = new Socket();
      socket.once("connect", () => resolve(socket.destroy() !== undefined));
      socket.once("error", () => resolve(false));
      socket.connect(port, "127.0.0.1");
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
