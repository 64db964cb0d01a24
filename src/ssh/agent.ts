import ssh2, { type BaseAgent, type ParsedKey, type SigningRequestOptions } from "ssh2";

/** An agent that hangs must not hold up a run. */
const AGENT_TIMEOUT_MS = 3000;

type SignCallback = (error?: Error | null, signature?: Buffer) => void;

/** Some of an agent's keys, offered as an agent of their own. */
export class AgentKeys extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: BaseAgent;
  readonly #keys: readonly ParsedKey[];

  constructor(agent: BaseAgent, keys: readonly ParsedKey[]) {
    super();
    this.#agent = agent;
    this.#keys = keys;
  }

  get size(): number {
    return this.#keys.length;
  }

  has(blob: Buffer): boolean {
    return this.#keys.some((key) => key.getPublicSSH().equals(blob));
  }

  find(blob: Buffer): ParsedKey | undefined {
    return this.#keys.find((key) => key.getPublicSSH().equals(blob));
  }

  keeping(keep: (blob: Buffer) => boolean): AgentKeys {
    return new AgentKeys(
      this.#agent,
      this.#keys.filter((key) => keep(key.getPublicSSH())),
    );
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, [...this.#keys]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === "function") this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, callback);
  }
}

/** The keys that the agent behind a socket holds; none when it cannot be reached within three seconds. */
export function agentKeys(socket: string): Promise<AgentKeys> {
  const agent = ssh2.createAgent(socket);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(new AgentKeys(agent, [])), AGENT_TIMEOUT_MS);
    agent.getIdentities((error, keys) => {
      clearTimeout(timer);
      const parsed = error === undefined || error === null ? (keys ?? []) : [];
      resolve(new AgentKeys(agent, parsed.flatMap(asParsed)));
    });
  });
}

function asParsed(key: unknown): ParsedKey[] {
  return isParsedKey(key) ? [key] : [];
}

function isParsedKey(key: unknown): key is ParsedKey {
  return typeof key === "object" && key !== null && "getPublicSSH" in key && "type" in key;
}
