import type { Command, CommandResult } from "../domain/command.ts";
import type { Host } from "../domain/host.ts";
import type { Session, Shell } from "../workflows/ports.ts";
import { type Chain, connectChain } from "./chain.ts";
import { HopPool } from "./hop-pool.ts";
import { type FixOptions, runFix } from "./fix-run.ts";
import { runWave, type WaveContext } from "./wave-run.ts";

/** The Shell port over SSH: strict host keys, keys and agent, any number of jumps. */
export class SshShell implements Shell {
  readonly #pool = new HopPool();

  /**
   * Connects within `deadlineMs` milliseconds from now, which also bound all that the session does
   * later; a fix logs in as the host's fixUser. Throws ShellError.
   */
  async open(
    host: Host,
    opts: { readonly purpose: "diagnose" | "fix"; readonly deadlineMs: number },
  ): Promise<SshSession> {
    const deadlineAt = performance.now() + opts.deadlineMs;
    const chain = await connectChain(opts.purpose === "fix" ? forFixes(host) : host, deadlineAt, this.#pool);
    return new SshSession(chain, deadlineAt, host.connectTimeoutMs);
  }
}

/** One authenticated connection to a host; waves and fixes run one at a time. */
export class SshSession implements Session {
  /** SHA256:… of the host key that was verified. */
  readonly hostKey: string;
  readonly #chain: Chain;
  readonly #context: WaveContext;

  constructor(chain: Chain, deadlineAt: number, startMs: number) {
    this.#chain = chain;
    this.hostKey = chain.target.hostKey;
    const { client, gone } = chain.target;
    this.#context = { client, gone, deadlineAt, startMs, account: undefined };
  }

  runWave(
    commands: readonly Command[],
    onResult?: (result: CommandResult) => void,
  ): Promise<CommandResult[]> {
    return runWave(this.#context, commands, onResult);
  }

  runFix(commands: readonly Command[], opts: FixOptions): Promise<CommandResult[]> {
    return runFix(this.#context, commands, opts);
  }

  /** Ends all connections of the chain; does not wait for the servers. */
  close(): Promise<void> {
    this.#chain.close();
    return Promise.resolve();
  }
}

/** Where fixes have keys of their own, these alone log in (from the agent too, KEY-cert.pub beside them): no key that diagnoses. */
function forFixes(host: Host): Host {
  const { certificateFiles: _diagnosing, ...rest } = host;
  const user = host.fixUser ?? host.user;
  if (host.fixIdentityFiles === undefined) return { ...host, user };
  return { ...rest, user, identityFiles: host.fixIdentityFiles, identitiesNamed: true, identitiesOnly: true };
}
