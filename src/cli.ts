import { join } from "node:path";
import { diagnoseCommand } from "./cli/diagnose.ts";
import { fixCommand } from "./cli/fix.ts";
import { type Answer, failure, USAGE } from "./cli/output.ts";
import { replayCommand } from "./cli/replay.ts";
import { compose, type Product } from "./compose.ts";
import { loadPlaybooks, loginName, readSettings, ROOT, type Settings, UsageError } from "./config.ts";
import type { Actor } from "./domain/run.ts";
import { helpText, parseWords, type Request } from "./grammar/parse.ts";
import { errorText } from "./inventory/load-config.ts";
import { hostNames } from "./inventory/resolve.ts";
import { StoreError } from "./store/errors.ts";

/** The terminal's entry: parses, runs one verb, prints one answer, exits after the Nagios convention. */
async function main(words: readonly string[]): Promise<Answer> {
  const json = words.includes("--json");
  const parsed = parseWords(words, "terminal");
  if (!parsed.ok) return failure(json, "usage", parsed.message, parsed.hint, USAGE);
  try {
    return await run(parsed.request, json);
  } catch (error) {
    if (error instanceof UsageError) return failure(json, "configuration", error.message, error.hint, USAGE);
    if (error instanceof StoreError) return failure(json, error.code, error.message, error.hint, 3);
    throw error;
  }
}

async function run(request: Request, json: boolean): Promise<Answer> {
  const { args, options } = request;
  const verbose = options["verbose"] === true;
  switch (request.verb) {
    case "help":
      return { exitCode: 0, out: `${helpText("terminal")}\n` };
    case "lint":
      return lint(args["folder"]);
    case "replay":
      return replayCommand(bundled().byName, args["bundle"] ?? "", { json, verbose });
    default:
      return withProduct(request, json, verbose);
  }
}

async function withProduct(request: Request, json: boolean, verbose: boolean): Promise<Answer> {
  const { args, options } = request;
  const text = (name: string): string | undefined => (typeof options[name] === "string" ? options[name] : undefined);
  const settings = readSettings(text("config"));
  const actor: Actor = { id: `local:${loginName()}`, via: "terminal", fullMember: true };
  if (request.verb === "hosts") return hosts(settings, json);
  const say = (line: string): void => void (json || !process.stderr.isTTY ? undefined : process.stderr.write(`${line}\n`));
  const product = await compose(settings, { instance: `terminal-${process.pid}`, progress: (_run, line) => say(line), fixProgress: (_id, line) => say(line) });
  try {
    switch (request.verb) {
      case "fix":
        return await fixCommand(withQueue(product, product.fixes), actor, { runId: args["run"] ?? "", fixId: args["fix"] ?? "", yes: options["yes"] === true, json, state: settings.stateDir, interactive: process.stdin.isTTY && !json, ...optional("reason", text("reason")) });
      case "runs":
        return await runs(product, args["host"], json);
      case "approvals":
        return await approvals(product, json);
      case "playbooks":
        return playbooks(product, json);
      case "audit":
        return await audit(product, args["what"] ?? "", args["host"], json);
      default:
        return await diagnoseCommand(withQueue(product, product.runs), actor, { host: args["host"] ?? "", playbook: text("playbook") ?? product.runs.findHost(args["host"] ?? "")?.playbook ?? "502", json, verbose, ...optional("vhost", text("vhost")), ...optional("url", text("url")), ...optional("save", text("save")) });
    }
  } finally {
    await product.close();
  }
}

function withQueue<T extends object>(product: Product, world: T): T & { readonly store: Product["store"] } {
  return { ...world, store: product.store };
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}

function bundled(): ReturnType<typeof loadPlaybooks> {
  return loadPlaybooks([join(ROOT, "playbooks")]);
}

function lint(folder: string | undefined): Answer {
  const { errors, byName } = loadPlaybooks([folder ?? join(ROOT, "playbooks")]);
  if (errors.length > 0) return { exitCode: 1, err: `${errors.map(errorText).join("\n")}\n` };
  return { exitCode: 0, out: `${[...byName.values()].map((l) => `${l.playbook.name}: ${l.playbook.checks.length} checks, ${l.playbook.causes.length} causes, ${l.playbook.fixes.length} fixes`).join("\n")}\n` };
}

function hosts(settings: Settings, json: boolean): Answer {
  const names = hostNames(settings.inventory, settings.around);
  return { exitCode: 0, out: json ? `${JSON.stringify(names)}\n` : `${names.join("\n")}\n` };
}

async function runs(product: Product, host: string | undefined, json: boolean): Promise<Answer> {
  const list = await product.store.runs({ limit: 30, ...(host === undefined ? {} : { host }) });
  if (json) return { exitCode: 0, out: `${JSON.stringify(list, null, 2)}\n` };
  const lines = list.map((r) => `${r.id}  ${new Date(r.createdAt).toISOString()}  ${r.request.host}  ${r.diagnosis?.verdict ?? r.state}  ${r.diagnosis?.causes[0]?.id ?? ""}`);
  return { exitCode: 0, out: lines.length === 0 ? "no runs yet\n" : `${lines.join("\n")}\n` };
}

async function approvals(product: Product, json: boolean): Promise<Answer> {
  const list = await product.store.approvals({ state: ["requested", "approved", "applying"], limit: 50 });
  if (json) return { exitCode: 0, out: `${JSON.stringify(list, null, 2)}\n` };
  const lines = list.map((a) => `${a.id}  ${a.host}  ${a.fixId}  ${a.state}  asked by ${a.requestedBy}`);
  return { exitCode: 0, out: lines.length === 0 ? "no approval waits\n" : `${lines.join("\n")}\n` };
}

function playbooks(product: Product, json: boolean): Answer {
  const list = [...product.runs.playbooks.values()].map((l) => ({ name: l.playbook.name, title: l.playbook.title, revision: l.playbook.revision }));
  return { exitCode: 0, out: json ? `${JSON.stringify(list, null, 2)}\n` : `${list.map((p) => `${p.name}  ${p.title}`).join("\n")}\n` };
}

async function audit(product: Product, what: string, host: string | undefined, json: boolean): Promise<Answer> {
  if (what === "verify") {
    const result = await product.store.auditVerify();
    const broken = result.brokenAt !== undefined;
    const sentence = broken ? `the chain is broken at entry ${result.brokenAt}: ${result.because ?? ""}` : `${result.entries} entries, the chain holds${result.unanchored === undefined ? "" : ` (${result.unanchored})`}`;
    return { exitCode: broken ? 2 : 0, out: json ? `${JSON.stringify(result, null, 2)}\n` : `${sentence}\n` };
  }
  if (what !== "show") return failure(json, "usage", `audit takes verify or show, not "${what}"`, "usage: 502 audit verify|show [HOST]", USAGE);
  const trail = await product.store.auditTrail({ limit: 200, ...(host === undefined ? {} : { host }) });
  return { exitCode: 0, out: `${trail.map((e) => JSON.stringify(e)).join("\n")}\n` };
}

main(process.argv.slice(2)).then(
  (answer) => {
    if (answer.err !== undefined) process.stderr.write(answer.err);
    if (answer.out !== undefined) process.stdout.write(answer.out);
    process.exitCode = answer.exitCode;
  },
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    const answer = failure(process.argv.includes("--json"), "internal", `internal error: ${message}`, "report it with the text on standard error", 3);
    process.stderr.write(`${answer.err ?? (error instanceof Error ? (error.stack ?? message) : message)}\n`);
    if (answer.out !== undefined) process.stdout.write(answer.out);
    process.exitCode = 3;
  },
);
