import type { Call } from "./cli/call.ts";
import type { Answer } from "./cli/output.ts";
import type { Settings } from "./config.ts";
import { printable } from "./wording/printable.ts";

// Each verb loads only what it needs: a verdict takes about a second in all.

/** What is left to do when the answer has been printed: nobody waits for a place that the audit log is passed on to. */
const afterwards: (() => Promise<void>)[] = [];

/** The terminal's entry: parses, runs one verb, prints one answer, exits after the Nagios convention. */
async function main(words: readonly string[]): Promise<Answer> {
  const { parseWords } = await import("./grammar/parse.ts");
  const { failure, USAGE } = await import("./cli/output.ts");
  const { callOf } = await import("./cli/call.ts");
  const parsed = parseWords(words, "terminal");
  if (!parsed.ok) return failure(words.includes("--json"), "usage", parsed.message, parsed.hint, USAGE);
  const call = callOf(parsed.request);
  try {
    return await run(parsed.request.verb, call);
  } catch (error) {
    if (!(error instanceof Error && "hint" in error && typeof error.hint === "string")) throw error;
    if (error.name === "UsageError") {
      // Without a configuration there is no host it could be: rather a verb, misspelt.
      const { nearestVerbs } = await import("./grammar/help.ts");
      const word = parsed.request.verb === "diagnose" ? (call.args["host"] ?? "") : "";
      const [near] = word === "" ? [] : nearestVerbs(word, "terminal");
      const meant = near === undefined ? "" : `; did you mean: 502 ${near}?`;
      return failure(call.json, "configuration", error.message, `${error.hint}${meant}`, USAGE);
    }
    const code = "code" in error ? String(error.code) : "failed";
    return failure(call.json, code, error.message, error.hint, 3);
  }
}

async function run(verb: string, call: Call): Promise<Answer> {
  const { ALONE, CONFIGURED, WITH_STATE } = await import("./terminal-verbs.ts");
  const alone = ALONE[verb];
  if (alone) return alone(call);
  const { readSettings, loginName } = await import("./config.ts");
  const settings = readSettings(call.text("config"));
  for (const problem of settings.problems) process.stderr.write(`warning: ${problem}\n`);
  const configured = CONFIGURED[verb];
  if (configured) return configured(settings, call);
  const handler = WITH_STATE[verb];
  if (!handler) throw new Error(`the verb ${verb} has no handler`);
  const { compose } = await import("./compose.ts");
  const say = (line: string): void =>
    void (call.json || !process.stderr.isTTY ? undefined : process.stderr.write(`${printable(line)}\n`));
  const playbook = verb === "diagnose" ? playbookOf(settings, call) : undefined;
  const product = await compose(settings, {
    ...(playbook === undefined ? {} : { playbook }),
    instance: `terminal-${process.pid}`,
    progress: (_run, line) => say(line),
    fixProgress: (_approval, line) => say(line),
  });
  try {
    return await handler(product, call, { id: `local:${loginName()}`, via: "terminal", fullMember: true });
  } finally {
    afterwards.push(async () => {
      const { streamRest } = await import("./compose-audit.ts");
      const late = await streamRest(product).finally(() => product.close());
      for (const warning of late) process.stderr.write(`warning: ${printable(warning)}\n`);
    });
  }
}

/** Reading and checking the other playbooks takes a fifth of a diagnosis of one host. */
function playbookOf({ config, inventory }: Settings, call: Call): string | undefined {
  const host = call.args["host"] ?? "";
  if (/^(?:@|https?:)/i.test(host) || Object.hasOwn(config.sites, host)) return undefined;
  const entry = { ...inventory.foreign, ...inventory.hosts }[host];
  return call.text("playbook") ?? entry?.playbook ?? "502";
}

const answer = await main(process.argv.slice(2)).catch(async (error: unknown): Promise<Answer> => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof Error ? (error.stack ?? message) : message}\n`);
  const { failure } = await import("./cli/output.ts");
  const hint = "report it with the text on standard error";
  return failure(process.argv.includes("--json"), "internal", `internal error: ${message}`, hint, 3);
});
if (answer.err !== undefined) process.stderr.write(printable(answer.err));
if (answer.out !== undefined) process.stdout.write(printable(answer.out));
process.exitCode = answer.exitCode;
for (const step of afterwards) {
  await step().catch((error: unknown) => {
    process.stderr.write(`warning: ${printable(error instanceof Error ? error.message : String(error))}\n`);
  });
}
