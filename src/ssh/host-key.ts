import type { ServerHostKeyAlgorithm } from "ssh2";
import { readFile } from "node:fs/promises";
import type { Hop } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import { quoteArgv } from "../playbook/quote.ts";
import { fingerprint, type Known, keyType, knownHostName, lookUp, parseKnownHosts } from "./known-hosts.ts";

/** The signature algorithms to ask for, per type of known key; SHA-1 signatures are never accepted. */
const ALGORITHMS: Record<string, readonly ServerHostKeyAlgorithm[]> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};
const PREFERENCE = Object.keys(ALGORITHMS);

/** Reads all the known_hosts files of a hop; one that does not exist holds nothing. */
export async function knownOf(hop: Hop): Promise<Known> {
  const texts = await Promise.all(
    hop.knownHostsFiles.map(async (file) => {
      try {
        return parseKnownHosts(await readFile(file, "utf8"), file);
      } catch {
        return [];
      }
    }),
  );
  return lookUp(texts.flat(), knownHostName(hop.hostName, hop.port, hop.hostKeyAlias));
}

/** The host key algorithms to offer: those of the known keys; all when none is known, to be able to show the key. */
export function algorithmsFor(known: Known): ServerHostKeyAlgorithm[] {
  const types = PREFERENCE.filter((type) => known.keys.some((entry) => entry.type === type));
  return (types.length > 0 ? types : PREFERENCE).flatMap((type) => ALGORITHMS[type] ?? []);
}

/** Judges the key that the server proved to hold; undefined when it is the known one. */
export function judge(hop: Hop, known: Known, key: Buffer): ShellError | undefined {
  if (known.revoked.some((entry) => entry.key.equals(key))) return revoked(hop, known, key);
  if (known.keys.some((entry) => entry.key.equals(key))) return undefined;
  const other = known.keys.find((entry) => entry.type === keyType(key)) ?? known.keys[0];
  if (other !== undefined) return changed(hop, other, `it is now ${keyType(key)} ${fingerprint(key)}`);
  return unknown(hop, known, key);
}

/** The server offered none of the key types that are known of it. */
export function noKnownType(hop: Hop, known: Known): ShellError | undefined {
  const entry = known.keys[0];
  return entry && changed(hop, entry, "the server offers no key of that type any more");
}

function at(entry: Known["keys"][number]): string {
  return `${entry.file}:${entry.line}`;
}

function showKeys(hop: Hop): string {
  const scan = quoteArgv(["ssh-keyscan", "-p", String(hop.port), hop.hostName]);
  return `${scan} 2>/dev/null | ssh-keygen -lf -`;
}

function unknown(hop: Hop, known: Known, key: Buffer): ShellError {
  const file = hop.knownHostsFiles[0];
  const name = knownHostName(hop.hostName, hop.port, hop.hostKeyAlias);
  const authority = known.authorities[0];
  const offered = `It offers ${keyType(key)} ${fingerprint(key)}.`;
  if (authority !== undefined) {
    return new ShellError(
      "unknown-host-key",
      `${hop.name} is known through a certificate authority (${at(authority)}) only, and showed no valid certificate of it. ${offered}`,
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

function changed(hop: Hop, entry: Known["keys"][number], now: string): ShellError {
  const name = knownHostName(hop.hostName, hop.port, hop.hostKeyAlias);
  return new ShellError(
    "changed-host-key",
    `The host key of ${hop.name} (${name}) is not the known one: ${at(entry)} has ${entry.type} ${fingerprint(entry.key)}, ${now}. Either the host was reinstalled or somebody stands between.`,
    `Find out on the host's console why. If it was reinstalled: ${quoteArgv(["ssh-keygen", "-R", name, "-f", entry.file])}, then compare the new key before you add it: ${showKeys(hop)}`,
  );
}

function revoked(hop: Hop, known: Known, key: Buffer): ShellError {
  const entry = known.revoked.find((candidate) => candidate.key.equals(key));
  return new ShellError(
    "revoked-host-key",
    `The host key of ${hop.name}, ${fingerprint(key)}, is revoked (${entry === undefined ? "known_hosts" : at(entry)}).`,
    "Whoever answers holds a key that was withdrawn. Give the host a new key (ssh-keygen -A after removing the old one), and do not log in before.",
  );
}
