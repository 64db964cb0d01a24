import type { Host } from "../domain/host.ts";
import type { SudoRule } from "../playbook/sudo-rules.ts";
import { knowsExpressions, type SudoHost, sudoersText } from "../wording/sudoers.ts";
import type { LoadedPlaybook } from "./collect.ts";
import { deadline, look, lookAtAccount, lookAtNeeds, type RightsWorld } from "./host-rights.ts";
import type { Session } from "./ports.ts";

/** What the host's own visudo says of a file of rules. */
export type Visudo =
  | { readonly kind: "parsed" }
  | { readonly kind: "refused"; readonly said: string }
  /** It is not there, or gave no answer. */
  | { readonly kind: "not-asked" };

export interface PrintedRights {
  /** The account that the rules are for. */
  readonly user: string;
  readonly text: string;
  readonly visudo: Visudo;
}

/**
 * The sudoers file that the playbooks need on a host, checked there by visudo, which writes nothing. What the playbooks
 * run there is looked up only where sudo is too old for expressions: those do not depend on the host.
 * @throws ShellError when the host cannot be reached or trusted
 */
export async function printRights(
  world: RightsWorld,
  host: Host,
  playbooks: readonly LoadedPlaybook[],
  rules: readonly SudoRule[],
  wanted: { readonly user?: string; readonly enableRoot: boolean },
): Promise<PrintedRights> {
  const session = await world.shell.open(host, {
    purpose: "diagnose",
    deadlineMs: deadline(world, playbooks),
  });
  try {
    const account = await lookAtAccount(session, host, rules);
    const user = wanted.user ?? account.user;
    if (user === "root" && host.fixUser === undefined)
      return { user, text: "", visudo: { kind: "not-asked" } };
    const { instances } = knowsExpressions(account.sudoVersion)
      ? { instances: [] }
      : await lookAtNeeds(world, session, host, playbooks);
    // An account that was named is asked for alone.
    const fixUser = wanted.user === undefined && host.fixUser !== user ? host.fixUser : undefined;
    const of: SudoHost = { ...account, user, instances, ...(fixUser === undefined ? {} : { fixUser }) };
    const text = sudoersText(rules, of, wanted.enableRoot);
    return { user, text, visudo: await check(session, account.paths.get("visudo"), text) };
  } finally {
    await session.close();
  }
}

/** Hands the text to visudo's standard input: no file is made. */
async function check(session: Session, visudo: string | undefined, text: string): Promise<Visudo> {
  if (visudo === undefined) return { kind: "not-asked" };
  const [r] = await session.runWave([
    look("visudo", ["sh", "-c", 'printf %s "$2" | "$1" -cf -', "sh", visudo, text]),
  ]);
  if (r?.end !== "exited") return { kind: "not-asked" };
  if (r.exitCode === 0) return { kind: "parsed" };
  const said = `${r.stderr}\n${r.stdout}`.trim();
  // A visudo that reads no standard input has not looked at the rules.
  return /syntax error|parse error/i.test(said) ? { kind: "refused", said } : { kind: "not-asked" };
}
