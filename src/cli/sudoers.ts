import type { Host } from "../domain/host.ts";
import { allSudoRules } from "../playbook/sudo-rules.ts";
import { printRights } from "../workflows/print-rights.ts";
import type { RunWorld } from "../workflows/run-world.ts";
import type { Call } from "./call.ts";
import { type Answer, failure, USAGE } from "./output.ts";

type World = Pick<RunWorld, "shell" | "clock" | "runMs" | "playbooks" | "findHost" | "nearestHosts">;

/** `502 sudoers HOST`: the sudo rules that the playbooks need there, checked by the host's own visudo. */
export async function sudoersCommand(world: World, call: Call): Promise<Answer> {
  const host = world.findHost(call.args["host"] ?? "");
  if (!host) return unknownHost(world, call);
  const loaded = [...world.playbooks.values()];
  const rules = allSudoRules(loaded.map(({ playbook }) => playbook));
  const named = call.text("user");
  const printed = await printRights(world, host, loaded, rules, {
    enableRoot: call.flag("enable-root-equal"),
    ...(named === undefined ? {} : { user: named }),
  });
  if (printed.text === "") {
    return {
      exitCode: 0,
      out: `# ${host.name} is reached as root: no sudo rule is needed. For another account: --user NAME\n`,
    };
  }
  const { text, visudo } = printed;
  if (visudo.kind === "refused") {
    const hint = "nothing was printed, so that nothing is installed; please report it with this text";
    return failure(call.json, "sudoers", `visudo on ${host.name} refuses the rules: ${visudo.said}`, hint, 3);
  }
  const checked =
    visudo.kind === "parsed"
      ? `# visudo -c on ${host.name}: parsed OK.`
      : `# visudo on ${host.name} was not asked (not installed, or it gave no answer).`;
  return { exitCode: 0, out: `${text}\n${checked}\n` };
}

/** A name that the inventory does not know, with those that resemble it. */
export function unknownHost(
  world: { nearestHosts(word: string): readonly string[]; findHost(name: string): Host | undefined },
  call: Call,
): Answer {
  const name = call.args["host"] ?? "";
  const near = world.nearestHosts(name);
  const hint = near.length === 0 ? "list the hosts with: 502 hosts" : `did you mean ${near.join(" or ")}?`;
  return failure(call.json, "unknown-host", `there is no host ${name} in the inventory`, hint, USAGE);
}
