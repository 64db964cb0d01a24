import { z } from "zod";
import { ran, type Output } from "./output.ts";

export const x509Schema = z.object({
  subject: z.string().optional(),
  issuer: z.string().optional(),
  /** Seconds since 1970. */
  notBefore: z.number().optional(),
  notAfter: z.number().optional(),
  dnsNames: z.array(z.string()),
  ipAddresses: z.array(z.string()),
});
export type X509 = z.infer<typeof x509Schema>;

/** A certificate from `openssl x509 -noout -subject -issuer -dates [-ext subjectAltName]`. */
export function parseX509(output: Output): X509 | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}\\s?=\\s?([^\\n]{1,1000})$`, "m").exec(output.stdout)?.[1]?.trim();
  const names =
    /Subject Alternative Name:[^\n]{0,40}\n\s{0,20}([^\n]{1,20000})/.exec(output.stdout)?.[1] ?? "";
  const notAfter = dateOf(value("notAfter"));
  const subject = value("subject");
  if (notAfter === undefined && subject === undefined) return undefined;
  const of = (kind: string): string[] =>
    names
      .split(",")
      .map((name) => name.trim())
      .flatMap((name) => (name.startsWith(kind) ? [name.slice(kind.length)] : []));
  return {
    subject,
    issuer: value("issuer"),
    notBefore: dateOf(value("notBefore")),
    notAfter,
    dnsNames: of("DNS:"),
    ipAddresses: of("IP Address:"),
  };
}

/** "Nov 20 10:00:00 2026 GMT", as openssl prints it. */
function dateOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4} GMT$/.test(text))
    return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
