import { readFile } from "node:fs/promises";
import ssh2, { type Client, type ParsedKey, type SigningRequestOptions } from "ssh2";
import type { AgentKeys } from "./agent.ts";
import { parseCertificate } from "./certificate.ts";
import { WireReader, wireString } from "./wire.ts";

/** Milliseconds since the epoch are compared with a certificate's seconds. */
const SECOND = 1000;

type SignCallback = (error?: Error | null, signature?: Buffer) => void;

/** A user certificate that was read: its blob, and whether it can be used now. */
export interface UserCertificate {
  readonly file: string;
  readonly blob: Buffer;
  /** The plain key that it certifies. */
  readonly publicKey: Buffer;
  /** Why it is of no use now. */
  readonly fault: string | undefined;
}

/** Reads KEY-cert.pub; undefined when there is none. */
export async function readUserCertificate(file: string): Promise<UserCertificate | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return undefined;
  }
  const blob = Buffer.from(text.trim().split(/\s+/)[1] ?? "", "base64");
  const certificate = parseCertificate(blob);
  if (certificate === undefined || certificate.kind !== "user") return undefined;
  const now = BigInt(Math.floor(Date.now() / SECOND));
  const { validAfter, validBefore } = certificate;
  const until = new Date(Number(validBefore) * SECOND);
  const fault =
    now >= validBefore
      ? `The certificate ${file} expired at ${until.toISOString()}.`
      : now < validAfter
        ? `The certificate ${file} is not valid yet.`
        : undefined;
  return { file, blob, publicKey: certificate.publicKey, fault };
}

/** Offers one certified key as an agent of one key; signs with the plain key, from its file or an agent. */
export class CertifiedKey extends ssh2.BaseAgent<ParsedKey> {
  readonly #plain: ParsedKey;
  readonly #shown: ParsedKey;
  readonly #agent: AgentKeys | undefined;

  constructor(plain: ParsedKey, certificate: Buffer, agent?: AgentKeys) {
    super();
    this.#plain = plain;
    this.#agent = agent;
    // A view of the key that differs only in what is said to the server.
    const type = plain.type === "ssh-rsa" ? "rsa-sha2-512" : plain.type;
    const shown: ParsedKey = Object.create(plain, {
      type: { value: `${type}-cert-v01@openssh.com` },
      getPublicSSH: { value: () => certificate },
    });
    this.#shown = shown;
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, [this.#shown]);
  }

  override sign(
    _key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const done = typeof options === "function" ? options : callback;
    if (this.#agent !== undefined) {
      this.#agent.sign(this.#plain, data, this.#plain.type === "ssh-rsa" ? { hash: "sha512" } : {}, done);
      return;
    }
    const signature = this.#plain.sign(data, this.#plain.type === "ssh-rsa" ? "sha512" : undefined);
    if (signature instanceof Error) done?.(signature);
    else done?.(null, this.#plain.type.startsWith("ecdsa") ? asWire(signature) : signature);
  }
}

/** The DER form of an ECDSA signature as the two mpints of RFC 5656. */
function asWire(der: Buffer): Buffer {
  let at = (der[1] ?? 0) > 0x80 ? 3 : 2;
  const number = (): Buffer => {
    const length = der[at + 1] ?? 0;
    const value = der.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    return wireString(value);
  };
  return Buffer.concat([number(), number()]);
}

const USERAUTH_REQUEST = 50;

/**
 * Lets a client log in with certificates. ssh2 writes the certificate's algorithm also inside the
 * signature, where the plain key's belongs (PROTOCOL.certkeys); this corrects that one field as the
 * packet leaves. It leans on the inside of ssh2 1.17, which package.json pins; where that differs,
 * nothing is changed and the server refuses the certificate.
 */
export function allowCertificates(client: Client): void {
  const write: unknown = pick(pick(pick(client, "_protocol"), "_packetRW"), "write");
  if (!isWriter(write)) return;
  const finalize = write.finalize.bind(write);
  write.finalize = (packet, force) => {
    const corrected = packet[5] === USERAUTH_REQUEST ? correctedRequest(payloadOf(packet)) : undefined;
    if (corrected === undefined) return finalize(packet, force);
    const fresh = write.alloc(corrected.length);
    corrected.copy(fresh, 5);
    return finalize(fresh, force);
  };
}

interface Writer {
  alloc: (size: number) => Buffer;
  finalize: (packet: Buffer, force?: boolean) => Buffer;
}

function isWriter(value: unknown): value is Writer {
  return typeof pick(value, "alloc") === "function" && typeof pick(value, "finalize") === "function";
}

function pick(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function payloadOf(packet: Buffer): Buffer {
  return packet.subarray(5, 4 + packet.readUInt32BE(0) - (packet[4] ?? 0));
}

/** The payload with the signature's own algorithm; undefined for what carries no certificate's signature. */
export function correctedRequest(payload: Buffer): Buffer | undefined {
  try {
    const reader = new WireReader(payload);
    reader.at = 1;
    reader.bytes();
    reader.bytes();
    if (reader.text() !== "publickey") return undefined;
    const signed = payload[reader.at] === 1;
    reader.at += 1;
    const algorithm = reader.text();
    const plain = algorithm.replace(/-cert-v01@openssh\.com$/, "");
    reader.bytes();
    if (!signed || plain === algorithm) return undefined;
    const before = payload.subarray(0, reader.at);
    const signature = new WireReader(reader.bytes());
    signature.bytes();
    return Buffer.concat([
      before,
      wireString(Buffer.concat([wireString(plain), wireString(signature.bytes())])),
    ]);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
