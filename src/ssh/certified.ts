import { connect as tcpConnect } from "node:net";
import type { Duplex } from "node:stream";
import { hostCertificateFault, parseCertificate } from "./certificate.ts";
import { probeCertificate } from "./certificate-probe.ts";
import type { Way } from "./connect-error.ts";
import type { Trust } from "./host-key.ts";
import { keyType } from "./known-hosts.ts";

const PROBE_MS = 5000;

/**
 * Where a certificate authority is known for a host (`@cert-authority`), asks the host for its
 * certificate. When that vouches for it, the certified key is the one to expect, and any other is
 * refused; when not, what else is known stands, with the reason. ssh2 itself knows no certificates.
 */
export async function certified(
  way: Way,
  trust: Trust,
  dial: (() => Promise<Duplex>) | undefined,
): Promise<Trust> {
  const authority = trust.authorities[0];
  if (authority === undefined) return trust;
  const { hop } = way;
  const stream = await (dial?.() ?? tcpConnect({ host: hop.hostName, port: hop.port }));
  const blob = await probeCertificate(stream, Math.min(PROBE_MS, way.timeoutMs / 2));
  const certificate = blob === undefined ? undefined : parseCertificate(blob);
  if (certificate === undefined) return { ...trust, certificateFault: "showed no certificate" };
  const revoked = trust.revoked.some((entry) => entry.key.equals(certificate.authority));
  const fault = revoked
    ? "its authority is revoked"
    : hostCertificateFault(
        certificate,
        hop.hostKeyAlias ?? hop.hostName,
        trust.authorities.map((entry) => entry.key),
        Date.now() / 1000,
      );
  if (fault !== undefined) return { ...trust, certificateFault: fault };
  const key = certificate.publicKey;
  return { ...trust, keys: [{ ...authority, marker: "key", type: keyType(key), key }], elsewhere: [] };
}
