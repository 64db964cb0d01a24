import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { isIP } from "node:net";
import type { FromHere, PublicAnswer } from "../domain/from-here.ts";

const AGENT = "fiveohtwo-probe";
const TIMEOUT_MS = 8_000;
const MAX_ADDRESSES = 8;

/**
 * Asks a public URL from where the bot stands, at each address of its name: one GET, marked, without query string,
 * cookies or redirects followed. The certificate is checked as a browser would.
 * @param resolve gives a name's addresses; none when it does not resolve
 */
export async function askFromHere(
  url: string,
  resolve: (name: string) => Promise<readonly string[]>,
): Promise<FromHere> {
  const target = new URL(url);
  const name = target.hostname.replaceAll(/[[\]]/g, "");
  const all = isIP(name) === 0 ? await resolve(name) : [name];
  const answers = await Promise.all(all.slice(0, MAX_ADDRESSES).map((address) => ask(target, name, address)));
  return { url, answers };
}

function ask(target: URL, name: string, address: string): Promise<PublicAnswer> {
  return new Promise((done) => {
    const send = target.protocol === "https:" ? secure : plain;
    const request = send({
      host: address,
      port: target.port === "" ? undefined : Number(target.port),
      path: target.pathname,
      method: "GET",
      agent: false,
      headers: { host: target.host, "user-agent": AGENT, connection: "close" },
      ...(isIP(name) === 0 ? { servername: name } : {}),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    request.on("response", (answer) => {
      answer.on("error", () => undefined);
      answer.destroy();
      done({ address, status: answer.statusCode ?? 0 });
    });
    request.on("error", (error) => done({ address, status: 0, error: said(error) }));
    request.end();
  });
}

function said(error: Error): string {
  if (error.name === "TimeoutError" || error.name === "AbortError")
    return `no answer in ${TIMEOUT_MS / 1000} s`;
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
