import type { Command, CommandResult } from "../domain/command.ts";
import type { Diagnosis } from "../domain/diagnosis.ts";
import type { Host } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import type { HostModel } from "../model/host-model.ts";
import type { SudoRule } from "../playbook/sudo-rules.ts";
import { compileWord, renderWords } from "../playbook/words.ts";
import { instancesOf, onlyForFixes, type SudoHost } from "../wording/sudoers.ts";
import type { LoadedPlaybook } from "./collect.ts";
import { executeRun } from "./execute-run.ts";
import type { Clock, Session, Shell } from "./ports.ts";
import { rememberingSession } from "./remembering-session.ts";
import { surveyCommands } from "./survey.ts";

/** What looks at a host's rights. */
export interface RightsWorld {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly runMs: number;
}

/** Whom a login is, what its sudo is, and where the programs lie. */
export type Account = Pick<SudoHost, "name" | "user" | "sudoVersion" | "paths">;

/** What the playbooks would run on a host. */
export interface Needs {
  readonly instances: SudoHost["instances"];
  readonly diagnoses: readonly Diagnosis[];
}

/** The login of a host's fixes where it is another one: who it is, or why it fails. */
export type FixLogin = { readonly user: string } | { readonly trouble: string; readonly hint: string };

/** What a host's account may do and what its playbooks would run there. */
export interface HostRights extends Account, Needs {
  readonly hostKey: string;
  readonly isRoot: boolean;
  readonly fixLogin?: FixLogin;
  /** For each rule with a known command: whether sudo allows it without a password; undefined: it did not say. */
  readonly allowed: ReadonlyMap<SudoRule, boolean | undefined>;
}

const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * Looks at a host as its logins see it: sudo's version, where the programs lie, what the playbooks run there, and
 * which rules hold already, those of fixes as the login that makes them. Changes nothing.
 * @throws ShellError when the host cannot be reached or trusted
 */
export async function lookAtRights(
  world: RightsWorld,
  host: Host,
  playbooks: readonly LoadedPlaybook[],
  rules: readonly SudoRule[],
): Promise<HostRights> {
  const session = await world.shell.open(host, {
    purpose: "diagnose",
    deadlineMs: deadline(world, playbooks),
  });
  try {
    const account = await lookAtAccount(session, host, rules);
    const needs = await lookAtNeeds(world, session, host, playbooks);
    const own = host.fixUser !== undefined || host.fixIdentityFiles !== undefined;
    const mine = own ? rules.filter((rule) => !onlyForFixes(rule)) : rules;
    const isRoot = account.user === "root";
    const allowed = isRoot ? [] : await ask(session, mine, account.paths, needs.instances);
    const fixing = own
      ? await lookAtFixLogin(world, host, rules.filter(onlyForFixes), account, needs)
      : undefined;
    return {
      ...account,
      ...needs,
      isRoot,
      hostKey: session.hostKey,
      ...(fixing === undefined ? {} : { fixLogin: fixing.login }),
      allowed: new Map([...allowed, ...(fixing?.allowed ?? [])]),
    };
  } finally {
    await session.close();
  }
}

/** How long a session may live that makes a run of each playbook. */
export function deadline(world: RightsWorld, playbooks: readonly LoadedPlaybook[]): number {
  return world.runMs * (playbooks.length + 1);
}

/** Asks in one wave who the login is, for sudo's version and for the programs of the rules. */
export async function lookAtAccount(
  session: Session,
  host: Host,
  rules: readonly SudoRule[],
): Promise<Account> {
  const programs = [...new Set(rules.map(({ program }) => program))];
  const places = [...programs, "visudo"].flatMap((p) =>
    p.startsWith("/") ? [p] : FOLDERS.map((f) => `${f}/${p}`),
  );
  const [version, who, found] = await session.runWave([
    look("sudo-version", ["sudo", "-V"]),
    look("user", ["id", "-un"]),
    look("programs", ["ls", "-d", "--", ...places]),
  ]);
  return {
    name: host.name,
    user: who?.stdout.trim() || host.user,
    sudoVersion: /^Sudo version (\d+\.\d+(?:\.\d+)?)/m.exec(version?.stdout ?? "")?.[1],
    paths: pathsOf([...programs, "visudo"], found?.stdout ?? ""),
  };
}

