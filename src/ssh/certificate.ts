import { createPublicKey, verify } from "node:crypto";
import ssh2 from "ssh2";
import { wildcard } from "../domain/wildcard.ts";
import { WireReader, wireString } from "./wire.ts";

/** An OpenSSH certificate (PROTOCOL.certkeys in OpenSSH's source). */
export interface Certificate {
  readonly type: string;
  readonly kind: "user" | "host" | "other";
  readonly keyId: string;
  readonly principals: readonly string[];
  /** Seconds since the epoch. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly criticalOptions: readonly string[];
  /** The certified key as a plain public key blob. */
  readonly publicKey: Buffer;
  readonly authority: Buffer;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const SUFFIX = "-cert-v01@openssh.com";
/** The fields of the public key by its type. */
const FIELDS: Readonly<Record<string, number>> = {
  "ssh-ed25519": 1,
  "ssh-rsa": 2,
  "ecdsa-sha2-nistp256": 2,
  "ecdsa-sha2-nistp384": 2,
  "ecdsa-sha2-nistp521": 2,
};

/** Reads a certificate blob; undefined when it is none of a known type. */
export function parseCertificate(blob: Buffer): Certificate | undefined {
  try {
    const reader = new WireReader(blob);
    const type = reader.text();
    const base = type.endsWith(SUFFIX) ? type.slice(0, -SUFFIX.length) : "";
    const fields = FIELDS[base];
    if (fields === undefined) return undefined;
    reader.bytes();
    const key = Array.from({ length: fields }, () => wireString(reader.bytes()));
    reader.uint64();
    const kind = reader.uint32();
    const keyId = reader.text();
    const principals = strings(reader.bytes());
    const validAfter = reader.uint64();
    const validBefore = reader.uint64();
    const options = reader.bytes();
    reader.bytes();
    reader.bytes();
    const authority = reader.bytes();
    const signed = blob.subarray(0, reader.at);
    const signature = reader.bytes();
    if (!reader.end) return undefined;
    return {
      type,
      kind: kind === 1 ? "user" : kind === 2 ? "host" : "other",
      keyId,
      principals,
      validAfter,
      validBefore,
      // Name and data by turns.
      criticalOptions: strings(options).filter((_, index) => index % 2 === 0),
      publicKey: Buffer.concat([wireString(base), ...key]),
      authority,
      signed,
      signature,
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * Says why a host certificate does not vouch for a name at a time (seconds since the epoch), or
 * undefined when it does: kind, authority, signature, validity, principal, no critical option
 * (sshkey_cert_check_host in OpenSSH's source).
 */
export function hostCertificateFault(
  certificate: Certificate,
  name: string,
  authorities: readonly Buffer[],
  now: number,
): string | undefined {
  if (certificate.kind !== "host") return "its certificate is not one for hosts";
  if (!authorities.some((authority) => authority.equals(certificate.authority))) {
    return "its certificate is signed by another authority";
  }
  if (!signatureHolds(certificate)) return "the signature of its certificate is wrong";
  if (BigInt(Math.floor(now)) < certificate.validAfter) return "its certificate is not valid yet";
  if (BigInt(Math.floor(now)) >= certificate.validBefore) return "its certificate has expired";
  if (certificate.criticalOptions.length > 0) return "its certificate has conditions that are not understood";
  const named = certificate.principals.some((principal) =>
    wildcard(principal.toLowerCase(), name.toLowerCase()),
  );
  if (certificate.principals.length > 0 && !named) {
    return `its certificate is for ${certificate.principals.join(", ")}`;
  }
  return undefined;
}

const HASHES: Readonly<Record<string, string | null>> = {
  "ssh-ed25519": null,
  "rsa-sha2-256": "sha256",
  "rsa-sha2-512": "sha512",
  "ecdsa-sha2-nistp256": "sha256",
  "ecdsa-sha2-nistp384": "sha384",
  "ecdsa-sha2-nistp521": "sha512",
};

function signatureHolds(certificate: Certificate): boolean {
  const signature = new WireReader(certificate.signature);
  const algorithm = signature.text();
  const hash = HASHES[algorithm];
  if (hash === undefined) return false;
  const type = new WireReader(certificate.authority).text();
  if (type !== algorithm && !(type === "ssh-rsa" && algorithm.startsWith("rsa-sha2-"))) return false;
  const authority = ssh2.utils.parseKey(`${type} ${certificate.authority.toString("base64")}`);
  if (authority instanceof Error) return false;
  const key = createPublicKey(authority.getPublicPEM());
  const bytes = signature.bytes();
  if (!algorithm.startsWith("ecdsa")) return verify(hash, certificate.signed, key, bytes);
  return verify(hash, certificate.signed, { key, dsaEncoding: "ieee-p1363" }, plainEcdsa(bytes, algorithm));
}

/** Two mpints to two numbers of fixed width. */
function plainEcdsa(signature: Buffer, algorithm: string): Buffer {
  const width = { "256": 32, "384": 48, "521": 66 }[algorithm.slice(-3)] ?? 32;
  const reader = new WireReader(signature);
  const fixed = (): Buffer => {
    const number = reader.bytes();
    const padded = Buffer.alloc(width);
    const digits = number.subarray(Math.max(0, number.length - width));
    digits.copy(padded, width - digits.length);
    return padded;
  };
  return Buffer.concat([fixed(), fixed()]);
}

function strings(data: Buffer): string[] {
  const reader = new WireReader(data);
  const found: string[] = [];
  while (!reader.end) found.push(reader.text());
  return found;
}
