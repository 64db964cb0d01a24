/** What nginx was doing (`log->action`), as one id for each wording. */
const PHASES = {
  "connecting to upstream": "connecting",
  "SSL handshaking to upstream": "ssl-handshaking",
  "sending request to upstream": "sending-request",
  "reading response header from upstream": "reading-header",
  "reading upstream": "reading-body",
  "sending to client": "sending-to-client",
  "proxying upgraded connection": "upgraded",
  "proxying connection": "proxying-connection",
  "proxying and reading from upstream": "proxying-connection",
  "proxying and sending to upstream": "proxying-connection",
  "proxying and reading from client": "proxying-connection",
  "proxying and sending to client": "proxying-connection",
  "sending PROXY protocol header to upstream": "sending-proxy-protocol",
  "reading PROXY protocol": "reading-proxy-protocol",
  "SSL handshaking": "client-ssl",
  "reading client request line": "reading-request",
  "reading client request headers": "reading-request",
  "reading client pipelined request line": "reading-request",
  "waiting for request": "waiting",
  keepalive: "waiting",
  "closing request": "closing",
  "logging request": "closing",
  resolving: "resolving",
  "requesting certificate status": "requesting-status",
  "processing HTTP/2 connection": "http2-connection",
} as const;

export type NginxPhase = (typeof PHASES)[keyof typeof PHASES] | "internally-redirecting" | "other";

const KNOWN: ReadonlyMap<string, NginxPhase> = new Map(Object.entries(PHASES));

/** Splits " while PHASE" off a message; the last " while " counts, since the message may quote a peer's words. */
export function splitPhase(message: string): { text: string; phase?: NginxPhase } {
  const at = message.lastIndexOf(" while ");
  if (at < 0) return { text: message };
  const words = message.slice(at + " while ".length);
  const text = message.slice(0, at);
  const known = KNOWN.get(words);
  if (known !== undefined) return { text, phase: known };
  if (words.startsWith("internally redirecting to ")) return { text, phase: "internally-redirecting" };
  // `while resolving, resolver: 127.0.0.1:5399`: the resolver adds its address.
  if (words.startsWith("resolving, resolver:") || words.startsWith("resolving,"))
    return { text, phase: "resolving" };
  // A quotation mark: the word stands within quoted text, so it is no phase.
  return words.includes('"') ? { text: message } : { text, phase: "other" };
}
