import type { Actor } from "../domain/run.ts";
import type { ChannelWorld } from "./channel-world.ts";

/** The hosts that "web-1" and "@web" mean, each once; what is neither host nor group is in `unknown`. */
export function hostsOf(
  world: Pick<ChannelWorld, "findHost" | "membersOf">,
  targets: readonly string[],
): { readonly hosts: readonly string[]; readonly unknown: readonly string[] } {
  const hosts = new Set<string>();
  const unknown: string[] = [];
  for (const target of targets) {
    const members = target.startsWith("@")
      ? world.membersOf(target.slice(1))
      : world.findHost(target) === undefined
        ? []
        : [target];
    if (members.length === 0) unknown.push(target);
    for (const member of members) hosts.add(member);
  }
  return { hosts: [...hosts], unknown };
}

type Sight = Pick<ChannelWorld, "findHost" | "mayDiagnose">;

/** Whether the actor may diagnose the host of this name: what is about others is not shown. */
export function seesHost(world: Sight, actor: Actor, name: string): boolean {
  const host = world.findHost(name);
  return host !== undefined && world.mayDiagnose(actor, host).allowed;
}

/** The same of hosts and "@group"s: of one host of them at least. */
export function isSeenBy(
  world: Sight & Pick<ChannelWorld, "membersOf">,
  actor: Actor,
  targets: readonly string[],
): boolean {
  return hostsOf(world, targets).hosts.some((name) => seesHost(world, actor, name));
}
