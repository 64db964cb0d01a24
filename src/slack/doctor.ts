import type { Actor } from "../domain/run.ts";
import { examineHost, type Finding } from "../workflows/examine-host.ts";
import { answer, type Listener } from "./answer.ts";
import { unknownHost } from "./unknown-host.ts";
import { cutText, LIMITS } from "./limits.ts";
import { clean, escape } from "./draw/text.ts";
import type { SlackWorld } from "./world.ts";

const WORD = { pass: "✔ ok", warn: "▲ warning", fail: "✖ fails", unknown: "? not known" } as const;

/** `/502 doctor HOST`: what the bot itself meets on that host, and the lines that mend it, for one person. */
export async function answerDoctor(
  world: SlackWorld,
  to: Listener,
  actor: Actor,
  name: string | undefined,
): Promise<void> {
  if (name === undefined) {
    await answer(
      world,
      to,
      "Say which host: `/502 doctor HOST`. In the terminal `502 doctor` looks at the bot itself.",
    );
    return;
  }
  const host = world.runs.findHost(name);
  if (host === undefined) return answer(world, to, unknownHost(world, actor, name));
  const may = world.runs.mayDiagnose(actor, host);
  if (!may.allowed) return answer(world, to, `You may not diagnose ${escape(name)}: ${escape(may.why)}.`);
  await answer(world, to, `Looking at ${escape(name)}: reach, rights and tools. This takes a few seconds.`);
  await answer(world, to, sayFindings(name, await examineHost(world.runs, host)));
}

const SIGHTS_NAMED = 3;

/** What was found, what needs doing first (mrkdwn). What merely could not be seen is one line: it follows from the rest. */
export function sayFindings(name: string, findings: readonly Finding[]): string {
  const blind = findings.filter((f) => f.outcome !== "pass" && f.what.startsWith("sight"));
  const bad = findings.filter((f) => f.outcome !== "pass" && !blind.includes(f));
  const good = findings.filter((f) => f.outcome === "pass");
  const first =
    bad.length + blind.length === 0
      ? `${escape(name)} has all that the playbooks need.`
      : `${escape(name)}: something is missing.`;
  const lines = [...bad.map(line), ...blindLine(name, blind), ...good.map(line)];
  return cutText([`*${first}*`, ...lines].join("\n"), LIMITS.messageText);
}

function blindLine(name: string, blind: readonly Finding[]): string[] {
  if (blind.length === 0) return [];
  const named = blind.slice(0, SIGHTS_NAMED).map((f) => f.detail.replace(/^could not see /, ""));
  const more = blind.length - named.length;
  const what = `${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
  return [
    `${WORD.warn}: could not see ${escape(what)}. In the terminal, \`502 doctor ${escape(name)}\` has the lines that mend each.`,
  ];
}

function line({ what, outcome, detail, mend = [] }: Finding): string {
  const said = `${WORD[outcome]}: ${escape(`${what}: ${detail}`)}`;
  if (mend.length === 0) return said;
  // Three backticks of a host would end the block.
  return `${said}\n\`\`\`${escape(mend.map(clean).join("\n").replaceAll("`", "'"))}\`\`\``;
}
