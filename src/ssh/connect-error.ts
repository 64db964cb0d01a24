import type { Hop } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import { quoteArgv } from "../playbook/quote.ts";
import type { Keys } from "./keys.ts";

/** Where on the way a hop stands, for the sentences. */
export interface Way {
  readonly hop: Hop;
  /** True for a machine on the way, false for the host asked for. */
  readonly isHop: boolean;
  /** The hop before it, through which it is reached. */
  readonly through?: string;
  readonly timeoutMs: number;
}

/** The sentence for a connection or login that failed, from the error of ssh2 or of the socket. */
export function connectError(way: Way, thrown: unknown, keys: Keys): ShellError {
  const { hop } = way;
  const error = telling(thrown);
  const text = error instanceof Error ? error.message : String(error);
  const code = field(error, "code");
  const level = field(error, "level");
  const where = `${way.isHop ? "The jump host " : ""}${hop.name} (${hop.hostName}:${hop.port})`;
  const ssh = quoteArgv(["ssh", "-v", "-p", String(hop.port), `${hop.user}@${hop.hostName}`, "true"]);
  const make = (kind: ShellError["code"], message: string, hint: string): ShellError =>
    new ShellError(kind, message, hint, { cause: error });

  if (level === "client-authentication" || /too many authentication failures/i.test(text))
    return loginRefused(way, keys, error);
  if (code === "ECONNREFUSED") {
    return make(
      "refused",
      `${where} refuses the connection: no sshd listens there.`,
      `On its console: systemctl status ssh sshd; or correct hostName and port of ${hop.name}.`,
    );
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || level === "client-dns") {
    return make(
      "dns",
      `The name ${hop.hostName} of ${hop.name} does not resolve.`,
      `Try ${quoteArgv(["getent", "hosts", hop.hostName])}, or give an address as hostName.`,
    );
  }
  // EINVAL and EACCES: a blackhole and a prohibiting route.
  if (/^(?:EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EINVAL|EACCES)$/.test(code ?? "")) {
    return make(
      "no-route",
      `There is no route to ${where}.`,
      `Try ${quoteArgv(["ip", "route", "get", hop.hostName])}; a VPN may be down, or a firewall rejects.`,
    );
  }
  if (level === "client-timeout" || code === "ETIMEDOUT") {
    const seconds = Math.round(way.timeoutMs / 100) / 10;
    const kind = way.isHop || way.through !== undefined ? "hop-timeout" : "connect-timeout";
    return make(
      kind,
      `${where} did not answer within ${seconds} s${by(way)}.`,
      `Try ${ssh}; a firewall may drop packets, or the machine hangs. connectTimeout of ${hop.name} may be raised.`,
    );
  }
  const kind = way.isHop ? "hop-failed" : "lost";
  return make(kind, `The connection to ${where}${by(way)} failed: ${text}.`, `Try ${ssh}.`);
}

/** The sentence for a hop that answered, but could not open the way to the next one. */
export function forwardError(way: Way, error: unknown): ShellError {
  const text = error instanceof Error ? error.message.replace(/^\(SSH\) /, "") : String(error);
  const prohibited = /prohibit|administratively/i.test(text);
  const hint = prohibited
    ? `On ${way.through ?? "the hop"}: AllowTcpForwarding and PermitOpen in sshd_config must let ${way.hop.hostName}:${way.hop.port} through.`
    : `On ${way.through ?? "the hop"}: ${quoteArgv(["nc", "-vz", way.hop.hostName, String(way.hop.port)])}`;
  return new ShellError(
    "hop-failed",
    `${way.through ?? "The hop"} could not reach ${way.hop.name} (${way.hop.hostName}:${way.hop.port}): ${text}.`,
    hint,
    { cause: error },
  );
}

/**
 * A name of several addresses fails with one error for each (node's net, autoSelectFamily): an address that was given
 * up after its quarter of a second says nothing of our own limit, what another one answered does.
 */
function telling(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const each: unknown[] = error.errors;
  return each.find((e) => field(e, "code") !== "ETIMEDOUT") ?? error;
}

function by(way: Way): string {
  return way.through === undefined ? "" : ` through ${way.through}`;
}

function loginRefused(way: Way, keys: Keys, cause: unknown): ShellError {
  const { hop } = way;
  const problem = keys.problems[0];
  const who = `${hop.user}@${hop.name}`;
  if (problem !== undefined) {
    return new ShellError(problem.code, `${who} could not log in. ${problem.message}`, problem.hint, {
      cause,
    });
  }
  const tried = keys.candidates.map((candidate) => candidate.label).join(", ");
  const added = quoteArgv(["ssh-copy-id", "-p", String(hop.port), `${hop.user}@${hop.hostName}`]);
  return new ShellError(
    "auth-failed",
    tried === ""
      ? `There is no key to log in to ${who} with: none in the agent, and no identityFile.`
      : `${hop.name} refused the login of ${hop.user}; tried: ${tried}.`,
    tried === ""
      ? `Name a key (identityFile of ${hop.name}), or ssh-add one.`
      : `Let the key in: ${added}; or correct user and identityFile of ${hop.name}. The reason stands in the host's journal: journalctl -t sshd -n 20`,
    { cause },
  );
}

function field(error: unknown, name: "code" | "level"): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" ? value : undefined;
}
