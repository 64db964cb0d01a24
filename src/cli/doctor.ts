import { existsSync } from "node:fs";
import type { BlindSpot, Diagnosis } from "../domain/diagnosis.ts";
import type { Host } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import { sudoRules } from "../playbook/sudo-rules.ts";
import { instancesOf } from "../wording/sudoers.ts";
import { type HostRights, lookAtRights } from "../workflows/host-rights.ts";
import type { RunWorld } from "../workflows/run-world.ts";
import type { Call } from "./call.ts";
import { type Answer, document } from "./output.ts";
import { unknownHost } from "./sudoers.ts";

type World = Pick<RunWorld, "shell" | "clock" | "runMs" | "playbooks" | "findHost" | "nearestHosts">;

/** One thing that was looked at: "unknown" is no pass. */
export interface Finding {
  readonly what: string;
  readonly outcome: "pass" | "warn" | "fail" | "unknown";
  readonly detail: string;
  /** Lines that mend it. */
  readonly mend?: readonly string[];
}

/**
 * `502 doctor [HOST]`: what is missing, each with the lines that mend it. Exits 0 when nothing is, 1 when a
 * right or a tool is missing, 3 when the host cannot be reached.
 * @param own - what was found out about the bot itself
 */
export async function doctorCommand(world: World, own: readonly Finding[], call: Call): Promise<Answer> {
  const name = call.args["host"];
  if (name === undefined) return answer(own, call);
  const host = world.findHost(name);
  if (!host) return unknownHost(world, call);
  return answer([...own, ...(await ofHost(world, host))], call);
}

function answer(findings: readonly Finding[], call: Call): Answer {
  const unreached = findings.some((f) => f.what === "reach" && f.outcome !== "pass");
  const exitCode = unreached ? 3 : findings.some((f) => f.outcome !== "pass") ? 1 : 0;
  if (call.json) return document({ schema: "502/doctor@1", findings }, exitCode);
  const lines = findings.flatMap(({ what, outcome, detail, mend = [] }) => [
    `${outcome.padEnd(8)} ${what}: ${detail}`,
    ...mend.map((line) => `           ${line}`),
  ]);
  return { exitCode, out: `${lines.join("\n")}\n` };
}

async function ofHost(world: World, host: Host): Promise<Finding[]> {
  const loaded = [...world.playbooks.values()];
  const rules = sudoRules(loaded.map(({ playbook }) => playbook));
  try {
    const rights = await lookAtRights(world, host, loaded, rules);
    const way = host.jumps.length === 0 ? "" : ` through ${host.jumps.map((jump) => jump.name).join(", ")}`;
    return [
      ...keys(host),
      { what: "reach", outcome: "pass", detail: `${host.name} answers as ${rights.user}${way}` },
      { what: "host key", outcome: "pass", detail: `${rights.hostKey} is the known one` },
      ...sudo(rights),
      tools(rights.diagnoses),
      ...blindSpots(rights.diagnoses),
    ];
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    return [...keys(host), { what: "reach", outcome: "fail", detail: error.message, mend: [error.hint] }];
  }
}

function keys(host: Host): Finding[] {
  if (host.refused !== undefined) return [{ what: "connection", outcome: "fail", detail: host.refused }];
  const there = host.identityFiles.filter((file) => existsSync(file));
  if (there.length > 0) return [{ what: "key", outcome: "pass", detail: there.join(", ") }];
  if (host.identityAgent !== null) return [{ what: "key", outcome: "pass", detail: "from the agent" }];
  const detail = `none of ${host.identityFiles.join(", ") || "the usual files"} exists, and no agent runs`;
  const mend = [`ssh-keygen -t ed25519; ssh-copy-id ${host.user}@${host.hostName}`];
  return [{ what: "key", outcome: "fail", detail, mend }];
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
