import { z } from "zod";
import { ran, toInt, type Output } from "./output.ts";

export const opensslSclientSchema = z.object({
  outcome: z.enum(["handshake", "alert", "wrong-version", "refused", "timeout", "closed", "failed"]),
  protocol: z.string().optional(),
  cipher: z.string().optional(),
  subject: z.string().optional(),
  issuer: z.string().optional(),
  /** openssl's verify number: 0 ok, 10 expired, 18 self-signed, 19 and 20 unknown issuer, 21 incomplete chain, 62 name mismatch. */
  verifyCode: z.number().optional(),
  verifyText: z.string().optional(),
  /** The TLS alert that ended the handshake (RFC 8446, 6.2): 40 handshake_failure, 70 protocol_version, 112 unrecognized_name, 116 certificate_required. */
  alert: z.number().optional(),
  errorText: z.string().optional(),
  /** The server asks for a client's certificate. */
  asksClientCertificate: z.boolean(),
});
export type OpensslSclient = z.infer<typeof opensslSclientSchema>;

/** The TLS handshake of `openssl s_client -connect HOST:PORT [-servername NAME]` (with or without -brief). */
export function parseOpensslSclient(output: Output): OpensslSclient | undefined {
  if (!ran(output)) return undefined;
  const text = `${output.stdout.slice(0, 200_000)}\n${output.stderr.slice(0, 50_000)}`;
  const line = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1]?.trim() || undefined;
  const alert = toInt(line(/SSL alert number (\d{1,3})/));
  const error = line(/^(?:[0-9A-F]{1,32}:)?error:[0-9A-F]{1,16}:([^\n]{1,300})/m);
  const cipher =
    line(/^(?:Ciphersuite|\s{0,8}Cipher\s{0,8}):\s(\S{1,80})$/m) ?? line(/, Cipher is (\S{1,80})$/m);
  const protocol =
    line(/^(?:Protocol version|\s{0,8}Protocol\s{0,8}): ?(\S{1,20})$/m) ??
    line(/^New, (\S{1,20}), Cipher is/m);
  const verify =
    /^(?:\s{0,8}Verify return code: (\d{1,3}) \(([^)\n]{1,120})\)|Verification error: ([^\n]{1,120})|Verification: (OK))/m.exec(
      text,
    );
  const handshake = cipher !== undefined && cipher !== "(NONE)" && cipher !== "0000";
  const reached = handshake || /CONNECTED\(|CONNECTION ESTABLISHED/.test(text);
  const outcome = outcomeOf(text, handshake, alert);
  if (!reached && outcome === "failed" && error === undefined && !/errno|connect:/.test(text))
    return undefined;
  return {
    outcome,
    protocol: handshake ? protocol : undefined,
    cipher: handshake ? cipher : undefined,
    subject: line(/^(?:subject=|Peer certificate: )([^\n]{1,500})$/m),
    issuer: line(/^issuer=([^\n]{1,500})$/m),
    verifyCode: verify?.[4] === "OK" ? 0 : toInt(verify?.[1]),
    verifyText: verify?.[2] ?? verify?.[3] ?? verify?.[4],
    alert,
    errorText: error,
    asksClientCertificate:
      /^Acceptable client certificate CA names|^Client Certificate Types:|^Requested Signature Algorithms:/m.test(
        text,
      ),
  };
}

function outcomeOf(text: string, handshake: boolean, alert: number | undefined): OpensslSclient["outcome"] {
  if (alert !== undefined) return "alert";
  if (handshake) return "handshake";
  if (/wrong version number|packet length too long|http request/i.test(text)) return "wrong-version";
  if (/Connection refused|errno=111/.test(text)) return "refused";
  if (/Connection timed out|Operation timed out|errno=110/.test(text)) return "timeout";
  return /unexpected eof|Connection reset by peer|errno=104|SSL_ERROR_SYSCALL/i.test(text)
    ? "closed"
    : "failed";
}
