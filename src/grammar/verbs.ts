/** One table for the terminal, Slack, help, completion and the manifest's usage hint. */
export interface Verb {
  readonly name: string;
  readonly usage: string;
  readonly does: string;
  readonly where: "both" | "terminal" | "slack";
  /** `rest`: takes all words that are left, as one text. */
  readonly args: readonly { readonly name: string; readonly required: boolean; readonly rest?: boolean }[];
  /** Options by name; "value" takes a word, "flag" none. */
  readonly options: Readonly<Record<string, OptionKind>>;
  /** What somebody must be allowed to do for it to be of use to them; absent: everybody. */
  readonly needs?: "diagnose" | "schedule" | "silence";
}

export type OptionKind = "value" | "flag";

const DIAGNOSE = {
  vhost: "value",
  url: "value",
  playbook: "value",
  json: "flag",
  save: "value",
  verbose: "flag",
} as const;
const JSON_FLAG = { json: "flag" } as const;

/** The first: what is done with a host, and has no word of its own. */
const DIAGNOSIS: Verb = {
  name: "diagnose",
  usage: "HOST|@GROUP|SITE|URL [--vhost NAME] [--url URL] [--playbook NAME]",
  does: "finds the cause of the 502 on a host, on each of a group, or behind a public name or URL",
  where: "both",
  args: [{ name: "host", required: true }],
  options: DIAGNOSE,
  needs: "diagnose",
};

export const VERBS: readonly Verb[] = [
  DIAGNOSIS,
  {
    name: "fix",
    usage: "fix RUN FIX [--yes] [--reason TEXT] [--break-glass]",
    does: "approves and runs one offered fix",
    where: "terminal",
    args: [
      { name: "run", required: true },
      { name: "fix", required: true },
    ],
    options: { yes: "flag", reason: "value", "break-glass": "flag", json: "flag" },
  },
  {
    name: "replay",
    usage: "replay BUNDLE",
    does: "diagnoses from a recorded bundle, touching no host",
    where: "terminal",
    args: [{ name: "bundle", required: true }],
    options: { json: "flag", verbose: "flag" },
  },
  {
    name: "hosts",
    usage: "hosts",
    does: "lists the hosts of the inventory",
    where: "both",
    args: [],
    options: JSON_FLAG,
    needs: "diagnose",
  },
  {
    name: "runs",
    usage: "runs [HOST]",
    does: "lists the latest runs",
    where: "both",
    args: [{ name: "host", required: false }],
    options: JSON_FLAG,
    needs: "diagnose",
  },
  {
    name: "approvals",
    usage: "approvals",
    does: "lists approvals that wait",
    where: "both",
    args: [],
    options: JSON_FLAG,
    needs: "diagnose",
  },
  {
    name: "playbooks",
    usage: "playbooks",
    does: "lists the playbooks",
    where: "both",
    args: [],
    options: JSON_FLAG,
    needs: "diagnose",
  },
  {
    name: "doctor",
    usage: "doctor [HOST]",
    does: "says what is missing: configuration, reach, rights, tools",
    where: "both",
    args: [{ name: "host", required: false }],
    options: JSON_FLAG,
    needs: "diagnose",
  },
  {
    name: "sudoers",
    usage: "sudoers HOST [--user NAME] [--enable-root-equal]",
    does: "prints the sudo rules that the playbooks need on a host",
    where: "terminal",
    args: [{ name: "host", required: true }],
    options: { user: "value", "enable-root-equal": "flag" },
  },
  {
    name: "init",
    usage:
      "init [--tokens FILE|-] [--ssh-config FILE] [--ansible FILE] [--user NAME] [--output FILE] [--diagnose HOST]",
    does: "sets everything up: the Slack app, 502.yml from what SSH or Ansible knows, a first diagnosis",
    where: "terminal",
    args: [],
    options: {
      tokens: "value",
      "ssh-config": "value",
      ansible: "value",
      user: "value",
      output: "value",
      diagnose: "value",
      "api-url": "value",
    },
  },
  {
    name: "schedule",
    usage: "schedule add [CHANNEL] WHEN HOST|@GROUP… [--quiet] | list | pause|resume|run|remove ID",
    does: "posts reports to a channel by schedule",
    where: "both",
    args: [
      { name: "what", required: true },
      { name: "words", required: false, rest: true },
    ],
    options: { quiet: "flag", playbook: "value", json: "flag" },
    needs: "schedule",
  },
  {
    name: "silence",
    usage: "silence HOST|@GROUP 2h REASON | list | end HOST|@GROUP",
    does: "holds back posts about hosts for a time",
    where: "both",
    args: [
      { name: "what", required: true },
      { name: "words", required: false, rest: true },
    ],
    options: JSON_FLAG,
    needs: "silence",
  },
  {
    name: "lint",
    usage: "lint [FOLDER]",
    does: "checks playbooks",
    where: "terminal",
    args: [{ name: "folder", required: false }],
    options: JSON_FLAG,
  },
  {
    name: "schema",
    usage: "schema [--facts]",
    does: "prints the JSON Schema of playbooks, or the facts rules may name",
    where: "terminal",
    args: [],
    options: { facts: "flag" },
  },
  {
    name: "scenario",
    usage: "scenario add BUNDLE --expect CAUSE|healthy|undetermined [--name NAME]",
    does: "turns a bundle into a regression test",
    where: "terminal",
    args: [
      { name: "what", required: true },
      { name: "bundle", required: true },
    ],
    options: { expect: "value", name: "value", json: "flag" },
  },
  {
    name: "audit",
    usage: "audit verify|show|export [HOST] [--posted ENTRY:HASH]",
    does: "proves, shows or exports the audit log; --posted: as its end was said in Slack",
    where: "terminal",
    args: [
      { name: "what", required: true },
      { name: "host", required: false },
    ],
    options: { ...JSON_FLAG, posted: "value" },
  },
  {
    name: "completion",
    usage: "completion bash",
    does: "prints what lets the shell complete commands and hosts",
    where: "terminal",
    args: [{ name: "shell", required: true }],
    options: {},
  },
  {
    name: "help",
    usage: "help [COMMAND]",
    does: "says what you may do, or explains one command",
    where: "both",
    args: [{ name: "about", required: false }],
    options: {},
  },
];

/** The options that Slack's side takes, too; the others are for the terminal. */
export const SLACK_OPTIONS: ReadonlySet<string> = new Set(["vhost", "url", "playbook", "quiet"]);

/** Options every terminal command takes. */
export const GLOBAL: Readonly<Record<string, OptionKind>> = { config: "value", help: "flag" };

/** The verb of a first word; a word that is no verb names a host. */
export function verbOf(word: string | undefined): Verb {
  return VERBS.find((v) => v.name === word && v !== DIAGNOSIS) ?? DIAGNOSIS;
}

/** The verbs of one side that have a word of their own. */
export function wordsOf(where: "terminal" | "slack"): string[] {
  return VERBS.filter((v) => v !== DIAGNOSIS && (v.where === "both" || v.where === where)).map((v) => v.name);
}

/** Words that no host may be called: all verbs. */
export const RESERVED: readonly string[] = [
  ...VERBS.filter((v) => v !== DIAGNOSIS).map((v) => v.name),
  "demo",
];
