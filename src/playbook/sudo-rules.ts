import type { Playbook } from "../domain/playbook.ts";
import { wordsOfFact } from "./sudo-words.ts";
import { split } from "./template.ts";

/** How much a rule gives away. */
export type SudoBlock = "read" | "act" | "root-equal";

/** One command that playbooks run through sudo. */
export interface SudoRule {
  readonly block: SudoBlock;
  /** The checks and fixes that run it, as "check error-log" or "fix start-unit". */
  readonly neededBy: readonly string[];
  readonly program: string;
  /** Its arguments joined by spaces, when they are always the same. */
  readonly exact?: string;
  /** A POSIX extended regular expression for its arguments joined by spaces, without anchors. Neither: any arguments. */
  readonly pattern?: string;
  /** Template or name of the user it runs as, when it is not root. */
  readonly runAs?: string;
  /** Why it equals root. */
  readonly because?: string;
}

/** What can be turned into everything root may, whatever its arguments: by what it changes, not by its name. */
const ROOT_EQUAL: Readonly<Record<string, string>> = {
  sh: "it writes nginx's configuration, and who writes that decides what root loads",
  docker: "who starts containers can have any file of the host in one",
  install: "it gives folders away",
  chown: "it gives files away",
  chmod: "it opens files",
  kill: "it ends any process",
  setsebool: "it changes the host's security policy",
  semanage: "it changes the host's security policy",
  restorecon: "it changes the host's security labels",
  iptables: "it opens what a firewall closes",
  sysctl: "it changes the kernel's settings",
  env: "it runs any program",
};

/**
 * How a report looks at a certificate: whom it names and when it ends, no more of the file. Those of certbot lie in a
 * folder that only root may enter.
 */
export function certificateArgv(path: string): string[] {
  const shown = "-noout -subject -enddate -ext subjectAltName".split(" ");
  return ["openssl", "x509", "-in", path, ...shown];
}

/** Files in people's homes, printed as they are. */
const FOLLOWED = /\.pm2\/dump\\\.pm2$/;

/** The sudo rules that a host's bot needs: those of the playbooks, and what reports look at beside them. */
export function allSudoRules(playbooks: Iterable<Playbook>): SudoRule[] {
  const report = { argv: certificateArgv("${each.path}"), sudo: "try" } as const;
  return inOrder([...sudoRules(playbooks), ruleOf(report, "read", "scheduled reports")]);
}

/** The sudo rules that playbooks need, reading ones first; the same command once. Fixes that are made by hand need none. */
export function sudoRules(playbooks: Iterable<Playbook>): SudoRule[] {
  const rules = new Map<string, SudoRule>();
  const add = (rule: SudoRule): void => {
    const { block, program, exact, pattern, runAs } = rule;
    const key = JSON.stringify([block, program, exact, pattern, runAs]);
    const before = rules.get(key);
    const neededBy = [...new Set([...(before?.neededBy ?? []), ...rule.neededBy])];
    rules.set(key, { ...rule, neededBy });
  };
  for (const { checks, fixes } of playbooks) {
    for (const check of checks) if (runsSudo(check)) add(ruleOf(check, "read", `check ${check.id}`));
    for (const fix of fixes.filter(({ byHand }) => !byHand)) {
      const by = `fix ${fix.id}`;
      if (fix.edit !== undefined) add(edits(by));
      for (const one of fix.preconditions) if (runsSudo(one)) add(ruleOf(one, "read", by));
      for (const one of [...fix.commands, ...fix.rollback]) if (runsSudo(one)) add(ruleOf(one, "act", by));
    }
  }
  return inOrder([...rules.values()]);
}

function inOrder(rules: readonly SudoRule[]): SudoRule[] {
  const order: readonly SudoBlock[] = ["read", "act", "root-equal"];
  return rules.toSorted(
    (a, b) => order.indexOf(a.block) - order.indexOf(b.block) || (a.program < b.program ? -1 : 1),
  );
}

interface Run {
  readonly argv: readonly string[];
  readonly sudo: "never" | "always" | "try";
  readonly runAs?: string;
}

function runsSudo({ sudo, runAs }: Run): boolean {
  return sudo !== "never" || runAs !== undefined;
}

/** The constant script of an edit has lines, which no rule can hold. */
function edits(by: string): SudoRule {
  return { block: "root-equal", neededBy: [by], program: "sh", because: ROOT_EQUAL["sh"] ?? "" };
}

function ruleOf({ argv, runAs }: Run, block: "read" | "act", by: string): SudoRule {
  const [program = "", ...words] = argv;
  const base = { neededBy: [by], program, ...(runAs === undefined ? {} : { runAs }) };
  const pieces = words.map((word) => split(word));
  const pattern = patternOf([program, ...words], pieces);
  const because = whyRoot(program, block, runAs, pattern);
  const given =
    because === undefined ? { ...base, block } : { ...base, block: "root-equal" as const, because };
  if (pattern === undefined) return given;
  const constant = pieces.every((word) => word.every((piece) => "text" in piece));
  return constant ? { ...given, exact: textOf(pieces) } : { ...given, pattern };
}

function whyRoot(
  program: string,
  block: "read" | "act",
  runAs: string | undefined,
  pattern: string | undefined,
): string | undefined {
  if (pattern === undefined) return "its arguments cannot be pinned";
  if (runAs !== undefined) return "it acts with all rights of another user";
  if (program === "cat" && FOLLOWED.test(pattern))
    return "who owns that folder can make the name a link to any file";
  return block === "act" ? ROOT_EQUAL[program] : undefined;
}

function textOf(pieces: readonly ReturnType<typeof split>[]): string {
  return pieces.map((word) => word.map((piece) => ("text" in piece ? piece.text : "")).join("")).join(" ");
}

/** @returns undefined when a value of it cannot be pinned */
function patternOf(argv: readonly string[], pieces: readonly ReturnType<typeof split>[]): string | undefined {
  // The program itself, and one that it starts: runuser … test.
  const programs = argv.filter((_word, i) => i === 0 || argv[i - 1] === "--");
  const words = pieces.map((word) => {
    const parts = word.map((piece) =>
      "text" in piece ? literal(piece.text) : wordsOfFact(programs, piece.rule.trim()),
    );
    return parts.includes(undefined) ? undefined : parts.join("");
  });
  return words.includes(undefined) ? undefined : words.join(" ");
}

/** Text as a regular expression that matches it alone, for POSIX and JavaScript. */
function literal(text: string): string {
  return text.replaceAll(/[.*+?^$()[\]{}|\\]/g, "\\$&");
}
