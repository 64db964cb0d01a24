import type { Host } from "../domain/host.ts";
import { sudoRules } from "../playbook/sudo-rules.ts";
import { sudoersText } from "../wording/sudoers.ts";
import { lookAtRights } from "../workflows/host-rights.ts";
import type { RunWorld } from "../workflows/run-world.ts";
import type { Call } from "./call.ts";
import { type Answer, failure, USAGE } from "./output.ts";

type World = Pick<RunWorld, "shell" | "clock" | "runMs" | "playbooks" | "findHost" | "nearestHosts">;

/** `502 sudoers HOST`: the sudo rules that the playbooks need there, to be checked with visudo and installed. */
export async function sudoersCommand(world: World, call: Call): Promise<Answer> {
  const host = world.findHost(call.args["host"] ?? "");
  if (!host) return unknownHost(world, call);
  const loaded = [...world.playbooks.values()];
  const rules = sudoRules(loaded.map(({ playbook }) => playbook));
  const rights = await lookAtRights(world, host, loaded, rules);
  const user = call.text("user") ?? rights.user;
  if (user === "root") {
    return {
      exitCode: 0,
      out: `# ${host.name} is reached as root: no sudo rule is needed. For another account: --user NAME\n`,
    };
  }
  return { exitCode: 0, out: sudoersText(rules, { ...rights, user }, call.flag("enable-root-equal")) };
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
