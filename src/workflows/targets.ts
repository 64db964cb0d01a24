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

/** Of hosts and "@group"s: whether the actor may diagnose at least one host of them. What is about others is not shown. */
export function isSeenBy(
  world: Pick<ChannelWorld, "findHost" | "membersOf" | "mayDiagnose">,
  actor: Actor,
  targets: readonly string[],
): boolean {
  return hostsOf(world, targets).hosts.some((name) => {
    const host = world.findHost(name);
    return host !== undefined && world.mayDiagnose(actor, host).allowed;
  });
}
