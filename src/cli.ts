import { join } from "node:path";
import type { Call } from "./cli/call.ts";
import type { Answer } from "./cli/output.ts";
import type { Product } from "./compose.ts";
import type { Settings } from "./config.ts";
import type { Actor } from "./domain/run.ts";

// Each verb loads only what it needs: a verdict takes about a second in all.

type Handler = (call: Call) => Promise<Answer> | Answer;

/** Verbs that need no configuration. */
const ALONE: Readonly<Record<string, Handler>> = {
  help: async (call) => (await import("./cli/help.ts")).helpCommand(call),
  completion: async (call) => (await import("./cli/completion.ts")).completionCommand(call),
  lint: async (call) => {
    const { playbookEnvironment, playbookFolders, ROOT } = await import("./config.ts");
    const folders = playbookFolders([call.args["folder"] ?? join(ROOT, "playbooks")]);
    return (await import("./cli/lint.ts")).lintCommand(folders, playbookEnvironment().load, call);
  },
  schema: async (call) => {
    const { playbookEnvironment } = await import("./config.ts");
    return (await import("./cli/schema.ts")).schemaCommand(playbookEnvironment().load, call);
  },
  scenario: async (call) => {
    const { ROOT } = await import("./config.ts");
    const { scenarioCommand } = await import("./cli/scenario.ts");
    return scenarioCommand(await bundled(), join(ROOT, "test", "scenarios"), call);
  },
  replay: async (call) => (await import("./cli/replay.ts")).replayCommand(await bundled(), call),
};

/** Verbs that need the configuration only. */
const CONFIGURED: Readonly<Record<string, (settings: Settings, call: Call) => Promise<Answer>>> = {
  hosts: async ({ inventory, around }, call) => {
    const { hostNames } = await import("./inventory/resolve.ts");
    return (await import("./cli/hosts.ts")).hostsCommand(hostNames(inventory, around), call);
  },
};

/** Verbs that need state, too; any other word is a host. */
const WITH_STATE: Readonly<Record<string, (product: Product, call: Call, actor: Actor) => Promise<Answer>>> =
  {
    diagnose: async (product, call, actor) =>
      call.args["host"]?.startsWith("@") === true
        ? (await import("./cli/group.ts")).groupCommand(
            { ...product.channels, store: product.store },
            actor,
            call,
          )
        : (await import("./cli/diagnose.ts")).diagnoseCommand(
            { ...product.runs, store: product.store },
            actor,
            call,
          ),
    fix: async (product, call, actor) =>
      (await import("./cli/fix.ts")).fixCommand({ ...product.fixes, store: product.store }, actor, {
        call,
        state: product.settings.stateDir,
        interactive: process.stdin.isTTY && !call.json,
      }),
    runs: async ({ store }, call) => (await import("./cli/runs.ts")).runsCommand(store, call),
    approvals: async ({ store }, call) => (await import("./cli/approvals.ts")).approvalsCommand(store, call),
    playbooks: async ({ runs }, call) =>
      (await import("./cli/playbooks.ts")).playbooksCommand(runs.playbooks, call),
    audit: async ({ store }, call) => (await import("./cli/audit.ts")).auditCommand(store, call),
  };

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
    if (error.name === "UsageError")
      return failure(call.json, "configuration", error.message, error.hint, USAGE);
    const code = "code" in error ? String(error.code) : "failed";
    return failure(call.json, code, error.message, error.hint, 3);
  }
}

async function run(verb: string, call: Call): Promise<Answer> {
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
    void (call.json || !process.stderr.isTTY ? undefined : process.stderr.write(`${line}\n`));
  const product = await compose(settings, {
    instance: `terminal-${process.pid}`,
    progress: (_run, line) => say(line),
    fixProgress: (_approval, line) => say(line),
  });
  try {
    return await handler(product, call, { id: `local:${loginName()}`, via: "terminal", fullMember: true });
  } finally {
    await product.close();
  }
}

async function bundled(): Promise<Product["runs"]["playbooks"]> {
  const { loadPlaybooks, ROOT } = await import("./config.ts");
  return loadPlaybooks([join(ROOT, "playbooks")]).byName;
}

const answer = await main(process.argv.slice(2)).catch(async (error: unknown): Promise<Answer> => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof Error ? (error.stack ?? message) : message}\n`);
  const { failure } = await import("./cli/output.ts");
  const hint = "report it with the text on standard error";
  return failure(process.argv.includes("--json"), "internal", `internal error: ${message}`, hint, 3);
});
if (answer.err !== undefined) process.stderr.write(answer.err);
if (answer.out !== undefined) process.stdout.write(answer.out);
process.exitCode = answer.exitCode;
