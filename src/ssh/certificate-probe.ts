import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { WireReader, wireString } from "./wire.ts";

const MSG_KEXINIT = 20;
const MSG_ECDH_INIT = 30;
const MSG_ECDH_REPLY = 31;
/** More than any banner, KEXINIT and certificate together. */
const MAX_BYTES = 256 * 1024;

const CERTIFICATES = [
  "ssh-ed25519-cert-v01@openssh.com",
  "ecdsa-sha2-nistp256-cert-v01@openssh.com",
  "ecdsa-sha2-nistp384-cert-v01@openssh.com",
  "ecdsa-sha2-nistp521-cert-v01@openssh.com",
  "rsa-sha2-512-cert-v01@openssh.com",
  "rsa-sha2-256-cert-v01@openssh.com",
];

/**
 * Asks a server for its host certificate: the beginning of a key exchange (RFC 4253 sections 4 and 7,
 * RFC 8731), ended once the certificate is there. Nothing is proven by that alone: the certificate
 * is judged by its authority's signature, and that the server holds the certified key is proven by
 * the real connection, which must show that very key. Gives undefined when the server shows none or
 * does not answer in time; the stream is destroyed in every case.
 */
export function probeCertificate(stream: Duplex, timeoutMs: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const finish = (certificate?: Buffer): void => {
      clearTimeout(timer);
      stream.removeAllListeners("data");
      stream.destroy();
      resolve(certificate);
    };
    const timer = setTimeout(() => finish(), timeoutMs);
    let received = Buffer.alloc(0);
    let greeted = false;
    stream.on("error", () => finish());
    stream.on("close", () => finish());
    stream.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length > MAX_BYTES) return finish();
      if (!greeted) {
        const rest = afterVersion(received);
        if (rest === undefined) return undefined;
        greeted = true;
        received = Buffer.from(rest);
        stream.write(packet(kexInit()));
      }
      for (let next = takePacket(received); next !== undefined; next = takePacket(received)) {
        received = Buffer.from(next.rest);
        const type = next.payload[0];
        if (type === MSG_KEXINIT) stream.write(packet(ecdhInit()));
        else if (type === MSG_ECDH_REPLY) return finish(firstString(next.payload.subarray(1)));
        else if (type === undefined || type === 1) return finish();
      }
      return undefined;
    });
    stream.write("SSH-2.0-fiveohtwo\r\n");
  });
}

/** What follows the line SSH-2.0-…; other lines may precede it. */
function afterVersion(data: Buffer): Buffer | undefined {
  const text = data.toString("latin1");
  const line = /^SSH-2\.0-[^\n]*\n/m.exec(text);
  return line === null ? undefined : data.subarray(line.index + line[0].length);
}

function kexInit(): Buffer {
  const lists = [
    "curve25519-sha256,curve25519-sha256@libssh.org",
    CERTIFICATES.join(","),
    ...Array.from(
      { length: 2 },
      () => "aes256-ctr,aes128-ctr,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com",
    ),
    ...Array.from({ length: 2 }, () => "hmac-sha2-256,hmac-sha2-512,hmac-sha2-256-etm@openssh.com"),
    ...Array.from({ length: 2 }, () => "none,zlib@openssh.com"),
    "",
    "",
  ];
  return Buffer.concat([
    Buffer.from([MSG_KEXINIT]),
    randomBytes(16),
    ...lists.map(wireString),
    Buffer.alloc(5),
  ]);
}

function ecdhInit(): Buffer {
  const { publicKey } = generateKeyPairSync("x25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  return Buffer.concat([Buffer.from([MSG_ECDH_INIT]), wireString(raw)]);
}

/** One packet before encryption: length, padding length, payload, padding to a multiple of eight. */
function packet(payload: Buffer): Buffer {
  let padding = 8 - ((payload.length + 5) % 8);
  if (padding < 4) padding += 8;
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + padding + 1);
  head[4] = padding;
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}

function takePacket(data: Buffer): { payload: Buffer; rest: Buffer } | undefined {
  if (data.length < 5) return undefined;
  const end = 4 + data.readUInt32BE(0);
  if (data.length < end) return undefined;
  return { payload: data.subarray(5, end - (data[4] ?? 0)), rest: data.subarray(end) };
}

function firstString(data: Buffer): Buffer | undefined {
  try {
    return Buffer.from(new WireReader(data).bytes());
  } catch {
    return undefined;
  }
}
