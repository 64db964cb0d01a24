import { readFileSync } from "node:fs";
import { absolute } from "../inventory/files.ts";
import { readSecret, type SecretPlace } from "../inventory/secret.ts";
import { join } from "node:path";
import type { Call } from "./call.ts";
import { FileTrouble, newFileTrouble, withFile } from "./file-trouble.ts";
import { pathOf } from "./host-answer.ts";
import { type InitPlace, LATER, type Seen } from "./init-place.ts";
import {
  keepToken,
  readTokens,
  TOKEN_NAMES,
  type TokenName,
  type Tokens,
  TOKENS,
  tokenTrouble,
} from "./slack-tokens.ts";

/** A token, and where it lies or is to lie. */
export interface Token {
  readonly token: string;
  readonly place: SecretPlace;
  /** Typed or read just now: not yet where it is to lie. */
  readonly fresh: boolean;
}
export type Have = Partial<Record<TokenName, Token>>;

const KEEP_ELSEWHERE = "choose another place with XDG_STATE_HOME, or set both tokens in the environment";

/** From --tokens, from where 502.yml says, from an earlier init, or from the environment. */
export function tokensAtHand(place: InitPlace, call: Call, seen: Seen): Have {
  const { around } = place;
  const given = givenTokens(place, call);
  const have: Have = {};
  for (const name of TOKEN_NAMES) {
    const token = given[name];
    if (token !== undefined) have[name] = { token, place: placeOf(seen, name), fresh: true };
    else {
      const places: SecretPlace[] = [placeOf(seen, name)];
      if (seen.slack === undefined) places.push({ kind: "env", name });
      const found = places.flatMap((p): Token[] => {
        try {
          return [{ token: readSecret(p, seen.directory, around), place: p, fresh: false }];
        } catch {
          return [];
        }
      });
      if (found[0] !== undefined) have[name] = found[0];
    }
  }
  return have;
}

/** The tokens in the file that --tokens names. @throws FileTrouble where it holds none */
function givenTokens({ around }: InitPlace, call: Call): Partial<Tokens> {
  const source = call.text("tokens");
  if (source === undefined) return {};
  const path = source === "-" ? "standard input" : pathOf(source, around.home);
  const hint = "name a file with the two tokens, each on a line of its own: --tokens FILE";
  const given = withFile(path, "read", hint, () =>
    readTokens(readFileSync(source === "-" ? 0 : path, "utf8")),
  );
  if (Object.keys(given).length === 0) throw new FileTrouble(`no xoxb- or xapp- token is in ${path}`, hint);
  return given;
}

/** Where 502.yml says a token lies; else beside the state, which is closed to others. */
function placeOf({ slack, stateDir }: Seen, name: TokenName): SecretPlace {
  if (slack === undefined) return { kind: "file", path: join(stateDir, TOKENS[name].file) };
  return (name === "SLACK_BOT_TOKEN" ? slack.botToken : slack.appToken) ?? { kind: "env", name };
}

/** Says before a token is asked for what stands against keeping it. @throws FileTrouble */
export function ensureKeepable({ around }: InitPlace, seen: Seen, name: TokenName): void {
  const place = placeOf(seen, name);
  if (place.kind === "env") return;
  const path = absolute(place.path, seen.directory, around.home);
  const trouble = newFileTrouble(path, true, KEEP_ELSEWHERE);
  if (trouble !== undefined) throw trouble;
}

/** Puts a token that is new where it is to lie. */
export function keep({ around, talk }: InitPlace, seen: Seen, name: TokenName, token: Token): Token {
  if (!token.fresh) return token;
  if (token.place.kind === "env") {
    talk.say(
      `  502.yml reads ${TOKENS[name].called} from the environment: set ${token.place.name} where the bot is started.`,
    );
  } else {
    const path = absolute(token.place.path, seen.directory, around.home);
    withFile(path, "written", KEEP_ELSEWHERE, () => keepToken(path, token.token));
    talk.say(`  ${TOKENS[name].called} is kept in ${path}, readable by you alone`);
  }
  return { ...token, fresh: false };
}

/** Asks for a token until it is one. */
export async function askToken(place: InitPlace, seen: Seen, name: TokenName): Promise<Token | "later"> {
  const { called, begins, where } = TOKENS[name];
  for (;;) {
    const typed = await place.talk.askHidden(
      `Paste ${called} (${begins}…; ${where}). It is not shown. Enter alone leaves Slack for later: `,
    );
    if (typed === "" || typed === LATER) return LATER;
    const trouble = tokenTrouble(name, typed);
    if (trouble === undefined) return { token: typed, place: placeOf(seen, name), fresh: true };
    place.talk.say(`  ${trouble}`);
  }
}
