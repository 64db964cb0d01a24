import type { BlindSpot, Diagnosis } from "../domain/diagnosis.ts";
import type { Host } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import { allSudoRules } from "../playbook/sudo-rules.ts";
import { instancesOf } from "../wording/sudoers.ts";
import { type HostRights, lookAtRights } from "./host-rights.ts";
import type { RunWorld } from "./run-world.ts";

/** One thing that was looked at: "unknown" is no pass. */
export interface Finding {
  readonly what: string;
  readonly outcome: "pass" | "warn" | "fail" | "unknown";
  readonly detail: string;
  /** Lines that mend it. */
  readonly mend?: readonly string[];
}

/** Looks at a host as the bot reaches it: reach, host key, each sudo rule, tools, and what could not be seen. */
export async function examineHost(
  world: Pick<RunWorld, "shell" | "clock" | "runMs" | "playbooks">,
  host: Host,
): Promise<Finding[]> {
  if (host.refused !== undefined) return [{ what: "connection", outcome: "fail", detail: host.refused }];
  const loaded = [...world.playbooks.values()];
  const rules = allSudoRules(loaded.map(({ playbook }) => playbook));
  try {
    const rights = await lookAtRights(world, host, loaded, rules);
    const way = host.jumps.length === 0 ? "" : ` through ${host.jumps.map((jump) => jump.name).join(", ")}`;
    return [
      { what: "reach", outcome: "pass", detail: `${host.name} answers as ${rights.user}${way}` },
      { what: "host key", outcome: "pass", detail: `${rights.hostKey} is the known one` },
      ...fixLogin(rights),
      ...sudo(rights),
      tools(rights.diagnoses),
      ...blindSpots(rights.diagnoses),
    ];
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    return [{ what: "reach", outcome: "fail", detail: error.message, mend: [error.hint] }];
  }
}

/** Whom fixes log in as, where that is another login. */
function fixLogin({ name, fixLogin: login }: HostRights): Finding[] {
  if (login === undefined) return [];
  if ("user" in login)
    return [{ what: "fix login", outcome: "pass", detail: `fixes log in as ${login.user}` }];
  const detail = `fixes cannot log in on ${name}: ${login.trouble}`;
  return [{ what: "fix login", outcome: "fail", detail, mend: [login.hint] }];
}

/** Each rule that does not hold, by a command of this host that it would allow. Those that equal root are off by default. */
function sudo(rights: HostRights): Finding[] {
  if (rights.isRoot)
    return [{ what: "sudo", outcome: "pass", detail: "the account is root: no rule is needed" }];
  if (rights.sudoVersion === undefined)
    return [
      { what: "sudo", outcome: "warn", detail: "it is not installed: what needs rights is a blind spot" },
    ];
  const judged = [...rights.allowed].filter(([rule]) => rule.block !== "root-equal");
  const denied = judged
    .filter(([, ok]) => ok !== true)
    .map(([rule, ok]): Finding => {
      const [args = ""] = instancesOf(rule, rights);
      const state = ok === undefined ? "could not be asked about" : "is not allowed";
      const detail = `${rule.program} ${args} ${state} (${rule.neededBy.join(", ")})`;
      return { what: "sudo rule", outcome: ok === undefined ? "unknown" : "warn", detail };
    });
  const allowed = judged.length - denied.length;
  const detail = `${allowed} of ${judged.length} rules hold (sudo ${rights.sudoVersion})`;
  if (denied.length === 0) return [{ what: "sudo", outcome: "pass", detail }];
  const mend = [
    `502 sudoers ${rights.name} > fiveohtwo.sudoers   # read it, then on the host, as root:`,
    "visudo -cf fiveohtwo.sudoers && install -m 0440 fiveohtwo.sudoers /etc/sudoers.d/fiveohtwo",
  ];
  return [{ what: "sudo", outcome: "warn", detail, mend }, ...denied];
}

/** Without these little can be seen on any host; the others are for one kind of host or another. */
const NEEDED = new Set(["cat", "curl", "grep", "ps", "ss", "tail"]);

/** Tools that a check needed and did not find. */
function tools(diagnoses: readonly Diagnosis[]): Finding {
  const missing = diagnoses.flatMap((d) => d.checks.filter((c) => c.end === "missing"));
  const names = [...new Set(missing.map((c) => c.command.split(" ")[0] ?? ""))].toSorted();
  if (names.length === 0) return { what: "tools", outcome: "pass", detail: "all are there" };
  const needed = names.filter((name) => NEEDED.has(name));
  const detail = `not installed: ${names.join(", ")}`;
  if (needed.length > 0)
    return {
      what: "tools",
      outcome: "warn",
      detail,
      mend: [`install the packages that hold ${needed.join(", ")}`],
    };
  return {
    what: "tools",
    outcome: "pass",
    detail: `${detail} (needed only where the host uses what they show)`,
  };
}

function blindSpots(diagnoses: readonly Diagnosis[]): Finding[] {
  const spots = new Map<string, BlindSpot>();
  for (const spot of diagnoses.flatMap((d) => d.blindSpots)) spots.set(spot.because, spot);
  if (spots.size === 0) return [{ what: "sight", outcome: "pass", detail: "everything could be seen" }];
  return [...spots.values()].map(({ check, because, remedy }) => ({
    what: `sight (${check})`,
    outcome: "warn",
    detail: because,
    ...(remedy === undefined ? {} : { mend: [remedy] }),
  }));
}
