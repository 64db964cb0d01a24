import { readFile, stat } from "node:fs/promises";
import ssh2, { type ParsedKey } from "ssh2";
import type { Hop } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import { quoteArgv } from "../playbook/quote.ts";
import { type AgentKeys, agentKeys } from "./agent.ts";
import { CertifiedKey, readUserCertificate } from "./user-certificate.ts";

/** A way to log in, in the order they are tried. */
type Candidate =
  | { readonly kind: "file"; readonly label: string; readonly key: ParsedKey }
  | { readonly kind: "agent"; readonly label: string; readonly agent: AgentKeys | CertifiedKey };

/** What a hop can log in with, and what it cannot and why. */
export interface Keys {
  readonly candidates: readonly Candidate[];
  /** One per named key that could not be used; they explain a refused login. */
  readonly problems: readonly ShellError[];
}

interface Identity {
  readonly file: string;
  readonly key?: ParsedKey;
  /** The public half, as far as it is known without a passphrase. */
  readonly blob?: Buffer;
  readonly problem?: ShellError;
}

/**
 * Collects the keys of a hop: named files first (from the agent where it holds them), then the
 * agent's other keys unless IdentitiesOnly, then OpenSSH's default files.
 */
export async function keysOf(hop: Hop): Promise<Keys> {
  const identities = await Promise.all(
    hop.identityFiles.map((file) => readIdentity(file, hop.identitiesNamed)),
  );
  const agent = hop.identityAgent === null ? undefined : await agentKeys(hop.identityAgent);
  const blobs = identities.flatMap((identity) => identity.blob ?? []);
  const files: Candidate[] = identities.flatMap((identity) =>
    identity.key === undefined ? [] : [{ kind: "file", label: identity.file, key: identity.key }],
  );
  // A key that is at hand as a file needs no agent.
  const unlocked = identities.flatMap((identity) => (identity.key && identity.blob ? [identity.blob] : []));
  const mine = agent?.keeping((blob) => includes(blobs, blob) && !includes(unlocked, blob));
  const others = hop.identitiesOnly ? undefined : agent?.keeping((blob) => !includes(blobs, blob));
  const certificates = await certificatesOf(hop, identities, agent);
  const own = [...certificates.candidates, ...asCandidate(mine, "agent (named keys)"), ...files];
  const rest = asCandidate(others, "agent");
  const problems = identities.flatMap((identity) => {
    const held = identity.blob !== undefined && (mine?.has(identity.blob) ?? false);
    return identity.problem === undefined || held ? [] : [identity.problem];
  });
  return {
    candidates: hop.identitiesNamed ? [...own, ...rest] : [...rest, ...own],
    problems: [...problems, ...certificates.problems],
  };
}

/** The certificates of the keys at hand: those named, and KEY-cert.pub beside each key. */
async function certificatesOf(
  hop: Hop,
  identities: readonly Identity[],
  agent: AgentKeys | undefined,
): Promise<Keys> {
  const files = [...(hop.certificateFiles ?? []), ...identities.map(({ file }) => `${file}-cert.pub`)];
  const read = await Promise.all(files.map(readUserCertificate));
  const candidates: Candidate[] = [];
  const problems: ShellError[] = [];
  for (const certificate of read) {
    if (certificate === undefined) continue;
    const { file, publicKey, blob, fault } = certificate;
    const own = identities.find((identity) => identity.blob?.equals(publicKey))?.key;
    const held = own === undefined ? agent?.find(publicKey) : undefined;
    const plain = own ?? held;
    if (fault !== undefined) problems.push(new ShellError("auth-failed", fault, "Have a new one issued."));
    else if (plain !== undefined) {
      const key = held === undefined ? new CertifiedKey(plain, blob) : new CertifiedKey(plain, blob, agent);
      candidates.push({ kind: "agent", label: file, agent: key });
    }
  }
  return { candidates, problems };
}

function asCandidate(agent: AgentKeys | undefined, label: string): Candidate[] {
  return agent === undefined || agent.size === 0 ? [] : [{ kind: "agent", label, agent }];
}

function includes(blobs: readonly Buffer[], blob: Buffer): boolean {
  return blobs.some((other) => other.equals(blob));
}

async function readIdentity(file: string, named: boolean): Promise<Identity> {
  const blob = await publicHalf(file);
  const known = blob === undefined ? {} : { blob };
  let text: Buffer;
  try {
    const { mode, uid } = await stat(file);
    // OpenSSH's own rule: a key that others can read is nobody's.
    if ((mode & 0o077) !== 0 && uid === process.getuid?.()) {
      const because = `The key ${file} can be read by others (mode ${(mode & 0o777).toString(8)}), so it is not used.`;
      return { file, ...known, problem: unreadable(because, quoteArgv(["chmod", "600", file])) };
    }
    text = await readFile(file);
  } catch (error) {
    if (!named) return { file, ...known };
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const because = `The key ${file} cannot be read (${code}).`;
    return { file, ...known, problem: unreadable(because, `Look at it: ${quoteArgv(["ls", "-l", file])}`) };
  }
  const parsed = ssh2.utils.parseKey(text);
  if (!(parsed instanceof Error)) return { file, key: parsed, blob: parsed.getPublicSSH() };
  if (/passphrase|encrypted/i.test(parsed.message)) {
    const because = `The key ${file} has a passphrase, and no agent holds it.`;
    const open = blob ?? openHalf(text.toString("latin1"));
    const problem = new ShellError("key-encrypted", because, addToAgent(file));
    return { file, problem, ...(open === undefined ? {} : { blob: open }) };
  }
  const because = `The key ${file} is of no form that can be read here (${parsed.message}).`;
  return { file, ...known, problem: unreadable(because, `If it is kept in hardware, ${addToAgent(file)}`) };
}

async function publicHalf(file: string): Promise<Buffer | undefined> {
  try {
    const parsed = ssh2.utils.parseKey(await readFile(`${file}.pub`));
    return parsed instanceof Error ? undefined : parsed.getPublicSSH();
  } catch {
    return undefined;
  }
}

/** The public key in an OpenSSH key file, which stands there in the open (PROTOCOL.key). */
function openHalf(text: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/.exec(text)?.[1];
  const data = Buffer.from(body ?? "", "base64");
  const magic = "openssh-key-v1\0";
  if (data.toString("latin1", 0, magic.length) !== magic) return undefined;
  let at = magic.length;
  const take = (): Buffer => {
    const end = at + 4 + (at + 4 <= data.length ? data.readUInt32BE(at) : 0);
    const part = data.subarray(at + 4, end);
    at = end;
    return part;
  };
  // Cipher, key derivation and its options, then the number of keys and the first public one.
  for (let i = 0; i < 3; i++) take();
  at += 4;
  const blob = take();
  return blob.length > 0 ? Buffer.from(blob) : undefined;
}

function unreadable(message: string, hint: string): ShellError {
  return new ShellError("key-unreadable", message, hint);
}

function addToAgent(file: string): string {
  return `run ${quoteArgv(["ssh-add", file])} in the session that starts the bot, so that SSH_AUTH_SOCK leads to it.`;
}
