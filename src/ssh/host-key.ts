import type { ServerHostKeyAlgorithm } from "ssh2";
import { readFile } from "node:fs/promises";
import type { Hop } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import { quoteArgv } from "../playbook/quote.ts";
import {
  fingerprint,
  type Known,
  type KnownHost,
  keyType,
  knownHostName,
  lookUp,
  parseKnownHosts,
} from "./known-hosts.ts";

/** The signature algorithms to ask for, per type of known key; SHA-1 signatures are never accepted. */
const ALGORITHMS: Record<string, readonly ServerHostKeyAlgorithm[]> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};
const PREFERENCE = Object.keys(ALGORITHMS);

/** What is trusted of one hop. */
export interface Trust extends Known {
  /** Keys filed under the name without its port, which OpenSSH accepts, too, where the port has none of its own. */
  readonly elsewhere: readonly KnownHost[];
  /** Why the host's certificate does not vouch for it, where an authority is known. */
  readonly certificateFault?: string;
}

/** Reads all the known_hosts files of a hop; one that does not exist holds nothing. */
export async function trustOf(hop: Hop): Promise<Trust> {
  const texts = await Promise.all(
    hop.knownHostsFiles.map(async (file) => {
      try {
        return parseKnownHosts(await readFile(file, "utf8"), file);
      } catch {
        return [];
      }
    }),
  );
  const entries = texts.flat();
  const own = lookUp(entries, knownHostName(hop.hostName, hop.port, hop.hostKeyAlias));
  if (hop.port === 22 || hop.hostKeyAlias !== undefined) return { ...own, elsewhere: [] };
  const plain = lookUp(entries, knownHostName(hop.hostName, 22));
  return {
    keys: own.keys,
    authorities: [...own.authorities, ...plain.authorities],
    revoked: [...own.revoked, ...plain.revoked],
    elsewhere: own.keys.length > 0 ? [] : plain.keys,
  };
}

/**
 * The host key algorithms to offer: those of the known keys. When none is known for sure, all of
 * them, to be able to show the key, the likely ones first.
 */
export function algorithmsFor(known: Trust): ServerHostKeyAlgorithm[] {
  const of = (entries: readonly KnownHost[]): string[] =>
    PREFERENCE.filter((type) => entries.some((entry) => entry.type === type));
  const own = of(known.keys);
  const types = own.length > 0 ? own : new Set([...of(known.elsewhere), ...PREFERENCE]);
  return [...types].flatMap((type) => ALGORITHMS[type] ?? []);
}

/** Judges the key that the server proved to hold; undefined when it is the known one. */
export function judge(hop: Hop, known: Trust, key: Buffer): ShellError | undefined {
  if (known.revoked.some((entry) => entry.key.equals(key))) return revoked(hop, known, key);
  if ([...known.keys, ...known.elsewhere].some((entry) => entry.key.equals(key))) return undefined;
  const other = known.keys.find((entry) => entry.type === keyType(key)) ?? known.keys[0];
  if (other !== undefined) return changed(hop, other, `it is now ${keyType(key)} ${fingerprint(key)}`);
  return unknown(hop, known, key);
}

/** The server offered none of the key types that are known of it. */
export function noKnownType(hop: Hop, known: Trust): ShellError | undefined {
  const entry = known.keys[0];
  return entry && changed(hop, entry, "the server offers no key of that type any more");
}

function at(entry: KnownHost): string {
  return `${entry.file}:${entry.line}`;
}

function showKeys(hop: Hop): string {
  const scan = quoteArgv(["ssh-keyscan", "-p", String(hop.port), hop.hostName]);
  return `${scan} 2>/dev/null | ssh-keygen -lf -`;
}

function unknown(hop: Hop, known: Trust, key: Buffer): ShellError {
  const file = hop.knownHostsFiles[0];
  const name = knownHostName(hop.hostName, hop.port, hop.hostKeyAlias);
  const authority = known.authorities[0];
  const offered = `It offers ${keyType(key)} ${fingerprint(key)}.`;
  if (authority !== undefined) {
    return new ShellError(
      "unknown-host-key",
      `${hop.name} is known through a certificate authority (${at(authority)}) only, and ${known.certificateFault ?? "showed no certificate"}. ${offered}`,
      `Renew the host's certificate, or compare its key with one you trust and add it: ${showKeys(hop)}`,
    );
  }
  const scan = quoteArgv(["ssh-keyscan", "-p", String(hop.port), hop.hostName]);
  const rename = hop.hostKeyAlias === undefined ? "" : ` (filed under ${name})`;
  return new ShellError(
    "unknown-host-key",
    `The host key of ${hop.name} (${name}) is not known. ${offered}`,
    `Compare it with the fingerprint on the host's console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); if they agree: ${scan} >> ${file === undefined ? "~/.ssh/known_hosts" : quoteArgv([file])}${rename}`,
  );
}

function changed(hop: Hop, entry: KnownHost, now: string): ShellError {
  const name = knownHostName(hop.hostName, hop.port, hop.hostKeyAlias);
  return new ShellError(
    "changed-host-key",
    `The host key of ${hop.name} (${name}) is not the known one: ${at(entry)} has ${entry.type} ${fingerprint(entry.key)}, ${now}. Either the host was reinstalled or somebody stands between.`,
    `Find out on the host's console why. If it was reinstalled: ${quoteArgv(["ssh-keygen", "-R", name, "-f", entry.file])}, then compare the new key before you add it: ${showKeys(hop)}`,
  );
}

function revoked(hop: Hop, known: Trust, key: Buffer): ShellError {
  const entry = known.revoked.find((candidate) => candidate.key.equals(key));
  return new ShellError(
    "revoked-host-key",
    `The host key of ${hop.name}, ${fingerprint(key)}, is revoked (${entry === undefined ? "known_hosts" : at(entry)}).`,
    "Whoever answers holds a key that was withdrawn. Give the host a new key (ssh-keygen -A after removing the old one), and do not log in before.",
  );
}
