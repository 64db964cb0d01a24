/** One table for the terminal, Slack, help and the manifest's usage hint. */
export interface Verb {
  readonly name: string;
  readonly usage: string;
  readonly does: string;
  readonly where: "both" | "terminal" | "slack";
  readonly args: readonly { readonly name: string; readonly required: boolean; readonly rest?: boolean }[];
  /** Options by name; "value" takes a word, "flag" none. */
  readonly options: Readonly<Record<string, "value" | "flag">>;
}

const DIAGNOSE = { vhost: "value", url: "value", playbook: "value", json: "flag", save: "value", verbose: "flag" } as const;

export const VERBS: readonly Verb[] = [
  { name: "diagnose", usage: "HOST|@GROUP [--vhost NAME] [--url URL] [--playbook NAME]", does: "finds the cause of the 502 on a host", where: "both", args: [{ name: "host", required: true }], options: DIAGNOSE },
  { name: "fix", usage: "fix RUN FIX [--yes] [--reason TEXT]", does: "approves and runs one offered fix", where: "terminal", args: [{ name: "run", required: true }, { name: "fix", required: true }], options: { yes: "flag", reason: "value", json: "flag" } },
  { name: "replay", usage: "replay BUNDLE", does: "diagnoses from a recorded bundle, touching no host", where: "terminal", args: [{ name: "bundle", required: true }], options: { json: "flag", verbose: "flag" } },
  { name: "hosts", usage: "hosts", does: "lists the hosts of the inventory", where: "both", args: [], options: { json: "flag" } },
  { name: "runs", usage: "runs [HOST]", does: "lists the latest runs", where: "both", args: [{ name: "host", required: false }], options: { json: "flag" } },
  { name: "approvals", usage: "approvals", does: "lists approvals that wait", where: "both", args: [], options: { json: "flag" } },
  { name: "playbooks", usage: "playbooks", does: "lists the playbooks", where: "both", args: [], options: { json: "flag" } },
  { name: "lint", usage: "lint [FOLDER]", does: "checks playbooks", where: "terminal", args: [{ name: "folder", required: false }], options: { json: "flag" } },
  { name: "schema", usage: "schema [--facts]", does: "prints the JSON Schema of playbooks, or the facts rules may name", where: "terminal", args: [], options: { facts: "flag" } },
  { name: "audit", usage: "audit verify|show [HOST]", does: "proves or shows the audit log", where: "terminal", args: [{ name: "what", required: true }, { name: "host", required: false }], options: { json: "flag" } },
  { name: "scenario", usage: "scenario add BUNDLE --expect CAUSE [--name NAME]", does: "turns a bundle into a regression test", where: "terminal", args: [{ name: "what", required: true }, { name: "bundle", required: true }], options: { expect: "value", name: "value" } },
  { name: "help", usage: "help", does: "says what you may do", where: "both", args: [], options: {} },
];

/** The verb of a first word; a word that is no verb names a host. */
export function verbOf(word: string | undefined): Verb {
  const found = VERBS.find((v) => v.name === word && v.name !== "diagnose");
  return found ?? (VERBS[0] as Verb);
}
