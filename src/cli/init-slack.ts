import { readFileSync } from "node:fs";
import { join } from "node:path";
import { absolute } from "../inventory/files.ts";
import { readSecret, type SecretPlace } from "../inventory/secret.ts";
import type { Finding } from "../workflows/examine-host.ts";
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

/** How far the workspace is set up, and what 502.yml must say of it. */
export interface SlackStep {
  readonly state: "ready" | "later" | "failed";
  /** Where the tokens lie; absent: nothing is to be written. */
  readonly places?: Readonly<Record<TokenName, SecretPlace>>;
  /** What failed and what to do next, where nobody can be asked. */
  readonly trouble?: string;
}

interface Token {
  readonly token: string;
  readonly place: SecretPlace;
  /** Typed or read just now: not yet where it is to lie. */
  readonly fresh: boolean;
}
type Have = Partial<Record<TokenName, Token>>;

/** Which token a finding of the doctor speaks of. */
const SPEAKS_OF: Readonly<Record<string, TokenName>> = {
  Slack: "SLACK_BOT_TOKEN",
  "Slack connection": "SLACK_APP_TOKEN",
};
const KEEP_ELSEWHERE = "choose another place with XDG_STATE_HOME, or set both tokens in the environment";
const MARK = { pass: "ok", warn: "warning", fail: "fails", unknown: "not known" } as const;

/**
 * The app from its manifest, its two tokens, and what Slack says of them. What is there already is not asked for
 * again. A token is kept when Slack has not refused it.
 */
export async function slackStep(place: InitPlace, call: Call, seen: Seen): Promise<SlackStep> {
  const { talk } = place;
  if (seen.slack?.mode === "http") {
    talk.say("502.yml has Slack send HTTP requests: 502 doctor asks Slack about its tokens.");
    return { state: "ready" };
  }
  const have = tokensAtHand(place, call, seen);
  for (const name of TOKEN_NAMES) {
    const token = have[name];
    const trouble = token === undefined ? undefined : tokenTrouble(name, token.token);
    if (trouble === undefined) continue;
    if (!talk.interactive) return failed(trouble);
    talk.say(`  ${trouble}`);
    delete have[name];
  }
  const given = Object.keys(have).length;
  if (given === 0 && !talk.interactive) return { state: "later" };
  if (given < TOKEN_NAMES.length && talk.interactive) showManifest(place);
  for (;;) {
    for (const name of TOKEN_NAMES) {
      if (have[name] !== undefined) continue;
      if (!talk.interactive)
        return failed(`No ${TOKENS[name].begins} token was given: ${TOKENS[name].where}.`);
      const closed = keepTrouble(place, seen, name);
      if (closed !== undefined) throw closed;
      const token = await askToken(place, name);
      if (token === LATER) return { state: "later" };
      have[name] = { token, place: placeOf(seen, name), fresh: true };
    }
    const { SLACK_BOT_TOKEN: bot, SLACK_APP_TOKEN: app } = have;
    if (bot === undefined || app === undefined) throw new Error("a token is missing");
    const tokens = { SLACK_BOT_TOKEN: bot.token, SLACK_APP_TOKEN: app.token };
    const findings = await place.askSlack(tokens, call.text("api-url") ?? seen.slack?.apiUrl);
    for (const f of findings) talk.say(`  ${MARK[f.outcome]}: ${f.what}: ${f.detail}`);
    const bad = findings.filter((f) => f.outcome !== "pass");
    const refused = new Set(bad.filter((f) => f.outcome === "fail").map((f) => SPEAKS_OF[f.what]));
    for (const name of TOKEN_NAMES) if (!refused.has(name)) keep(place, seen, have, name);
    const places = { SLACK_BOT_TOKEN: bot.place, SLACK_APP_TOKEN: app.place };
    const step = seen.slack === undefined ? { places } : {};
    if (bad.length === 0) return { state: "ready", ...step };
    const trouble = bad
      .map((f) => [f.detail, ...(f.mend ?? []), ...nextFor(f, have)].join("\n  "))
      .join("\n");
    if (!talk.interactive) return failed(trouble);
    talk.say(bad.flatMap((f) => [...(f.mend ?? []), ...nextFor(f, have)].map((l) => `    ${l}`)).join("\n"));
    const again = TOKEN_NAMES.filter((name) => refused.has(name) && have[name]?.place.kind === "file");
    for (const name of again) delete have[name];
    if (again.length > 0) continue;
    const said = await talk.ask(`Enter asks Slack again, "${LATER}" goes on without: `);
    if (said === LATER) return { state: "later", ...step };
  }
}

function failed(trouble: string): SlackStep {
  return { state: "failed", trouble };
}

/** From --tokens, from where 502.yml says, from an earlier init, or from the environment. */
function tokensAtHand(place: InitPlace, call: Call, seen: Seen): Have {
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

/** What stands against keeping a token, said before it is asked for. */
function keepTrouble({ around }: InitPlace, seen: Seen, name: TokenName): FileTrouble | undefined {
  const place = placeOf(seen, name);
  if (place.kind === "env") return undefined;
  return newFileTrouble(absolute(place.path, seen.directory, around.home), true, KEEP_ELSEWHERE);
}

function keep({ around, talk }: InitPlace, seen: Seen, have: Have, name: TokenName): void {
  const token = have[name];
  if (token?.fresh !== true) return;
  have[name] = { ...token, fresh: false };
  if (token.place.kind === "env") {
    talk.say(
      `  502.yml reads ${TOKENS[name].called} from the environment: set ${token.place.name} where the bot is started.`,
    );
    return;
  }
  const path = absolute(token.place.path, seen.directory, around.home);
  withFile(path, "written", KEEP_ELSEWHERE, () => keepToken(path, token.token));
  talk.say(`  ${TOKENS[name].called} is kept in ${path}, readable by you alone`);
}

async function askToken({ talk }: InitPlace, name: TokenName): Promise<string> {
  const { called, begins, where } = TOKENS[name];
  for (;;) {
    const typed = await talk.askHidden(
      `Paste ${called} (${begins}…; ${where}). It is not shown. Enter alone leaves Slack for later: `,
    );
    if (typed === "") return LATER;
    const trouble = tokenTrouble(name, typed);
    if (trouble === undefined) return typed;
    talk.say(`  ${trouble}`);
  }
}

function showManifest({ root, talk }: InitPlace): void {
  const path = join(root, "manifest.yml");
  talk.say(readFileSync(path, "utf8").trimEnd());
  talk.say(
    [
      "",
      `That was the app's manifest (${path}).`,
      "  1. https://api.slack.com/apps → Create New App → From a manifest: choose the workspace, paste it, create.",
      "  2. Install App → Install to the workspace.",
      `  3. ${TOKENS.SLACK_APP_TOKEN.where}: generate it (xapp-…).`,
      `  4. ${TOKENS.SLACK_BOT_TOKEN.where} (xoxb-…).`,
      "",
    ].join("\n"),
  );
}

/** What to do about a token, by where it came from. */
function nextFor(finding: Finding, have: Have): string[] {
  const name = SPEAKS_OF[finding.what];
  if (name === undefined) return ["then: 502 init"];
  if (finding.outcome === "unknown")
    return ["This machine must reach https://slack.com; behind a proxy set HTTPS_PROXY. Then: 502 init"];
  const place = have[name]?.place;
  return place?.kind === "env"
    ? [`It comes from the environment: set ${place.name} anew, then: 502 init`]
    : [`Copy it again: ${TOKENS[name].where}.`];
}
