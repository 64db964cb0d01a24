import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SecretPlace } from "../inventory/secret.ts";
import { sayDuration } from "../wording/duration.ts";
import type { SlackFinding } from "../workflows/slack-finding.ts";
import type { Call } from "./call.ts";
import { type Goal, type InitPlace, LATER, type Seen } from "./init-place.ts";
import { askToken, ensureKeepable, type Have, keep, type Token, tokensAtHand } from "./init-tokens.ts";
import { TOKEN_NAMES, type TokenName, TOKENS, tokenTrouble } from "./slack-tokens.ts";

/** How far the workspace is set up, and what 502.yml must say of it. */
export interface SlackStep {
  /** unchecked: Slack was too busy to say anything of a token. */
  readonly state: "ready" | "unchecked" | "later" | "failed";
  /** Where the tokens lie; absent: nothing is to be written. */
  readonly places?: Readonly<Record<TokenName, SecretPlace>>;
  /** What failed and what to do next, where nobody can be asked. */
  readonly trouble?: string;
}

const MARK = { pass: "ok", warn: "warning", fail: "fails", unknown: "not known" } as const;

interface Step {
  readonly place: InitPlace;
  readonly seen: Seen;
  readonly apiUrl: string | undefined;
  readonly goal: Goal;
}

/**
 * The app from its manifest, its two tokens (one where Slack sends HTTP requests), and what Slack says of each. What
 * is there already is not asked for again. A token is kept as soon as Slack was asked and has not refused it.
 */
export async function slackStep(place: InitPlace, call: Call, seen: Seen, goal: Goal): Promise<SlackStep> {
  const { talk } = place;
  const http = seen.slack?.mode === "http";
  const names = http ? (["SLACK_BOT_TOKEN"] as const) : TOKEN_NAMES;
  const have = tokensAtHand(place, call, seen);
  for (const name of names) {
    const token = have[name];
    const trouble = token === undefined ? undefined : tokenTrouble(name, token.token);
    if (trouble === undefined) continue;
    if (!talk.interactive) return failed(trouble);
    talk.say(`  ${trouble}`);
    delete have[name];
  }
  const missing = names.filter((name) => have[name] === undefined);
  // What an earlier walk kept is no reason to fail where nobody can be asked for the rest.
  const kept = Object.values(have).every((token) => !token.fresh && token.place.kind === "file");
  if (missing.length > 0 && kept && seen.slack === undefined && !talk.interactive) return { state: "later" };
  if (missing.length === names.length && !talk.interactive) return { state: "later" };
  if (missing.length > 0 && talk.interactive) {
    for (const name of missing) ensureKeepable(place, seen, name);
    if (!http) showManifest(place);
  }
  const step: Step = { place, seen, apiUrl: call.text("api-url") ?? seen.slack?.apiUrl, goal };
  const states: SlackStep["state"][] = [];
  for (const name of names) {
    const settled = await settle(step, name, have);
    if (settled.state === "failed" || have[name] === undefined) return settled;
    states.push(settled.state);
  }
  const { SLACK_BOT_TOKEN: bot, SLACK_APP_TOKEN: app } = have;
  const write = seen.slack === undefined && bot !== undefined && app !== undefined;
  return {
    state: (["later", "unchecked"] as const).find((state) => states.includes(state)) ?? "ready",
    ...(write ? { places: { SLACK_BOT_TOKEN: bot.place, SLACK_APP_TOKEN: app.place } } : {}),
  };
}

function failed(trouble: string): SlackStep {
  return { state: "failed", trouble };
}

/** One token: from where it lies or as it is typed, until Slack takes it or the person goes on without. */
async function settle(step: Step, name: TokenName, have: Have): Promise<SlackStep> {
  const { place, seen } = step;
  const { talk } = place;
  for (;;) {
    let token = have[name];
    if (token === undefined) {
      if (!talk.interactive)
        return failed(`No ${TOKENS[name].begins} token was given: ${TOKENS[name].where}.`);
      const typed = await askToken(place, seen, name);
      if (typed === LATER) return { state: "later" };
      token = typed;
    }
    const findings = await ask(step, name, token);
    for (const f of findings) talk.say(`  ${MARK[f.outcome]}: ${f.what}: ${f.detail}`);
    const bad = findings.filter((f) => f.outcome !== "pass");
    const refused = bad.some((f) => f.trouble === "refused");
    have[name] = refused ? token : keep(place, seen, name, token);
    if (bad.length === 0) return { state: "ready" };
    if (bad.every((f) => f.trouble === "busy")) {
      talk.say(`  ${TOKENS[name].called} was not checked: ${step.goal.doctor} will.`);
      return { state: "unchecked" };
    }
    const next = bad.flatMap((f) => [...(f.mend ?? []), ...nextFor(f, token, step.goal.again)]);
    if (!talk.interactive) return failed([...bad.map((f) => f.detail), ...next].join("\n  "));
    talk.say(next.map((line) => `    ${line}`).join("\n"));
    if (refused && token.place.kind === "file") {
      delete have[name];
      continue;
    }
    const said = await talk.ask(`Enter asks Slack again, "${LATER}" goes on without: `);
    if (said === LATER) return { state: "later" };
  }
}

function ask({ place, apiUrl }: Step, name: TokenName, { token }: Token): Promise<SlackFinding[]> {
  return place.askSlack({ [name]: token }, apiUrl, async (ms, because) => {
    place.talk.say(`  ${because} It is asked again in ${sayDuration(ms)}.`);
    await place.wait(ms);
  });
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
function nextFor({ trouble, token }: SlackFinding, { place }: Token, again: string): string[] {
  if (trouble !== "refused") return [`then: ${again}`];
  if (place.kind === "env") return [`It comes from the environment: set ${place.name} anew, then: ${again}`];
  return token === "bot" ? [`Copy it again: ${TOKENS.SLACK_BOT_TOKEN.where}.`] : [];
}
