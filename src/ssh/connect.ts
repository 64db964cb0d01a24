import { NodeSSH } from "node-ssh";
import type { Client, ClientChannel } from "ssh2";
import { ShellError } from "../domain/shell-error.ts";
import { certified } from "./certified.ts";
import { connectError, type Way } from "./connect-error.ts";
import { algorithmsFor, judge, trustOf, noKnownType } from "./host-key.ts";
import { keysOf } from "./keys.ts";
import { fingerprint } from "./known-hosts.ts";
import { allowCertificates } from "./user-certificate.ts";

/** One authenticated connection of a chain. */
export interface Link {
  readonly client: Client;
  /** SHA256:… of the verified host key. */
  readonly hostKey: string;
  /** Resolves when the connection is gone, with the reason. */
  readonly gone: Promise<string>;
  close(): void;
}

/** Connects and logs in to one hop, over a stream that is dialled or by TCP. Throws ShellError. */
export async function connect(way: Way, dial?: () => Promise<ClientChannel>): Promise<Link> {
  const { hop } = way;
  if (hop.refused !== undefined) throw refusedConfig(hop.name, hop.refused);
  const [noted, keys] = await Promise.all([trustOf(hop), keysOf(hop)]);
  const known = await certified(way, noted, dial);
  const sock = await dial?.();
  const ssh = new NodeSSH();
  let verdict: ShellError | undefined;
  let hostKey = "";
  const attempts = [...keys.candidates];
  const connecting = ssh.connect({
    ...(sock === undefined ? { host: hop.hostName, port: hop.port } : { sock }),
    username: hop.user,
    readyTimeout: way.timeoutMs,
    keepaliveInterval: hop.serverAliveIntervalMs,
    keepaliveCountMax: hop.serverAliveCountMax,
    algorithms: { serverHostKey: algorithmsFor(known) },
    hostVerifier: (key: Buffer) => {
      verdict = judge(hop, known, key);
      hostKey = fingerprint(key);
      return verdict === undefined;
    },
    authHandler: (_left, _partial, next) => {
      const candidate = attempts.shift();
      // ssh2 documents false as the end of the list; its types forgot it.
      if (candidate === undefined) Reflect.apply(next, undefined, [false]);
      else if (candidate.kind === "file") next({ type: "publickey", username: hop.user, key: candidate.key });
      else next({ type: "agent", username: hop.user, agent: candidate.agent });
    },
  });
  const client = ssh.connection;
  if (client === null) throw await failure(connecting);
  // Not before: the key exchange puts another packet writer in place.
  client.once("handshake", () => allowCertificates(client));
  // Small packets must not wait for one another: a handshake is a dozen of them.
  client.once("connect", () => client.setNoDelay(true));
  // node-ssh listens for errors only until the login; an unheard one would end the process.
  let reason = "the connection was closed";
  client.on("error", (error) => {
    reason = error.message;
  });
  const gone = new Promise<string>((resolve) => client.once("close", () => resolve(reason)));
  const error = await failure(connecting);
  if (error === undefined) return { client, hostKey, gone, close: () => client.end() };
  client.destroy();
  sock?.destroy();
  if (verdict !== undefined) throw verdict;
  if (isNoKnownType(error)) {
    const changed = noKnownType(hop, known);
    if (changed !== undefined) throw changed;
  }
  throw connectError(way, error, keys);
}

function refusedConfig(name: string, because: string): ShellError {
  return new ShellError(
    "unsupported-config",
    `${name} is not connected to: ${because}.`,
    `Write ${name} into hosts: with hostName, user and proxyJump of its own.`,
  );
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error ?? new Error("unknown error");
  }
}

function isNoKnownType(error: unknown): boolean {
  return error instanceof Error && /no matching host key (format|algorithm)/i.test(error.message);
}
