import type { SudoRule } from "../playbook/sudo-rules.ts";

/** What a host says of itself, as far as its sudo rules depend on it. */
export interface SudoHost {
  readonly name: string;
  /** The account that the rules are for. */
  readonly user: string;
  /** The account that fixes log in as, where it is another one: what only fixes need is for it alone. */
  readonly fixUser?: string;
  /** As "1.9.13"; undefined when sudo does not say. */
  readonly sudoVersion: string | undefined;
  /** Program → absolute path; what is missing is not installed. */
  readonly paths: ReadonlyMap<string, string>;
  /** Argument vectors as they were made for this host, for what no expression covers. */
  readonly instances: readonly (readonly string[])[];
}

const TITLE: Readonly<Record<SudoRule["block"], string>> = {
  read: "Reading only.",
  act: "Fixes: these change the host, each after an approval.",
  "root-equal":
    "Equal to root: off. Take the # away only where a fix needs it, and only on hosts where that is fine.",
};

/** Regular expressions in sudoers: sudo 1.9.10, 2022. */
export function knowsExpressions(version: string | undefined): boolean {
  const [major = 0, minor = 0, patch = 0] = (version ?? "").split(".").map((n) => Number.parseInt(n, 10));
  return major > 1 || (major === 1 && (minor > 9 || (minor === 9 && patch >= 10)));
}

/**
 * The text of a sudoers file (sudoers(5)): reading rules first, those that equal root last and commented out.
 * @param enableRoot - whether the last block is switched on
 */
export function sudoersText(rules: readonly SudoRule[], host: SudoHost, enableRoot: boolean): string {
  const blocks = (["read", "act", "root-equal"] as const).map((block) => {
    const off = block === "root-equal" && !enableRoot;
    const own = rules.filter((rule) => rule.block === block).flatMap((rule) => lines(rule, host));
    return [`# ${TITLE[block]}`, ...own.map((line) => (off && !line.startsWith("#") ? `#${line}` : line))];
  });
  const expressions = knowsExpressions(host.sudoVersion);
  const head = [
    `# What fiveohtwo's playbooks need on ${host.name} as ${host.user}${host.fixUser === undefined ? "" : `, and its fixes as ${host.fixUser}`}. Made by: 502 sudoers ${host.name}`,
    `# Check it with: visudo -cf FILE   then install it as /etc/sudoers.d/fiveohtwo, mode 0440, owner root.`,
    expressions
      ? `# sudo ${host.sudoVersion}: arguments are pinned by regular expressions.`
      : `# sudo ${host.sudoVersion ?? "of unknown version"} knows no regular expressions: arguments are those seen on this host now; print it again when the host changes.`,
  ];
  return `${[head, ...blocks].map((block) => block.join("\n")).join("\n\n")}\n`;
}

function lines(rule: SudoRule, host: SudoHost): string[] {
  const why = `# ${rule.neededBy.join(", ")}${rule.because === undefined ? "" : `: ${rule.because}`}`;
  const path = host.paths.get(rule.program);
  if (path === undefined) return [`${why}; ${rule.program} is not installed`];
  const made = commands(rule, path, host);
  if (made.length === 0) return [`${why}; nothing on this host needs ${rule.program} for it now`];
  const accounts = accountsOf(rule, host);
  if (accounts.length === 0) return [];
  const who = accounts.join(", ");
  return [
    why,
    ...runAsOf(rule, accounts).flatMap((user) => made.map((c) => `${who} ALL=(${user}) NOPASSWD: ${c}`)),
  ];
}

/** True when no check needs a rule. */
export function onlyForFixes(rule: SudoRule): boolean {
  return rule.neededBy.every((by) => by.startsWith("fix "));
}

/** Who needs a rule: what checks read, fixes read too, before and after they act. Root needs none. */
function accountsOf(rule: SudoRule, { user, fixUser }: SudoHost): string[] {
  const all = fixUser === undefined ? [user] : onlyForFixes(rule) ? [fixUser] : [user, fixUser];
  return all.filter((name) => name !== "root");
}

function commands(rule: SudoRule, path: string, host: SudoHost): string[] {
  if (rule.exact !== undefined) return [rule.exact === "" ? `${path} ""` : `${path} ${escaped(rule.exact)}`];
  if (rule.pattern === undefined) return [path];
  const seen = instancesOf(rule, host);
  if (!knowsExpressions(host.sudoVersion)) return seen.map((args) => `${path} ${escaped(args)}`);
  return [`${path} ^${rule.pattern}$`];
}

/** The arguments of a rule as they were made on this host. */
export function instancesOf(rule: SudoRule, host: Pick<SudoHost, "instances">): string[] {
  if (rule.exact !== undefined) return [rule.exact];
  if (rule.pattern === undefined) return [];
  const fits = new RegExp(`^${rule.pattern}$`);
  const all = host.instances
    .filter(([program]) => program === rule.program)
    .map((argv) => argv.slice(1).join(" "));
  return [...new Set(all)].filter((args) => fits.test(args));
}

/** A rule for another user whose name only the host knows is made for any user: it is off by default. */
function runAsOf(rule: SudoRule, accounts: readonly string[]): string[] {
  if (rule.runAs === undefined) return ["root"];
  return [rule.runAs.includes("${") ? ["ALL", ...accounts.map((name) => `!${name}`)].join(", ") : rule.runAs];
}

/** sudoers(5): `, : = \` are escaped in arguments, and what a shell would expand. */
function escaped(args: string): string {
  return args.replaceAll(/[,:=\\*?[\]!#^]/g, "\\$&");
}
