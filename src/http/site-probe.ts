import type { ProbeAnswer } from "../domain/probe.ts";

const TIMEOUT_MS = 10_000;
const AGENT = "fiveohtwo/0.1 (site watch)";

const UNSEEN: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name could not be resolved",
  EAI_AGAIN: "its name could not be resolved",
  ENETUNREACH: "there is no way to it from here",
  EHOSTUNREACH: "there is no way to it from here",
  ENETDOWN: "the bot's own network is down",
};
const FAILED: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_CONNECT_TIMEOUT: "no connection within 10 seconds",
  ETIMEDOUT: "no connection within 10 seconds",
};

/** The bot's own GET for a site, from where the bot stands: marked by its agent, no redirect followed, no body read. */
export async function probeSite(url: string, timeoutMs = TIMEOUT_MS): Promise<ProbeAnswer> {
  try {
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { "user-agent": AGENT, "cache-control": "no-cache" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    return { kind: "answered", status: answer.status };
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError")
      return { kind: "failed", because: `no answer within ${timeoutMs / 1000} seconds` };
    const code = codeOf(error);
    const unseen = UNSEEN[code];
    if (unseen !== undefined) return { kind: "unseen", because: unseen };
    const certificate = /CERT|ALTNAME|SSL|TLS/.test(code)
      ? `its certificate does not hold (${code})`
      : undefined;
    return { kind: "failed", because: FAILED[code] ?? certificate ?? `no usable answer (${code})` };
  }
}

/** fetch hides the system's word in its error's cause. */
function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if ("code" in at && typeof at.code === "string") return at.code;
  return "unknown";
}
