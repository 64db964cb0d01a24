import type { Command, CommandResult } from "../domain/command.ts";
import type { Diagnosis } from "../domain/diagnosis.ts";
import type { Host } from "../domain/host.ts";
import type { HostModel } from "../model/host-model.ts";
import type { SudoRule } from "../playbook/sudo-rules.ts";
import { compileWord, renderWords } from "../playbook/words.ts";
import { instancesOf, type SudoHost } from "../wording/sudoers.ts";
import type { LoadedPlaybook } from "./collect.ts";
import { executeRun } from "./execute-run.ts";
import type { Clock, Session, Shell } from "./ports.ts";

/** What a host's account may do and what its playbooks would run there. */
export interface HostRights extends SudoHost {
  readonly hostKey: string;
  readonly isRoot: boolean;
  readonly diagnoses: readonly Diagnosis[];
  /** For each rule with a known command: whether sudo allows it without a password; undefined: it did not say. */
  readonly allowed: ReadonlyMap<SudoRule, boolean | undefined>;
}

const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * Looks at a host over one connection: sudo's version, where the programs lie, what the playbooks run there,
 * and which rules hold already. Changes nothing.
 * @throws ShellError when the host cannot be reached or trusted
 */
export async function lookAtRights(
  world: { readonly shell: Shell; readonly clock: Clock; readonly runMs: number },
  host: Host,
  playbooks: readonly LoadedPlaybook[],
  rules: readonly SudoRule[],
): Promise<HostRights> {
  const deadlineMs = world.runMs * (playbooks.length + 1);
  const session = await world.shell.open(host, { purpose: "diagnose", deadlineMs });
  try {
    const programs = [...new Set(rules.map(({ program }) => program))];
    const places = programs.flatMap((p) => (p.startsWith("/") ? [p] : FOLDERS.map((f) => `${f}/${p}`)));
    const [version, who, found] = await session.runWave([
      look("sudo-version", ["sudo", "-V"]),
      look("user", ["id", "-un"]),
      look("programs", ["ls", "-d", "--", ...places]),
    ]);
    const paths = pathsOf(programs, found?.stdout ?? "");
    const seen: { argv: readonly string[] }[] = [];
    const diagnoses: Diagnosis[] = [];
    for (const loaded of playbooks) {
      const input = { runId: `rights-${loaded.playbook.name}`, host, runMs: world.runMs };
      const { bundle, diagnosis, model } = await executeRun(input, loaded, { ...world, session });
      diagnoses.push(diagnosis);
      seen.push(...bundle.commands, ...(model ? fixCommands(loaded, model) : []));
    }
    const instances = seen.map(({ argv }) => argv);
    const user = who?.stdout.trim() || host.user;
    const allowed =
      user === "root" ? new Map<SudoRule, boolean>() : await ask(session, rules, paths, instances);
    return {
      name: host.name,
      user,
      isRoot: user === "root",
      hostKey: session.hostKey,
      sudoVersion: /^Sudo version (\d+\.\d+(?:\.\d+)?)/m.exec(version?.stdout ?? "")?.[1],
      paths,
      instances,
      diagnoses,
      allowed,
    };
  } finally {
    await session.close();
  }
}

function look(id: string, argv: readonly string[]): Command {
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
function fixCommands(
  { playbook, environment }: LoadedPlaybook,
  model: HostModel,
): { argv: readonly string[] }[] {
  return model.targets.flatMap(({ scope }) => {
    const context = environment.context({ ...scope });
    return playbook.fixes
      .flatMap((fix) => [...fix.preconditions, ...fix.commands, ...fix.rollback])
      .flatMap(({ argv }) => {
        const words = argv.map((word) => compileWord(environment, word));
        const rendered = renderWords(words, context);
        return rendered.ok ? [{ argv: rendered.argv }] : [];
      });
  });
}

/** Asks sudo, command by command, whether it would run it; nothing is run. */
async function ask(
  session: Session,
  rules: readonly SudoRule[],
  paths: ReadonlyMap<string, string>,
  instances: readonly (readonly string[])[],
): Promise<Map<SudoRule, boolean | undefined>> {
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
  return new Map(asked.map(({ rule }, i) => [rule, verdict(byId.get(`rule-${i}`))]));
}

function verdict(answer: CommandResult | undefined): boolean | undefined {
  if (answer === undefined || (answer.end !== "exited" && answer.end !== "denied")) return undefined;
  return answer.exitCode === 0;
}
