/** A token and what it may do. */
export interface Token {
  value: string;
  kind: "bot" | "app";
  scopes: string[];
  revoked: boolean;
}

/** The bot scopes an app of this kind asks for; a test takes some away to see missing_scope. */
export const BOT_SCOPES = [
  "app_mentions:read",
  "channels:history",
  "channels:join",
  "channels:read",
  "chat:write",
  "chat:write.customize",
  "commands",
  "files:read",
  "files:write",
  "groups:history",
  "groups:read",
  "im:history",
  "im:read",
  "im:write",
  "mpim:history",
  "reactions:read",
  "reactions:write",
  "team:read",
  "usergroups:read",
  "users:read",
  "users:read.email",
];

/** The workspace's tokens. */
export class Tokens {
  readonly #byValue = new Map<string, Token>();

  add(token: Token): void {
    this.#byValue.set(token.value, token);
  }

  find(value: string): Token | undefined {
    return this.#byValue.get(value);
  }

  /** From now on the token answers token_revoked. */
  revoke(value: string): void {
    const token = this.#byValue.get(value);
    if (token !== undefined) token.revoked = true;
  }
}
