import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { wildcard } from "../domain/wildcard.ts";

/** One line of a known_hosts file, as sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT" describes it. */
export interface KnownHost {
  readonly marker: "key" | "cert-authority" | "revoked";
  readonly patterns: string;
  readonly type: string;
  readonly key: Buffer;
  readonly file: string;
  readonly line: number;
}

/** Reads a known_hosts file; comments, empty and unreadable lines are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  const entries: KnownHost[] = [];
  text.split("\n").forEach((raw, index) => {
    const words = raw.trim().split(/[ \t]+/);
    if (words[0] === undefined || words[0] === "" || words[0].startsWith("#")) return;
    let marker: KnownHost["marker"] = "key";
    if (words[0].startsWith("@")) {
      const mark = words.shift();
      if (mark === "@cert-authority") marker = "cert-authority";
      else if (mark === "@revoked") marker = "revoked";
      else return;
    }
    const [patterns, type, base64] = words;
    if (patterns === undefined || type === undefined || base64 === undefined) return;
    const key = Buffer.from(base64, "base64");
    // The blob names its own type; a line that contradicts itself proves nothing.
    if (key.length < 8 || key.readUInt32BE(0) !== type.length) return;
    if (key.toString("latin1", 4, 4 + type.length) !== type) return;
    entries.push({ marker, patterns, type, key, file, line: index + 1 });
  });
  return entries;
}

/** The name under which a host's keys are filed: its alias, or its name, with the port if it is not 22. */
export function knownHostName(hostName: string, port: number, alias?: string): string {
  if (alias !== undefined) return alias.toLowerCase();
  return port === 22 ? hostName.toLowerCase() : `[${hostName.toLowerCase()}]:${port}`;
}

/** True when the patterns of a line mean this name: comma-separated, `*` and `?`, `!` excludes, or hashed. */
export function matchesKnownHost(patterns: string, name: string): boolean {
  if (patterns.startsWith("|1|")) {
    const [, , salt = "", hash = ""] = patterns.split("|");
    const expected = Buffer.from(hash, "base64");
    const actual = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  }
  let matched = false;
  for (const pattern of patterns.toLowerCase().split(",")) {
    if (pattern.startsWith("!")) {
      if (wildcard(pattern.slice(1), name)) return false;
    } else if (wildcard(pattern, name)) matched = true;
  }
  return matched;
}

/** What the files say of one host. A key is revoked for every host that its line matches. */
export interface Known {
  readonly keys: readonly KnownHost[];
  readonly authorities: readonly KnownHost[];
  readonly revoked: readonly KnownHost[];
}

export function lookUp(entries: readonly KnownHost[], name: string): Known {
  const mine = entries.filter((entry) => matchesKnownHost(entry.patterns, name));
  return {
    keys: mine.filter((entry) => entry.marker === "key"),
    authorities: mine.filter((entry) => entry.marker === "cert-authority"),
    revoked: mine.filter((entry) => entry.marker === "revoked"),
  };
}

/** The fingerprint as OpenSSH prints it: SHA256:…, unpadded base64. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The type a key blob names itself. */
export function keyType(key: Buffer): string {
  return key.length < 4 ? "" : key.toString("latin1", 4, 4 + Math.min(64, key.readUInt32BE(0)));
}
