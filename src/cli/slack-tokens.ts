import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The two tokens of Socket Mode, under the names that their environment variables have. */
export type TokenName = "SLACK_BOT_TOKEN" | "SLACK_APP_TOKEN";
export type Tokens = Readonly<Record<TokenName, string>>;

interface Kind {
  readonly begins: string;
  readonly called: string;
  /** Where Slack shows it. */
  readonly where: string;
  readonly file: string;
}

export const TOKENS: Readonly<Record<TokenName, Kind>> = {
  SLACK_BOT_TOKEN: {
    begins: "xoxb-",
    called: "the bot token",
    where: "OAuth & Permissions → Bot User OAuth Token",
    file: "slack-bot-token",
  },
  SLACK_APP_TOKEN: {
    begins: "xapp-",
    called: "the app-level token",
    where: "Basic Information → App-Level Tokens, one with connections:write",
    file: "slack-app-token",
  },
};
export const TOKEN_NAMES = ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"] as const;

/** Why a text cannot be this token, without repeating it; undefined: it may be. */
export function tokenTrouble(name: TokenName, text: string): string | undefined {
  const { begins, called, where } = TOKENS[name];
  const wanted = `Copy ${called}, which begins with ${begins}: ${where}.`;
  if (new RegExp(`^${begins}[\\w-]{10,}$`).test(text)) return undefined;
  const other = TOKEN_NAMES.find((n) => n !== name && text.startsWith(TOKENS[n].begins));
  if (other !== undefined) return `This is ${TOKENS[other].called}. ${wanted}`;
  if (/^xox[pe]/.test(text)) return `This is a token of a person or one that expires. ${wanted}`;
  return text.startsWith(begins) ? `This token is not whole. ${wanted}` : `This is no such token. ${wanted}`;
}

/** Finds the tokens in lines, each bare or as NAME=TOKEN, in any order. */
export function readTokens(text: string): Partial<Tokens> {
  const words = text.split("\n").map((l) =>
    l
      .replace(/^\s*(?:export\s+)?\w+=/, "")
      .trim()
      .replaceAll(/^["']|["']$/g, ""),
  );
  const found = TOKEN_NAMES.flatMap((name) => {
    const word = words.find((w) => w.startsWith(TOKENS[name].begins));
    return word === undefined ? [] : [[name, word] as const];
  });
  return Object.fromEntries(found);
}

/** Writes a token where only its owner reads it, whatever stood there and whatever the umask is. */
export function keepToken(path: string, token: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  writeFileSync(path, `${token}\n`, { mode: 0o600, flag: "wx" });
}
