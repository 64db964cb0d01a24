import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** A signed message is taken this long before or after its time. */
export const WINDOW_MS = 5 * 60_000;

export interface Secrets {
  /** For `Authorization: Bearer …`, and for the generic source's signature. */
  readonly token?: string;
  /** Of Grafana's contact point, for its HMAC signature. */
  readonly grafanaSecret?: string;
}

/** What a request says of itself; header names in lower case. */
export interface Signed {
  readonly source: "alertmanager" | "grafana" | "generic";
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

export type Verdict =
  | { readonly ok: true; /** What must not come twice within the window. */ readonly once?: string }
  | { readonly ok: false; readonly why: string };

/**
 * Judges a request: a bearer token, Grafana's signature (hex HMAC-SHA256 over `TIMESTAMP:BODY`, or over the body where
 * no timestamp header is configured), or the generic one (`X-502-Signature: sha256=HEX` over `TIMESTAMP.BODY`).
 */
export function judgeRequest(request: Signed, secrets: Secrets, now: number): Verdict {
  const bearer = /^Bearer (\S+)$/i.exec(request.header("authorization") ?? "")?.[1];
  if (bearer !== undefined) {
    const good = secrets.token !== undefined && same(bearer, secrets.token);
    return good ? { ok: true } : { ok: false, why: "the token is not the one of alerts.token" };
  }
  if (request.source === "grafana") return grafana(request, secrets, now);
  if (request.source === "generic") return generic(request, secrets, now);
  return { ok: false, why: "a bearer token is needed" };
}

function grafana(request: Signed, { grafanaSecret }: Secrets, now: number): Verdict {
  const signature = request.header("x-grafana-alerting-signature");
  if (signature === undefined)
    return { ok: false, why: "a bearer token or X-Grafana-Alerting-Signature is needed" };
  if (grafanaSecret === undefined)
    return { ok: false, why: "no alerts.grafanaSecret is configured to check the signature with" };
  const stamp = request.header("x-grafana-alerting-timestamp");
  // Without a timestamp a message could be played again for ever.
  if (stamp === undefined)
    return {
      ok: false,
      why: "the contact point must send its timestamp header X-Grafana-Alerting-Timestamp",
    };
  return signed(signature, `${stamp}:${request.body}`, grafanaSecret, stamp, now);
}

function generic(request: Signed, { token }: Secrets, now: number): Verdict {
  const signature = /^sha256=([0-9a-f]{64})$/i.exec(request.header("x-502-signature") ?? "")?.[1];
  const stamp = request.header("x-502-timestamp");
  if (signature === undefined || stamp === undefined)
    return { ok: false, why: "a bearer token, or X-502-Signature with X-502-Timestamp, is needed" };
  if (token === undefined)
    return { ok: false, why: "no alerts.token is configured to check the signature with" };
  return signed(signature, `${stamp}.${request.body}`, token, stamp, now);
}

function signed(signature: string, text: string, secret: string, stamp: string, now: number): Verdict {
  const expected = createHmac("sha256", secret).update(text).digest("hex");
  if (!same(signature.toLowerCase(), expected))
    return { ok: false, why: "the signature does not fit the body" };
  if (!/^\d{9,12}$/.test(stamp) || Math.abs(Number(stamp) * 1000 - now) > WINDOW_MS)
    return { ok: false, why: "the timestamp is more than five minutes off" };
  return { ok: true, once: expected };
}

/** Compares in a time that tells nothing of where they differ, nor of how long the secret is. */
function same(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