/** Runs the playbooks, each question once, to see which commands they and their fixes make on this host. */
export async function lookAtNeeds(
  world: RightsWorld,
  session: Session,
  host: Host,
  playbooks: readonly LoadedPlaybook[],
): Promise<Needs> {
  const once = rememberingSession(session);
  const instances: (readonly string[])[] = [];
  const diagnoses: Diagnosis[] = [];
  for (const loaded of playbooks) {
    const input = { runId: `rights-${loaded.playbook.name}`, host, runMs: world.runMs };
    const { bundle, diagnosis, model } = await executeRun(input, loaded, { ...world, session: once });
    diagnoses.push(diagnosis);
    const seen = [...bundle.commands, ...surveyCommands(bundle.commands)];
    instances.push(...seen.map(({ argv }) => argv), ...(model ? fixCommands(loaded, model) : []));
  }
  return { instances, diagnoses };
}

async function lookAtFixLogin(
  world: RightsWorld,
  host: Host,
  rules: readonly SudoRule[],
  { paths }: Account,
  { instances }: Needs,
): Promise<{ login: FixLogin; allowed: readonly Allowed[] }> {
  try {
    const session = await world.shell.open(host, { purpose: "fix", deadlineMs: world.runMs });
    try {
      const [who] = await session.runWave([look("user", ["id", "-un"])]);
      const user = who?.stdout.trim() || (host.fixUser ?? host.user);
      const allowed = user === "root" ? [] : await ask(session, rules, paths, instances);
      return { login: { user }, allowed };
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    return { login: { trouble: error.message, hint: error.hint }, allowed: [] };
  }
}

/** A question of its own to a host, beside its playbooks. */
export function look(id: string, argv: readonly string[]): Command {
  return { id, argv, sudo: "never", timeoutMs: 10_000, maxBytes: 65_536 };
}

function pathsOf(programs: readonly string[], listed: string): Map<string, string> {
  const there = new Set(listed.split("\n").map((line) => line.trim()));
  const paths = new Map<string, string>();
  for (const program of programs) {
    const places = program.startsWith("/") ? [program] : FOLDERS.map((folder) => `${folder}/${program}`);
    const path = places.find((place) => there.has(place));
    if (path !== undefined) paths.set(program, path);
  }
  return paths;
}

/** The commands that fixes would run here, wherever their values are known. */
function fixCommands({ playbook, environment }: LoadedPlaybook, model: HostModel): (readonly string[])[] {
  const whole = { host: model.host, nginx: model.nginx };
  return [whole, ...model.targets.map(({ scope }) => scope)].flatMap((scope) => {
    const context = environment.context({ ...scope });
    return playbook.fixes
      .flatMap((fix) => [...fix.preconditions, ...fix.commands, ...fix.rollback])
      .flatMap(({ argv }) => {
        const words = argv.map((word) => compileWord(environment, word));
        const rendered = renderWords(words, context);
        return rendered.ok ? [rendered.argv] : [];
      });
  });
}

type Allowed = readonly [SudoRule, boolean | undefined];

/** Asks sudo, command by command, whether it would run it; nothing is run. */
async function ask(
  session: Session,
  rules: readonly SudoRule[],
  paths: ReadonlyMap<string, string>,
  instances: readonly (readonly string[])[],
): Promise<readonly Allowed[]> {
  const asked = rules.flatMap((rule) => {
    const path = paths.get(rule.program);
    const [args] = instancesOf(rule, { instances });
    // Rules for other users are told apart by sudo's own list only.
    return path === undefined || args === undefined || rule.runAs !== undefined ? [] : [{ rule, path, args }];
  });
  const questions = asked.map(({ path, args }, i) =>
    look(`rule-${i}`, ["sudo", "-n", "-l", "--", path, ...args.split(" ").filter((word) => word !== "")]),
  );
  const answers = questions.length === 0 ? [] : await session.runWave(questions);
  const byId = new Map(answers.map((answer): [string, CommandResult] => [answer.id, answer]));
  return asked.map(({ rule }, i) => [rule, verdict(byId.get(`rule-${i}`))]);
}

function verdict(answer: CommandResult | undefined): boolean | undefined {
  if (answer === undefined || (answer.end !== "exited" && answer.end !== "denied")) return undefined;
  return answer.exitCode === 0;
}
