import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { type Readable, Transform, type Writable } from "node:stream";
import ssh2, { type Connection, type ServerChannel } from "ssh2";
import { LOCK_FOLDERS } from "../../playbook/fix-script.ts";
import { newKeyPair } from "./key-pair.ts";

export interface HostServer {
  readonly port: number;
  /** `TYPE BASE64` of the host's public key. */
  readonly hostKey: string;
  stop(): Promise<void>;
}

export interface HostServerOptions {
  /** The host's own folder, with the stand-ins for its programs. */
  readonly folder: string;
  readonly programs: string;
  /** The one public key that may log in, as `TYPE BASE64`. */
  readonly authorizedKey: string;
}

/** A real SSH server on 127.0.0.1 that runs the scripts of waves and fixes over a host's recorded answers. */
export async function startHostServer(options: HostServerOptions): Promise<HostServer> {
  const key = newKeyPair();
  const clients = new Set<Connection>();
  const children = new Set<ChildProcess>();
  const server = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client));
    client.on("error", () => client.end());
    authenticate(client, options.authorizedKey);
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, reject, info) => {
        // Nothing but the bot's own constant command.
        if (info.command === "sh -s") serve(acceptExec(), options, children);
        else reject();
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the SSH server has no port");
  return {
    port: address.port,
    hostKey: words(key.public, 2),
    stop: async () => {
      for (const child of children) end(child);
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function authenticate(client: Connection, authorizedKey: string): void {
  const allowed = ssh2.utils.parseKey(authorizedKey);
  if (allowed instanceof Error) throw allowed;
  client.on("authentication", (ctx) => {
    if (ctx.method !== "publickey" || !ctx.key.data.equals(allowed.getPublicSSH()))
      return ctx.reject(["publickey"]);
    const { signature, blob, hashAlgo } = ctx;
    // Without a signature the client only asks whether this key would do.
    if (signature === undefined || blob === undefined) return ctx.accept();
    // It gives an Error for a signature it cannot read.
    const verified: unknown = allowed.verify(blob, signature, hashAlgo);
    return verified === true ? ctx.accept() : ctx.reject(["publickey"]);
  });
}

function serve(channel: ServerChannel, options: HostServerOptions, children: Set<ChildProcess>): void {
  const home = join(options.folder, "home");
  const child = spawn("/bin/sh", ["-s"], {
    cwd: home,
    env: { PATH: `${options.programs}:/usr/bin:/bin`, HOME: home },
    // A group of its own: what the script left in the background ends with it.
    detached: true,
  });
  children.add(child);
  const stdin: Writable = child.stdin;
  const [stdout, stderr]: Readable[] = [child.stdout, child.stderr];
  stdin.on("error", () => undefined);
  channel.on("error", () => end(child));
  channel.pipe(ownLock()).pipe(stdin);
  stdout?.pipe(channel, { end: false });
  stderr?.pipe(channel.stderr, { end: false });
  channel.on("close", () => end(child));
  child.on("close", (code) => {
    children.delete(child);
    if (channel.writable) {
      channel.exit(code ?? 1);
      channel.end();
    }
  });
}

/** Every replayed host has a lock folder of its own; this machine's stays untouched. */
function ownLock(): Transform {
  let rest = "";
  const own = (line: string): string => (line === LOCK_FOLDERS ? "D=$HOME/lock FOLDERS=" : line);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + chunk.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      done(null, Buffer.from(lines.map((l) => `${own(l)}\n`).join(""), "latin1"));
    },
    flush(done) {
      done(null, Buffer.from(own(rest), "latin1"));
    },
  });
}

function end(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function words(text: string, n: number): string {
  return text.trim().split(/\s+/).slice(0, n).join(" ");
}
