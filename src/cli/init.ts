import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suggest } from "../domain/nearest.ts";
import { loadConfig } from "../inventory/load-config.ts";
import type { Call } from "./call.ts";
import { Stopped } from "./dialogue.ts";
import { fileFailure, newFileTrouble, withFile } from "./file-trouble.ts";
import { pathOf } from "./host-answer.ts";
import { namedSources } from "./host-sources.ts";
import { slackText, writeHosts } from "./init-hosts.ts";
import { ELSEWHERE, type Goal, goesOn, type InitPlace, LATER } from "./init-place.ts";
import { slackStep, type SlackStep } from "./init-slack.ts";
import { count } from "../wording/count.ts";
import { type Answer, failure, USAGE } from "./output.ts";

const SHOWN = 20;
const HOW_FAR = {
  ready: "Slack is set up.",
  http: "Slack takes the bot token. It checks the Request URL itself, on the app's page.",
  unchecked: "Slack is set up, but did not say whether its tokens hold.",
  later: "Slack is left for later.",
};

/**
 * `502 init`: the Slack app and its tokens, 502.yml with the hosts, and a first diagnosis. Each step that is done
 * already is left as it is, so that a second call goes on where the first one stopped. It asks in a terminal, and
 * never where standard input is none.
 */
export async function initCommand(place: InitPlace, call: Call): Promise<Answer> {
  const output = pathOf(call.text("output") ?? call.text("config") ?? usualPlace(), place.around.home);
  const apiUrl = call.text("api-url");
  const option = configOption(output);
  const again = `502 init${option}${apiUrl === undefined ? "" : ` --api-url ${apiUrl}`}`;
  try {
    return await walk(place, call, { output, again, doctor: `502 doctor${option}` });
  } catch (error) {
    if (error instanceof Stopped) return failure(false, "stopped", "stopped", goesOn(again), 1);
    const failed = fileFailure(error);
    if (failed === undefined) throw error;
    return failed;
  }
}

async function walk(place: InitPlace, call: Call, goal: Goal): Promise<Answer> {
  const { talk } = place;
  const { output, again } = goal;
  const there = existsSync(output);
  const closed = there ? undefined : newFileTrouble(output, false, ELSEWHERE);
  if (closed !== undefined) throw closed;
  const other = there ? otherSources(place, call, output) : undefined;
  if (other !== undefined) return other;

  talk.say("Slack, step 1 of 3");
  const seen = place.look(output);
  const slack = await slackStep(place, call, seen, goal);
  if (slack.state === "failed") return failure(false, "slack", slack.trouble ?? "", goesOn(again), 1);
  talk.say(`  ${HOW_FAR[seen.slack?.mode === "http" && slack.state === "ready" ? "http" : slack.state]}`);

  talk.say("Hosts, step 2 of 3");
  const lines = slackText(slack.places, call.text("api-url"));
  const wrong = there ? addSlack(output, lines) : await writeHosts(place, call, goal, lines);
  if (wrong !== undefined) return wrong;
  const { hosts } = place.look(output);
  talk.say(`  ${output}: ${count(hosts.length, "host")}${there ? "; it exists already and is kept" : ""}.`);
  const [first] = hosts;
  if (first === undefined)
    return failure(
      false,
      "no-hosts",
      `${output} names no host`,
      `write one under hosts:, then: ${again}`,
      USAGE,
    );

  talk.say("First diagnosis, step 3 of 3");
  const host = await pick(place, call, hosts);
  if (typeof host === "object") return host;
  const next = steps(place, goal, host ?? first, slack);
  if (host === undefined) return { exitCode: 0, out: `${next.join("\n")}\n` };
  talk.say(`  looking at ${host}: it is only read`);
  const { said, reached } = await place.diagnose(output, host);
  const option = configOption(output);
  const unseen = `Next: 502 doctor ${host}${option} says what is missing there; then again: ${again}`;
  const out = [said.trimEnd(), ...(reached ? [] : [unseen]), "", ...next, ""].join("\n");
  return { exitCode: reached ? 0 : 3, out };
}

/** A file that is there is never made from other sources than those it names. */
function otherSources(place: InitPlace, call: Call, output: string): Answer | undefined {
  const text = withFile(output, "read", ELSEWHERE, () => readFileSync(output, "utf8"));
  if (namedSources(place, call).every((file) => text.includes(file))) return undefined;
  const hint = "nothing was changed; choose another with --output FILE";
  return failure(false, "exists", `${output} exists already`, hint, USAGE);
}

/** Lines at the end change nothing of what a person wrote. */
function addSlack(output: string, lines: string): Answer | undefined {
  if (lines === "") return undefined;
  const text = readFileSync(output, "utf8");
  const added = text.endsWith("\n") ? lines : `\n${lines}`;
  if (loadConfig(text + added, output).ok) {
    const hint = `add to it:\n${lines}`;
    withFile(output, "written", hint, () => appendFileSync(output, added));
    return undefined;
  }
  return failure(
    false,
    "configuration",
    `${output} takes no more lines at its end`,
    `add to it:\n${lines}`,
    USAGE,
  );
}

/** The host to look at first; undefined: none. */
async function pick(
  { talk }: InitPlace,
  call: Call,
  hosts: readonly string[],
): Promise<string | Answer | undefined> {
  const named = call.text("diagnose");
  if (named !== undefined)
    return hosts.includes(named)
      ? named
      : failure(false, "unknown-host", `there is no host ${named}`, suggest(named, hosts), USAGE);
  if (!talk.interactive) return undefined;
  const more = hosts.length > SHOWN ? `, … (${hosts.length} in all)` : "";
  talk.say(`  ${hosts.slice(0, SHOWN).join(", ")}${more}`);
  for (;;) {
    const typed = await talk.ask(`Which host is looked at first? [${hosts[0] ?? ""}], or "${LATER}": `);
    if (typed === LATER) return undefined;
    if (typed === "" || hosts.includes(typed)) return typed === "" ? hosts[0] : typed;
    talk.say(`  There is no host ${typed}: ${suggest(typed, hosts)}`);
  }
}

/** Where every command looks for 502.yml. */
function usualPlace(): string {
  return resolve(process.env["FIVEOHTWO_CONFIG"] ?? "502.yml");
}

function configOption(output: string): string {
  return output === usualPlace() ? "" : ` --config ${output}`;
}

function steps(place: InitPlace, { output, again }: Goal, host: string, slack: SlackStep): string[] {
  const option = configOption(output);
  const terminal = [
    "In the terminal:",
    `  502 doctor ${host}${option}      what is missing there`,
    `  502 ${host}${option}             why it answers 502`,
    "",
    "In Slack:",
  ];
  // npm runs it in the project's folder, not here.
  const start = output === join(place.root, "502.yml") ? "npm start" : `npm start -- --config ${output}`;
  const last = [
    `  ${start}   (in ${place.root}): starts the bot`,
    `  then invite it to a channel, /invite @fiveohtwo, and type there: /502 ${host}`,
  ];
  if (slack.state !== "later") return [...terminal, ...last];
  const manifest = join(place.root, "manifest.yml");
  return [
    ...terminal,
    `  https://api.slack.com/apps → Create New App → From a manifest: paste ${manifest}, install the app,`,
    `  then give its two tokens to: ${again}`,
    ...last,
  ];
}
