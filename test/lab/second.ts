import { type LabHost, bootHost } from "./host.ts";
import { must } from "./process.ts";
import { type Scenario } from "./scenario.ts";
import { install, prelude } from "./stack.ts";

type Second = NonNullable<Scenario["second"]>;

/** What the two call each other: a network of their own, which no other host and not the machine can see. */
export const FIRST_ADDRESS = "10.77.0.1";
export const SECOND_ADDRESS = "10.77.0.2";

/** Boots the second machine with its applications and joins it to the first. */
export async function bootSecond(
  first: LabHost,
  { hostname, stacks, setup }: Second,
  keep: (host: LabHost) => void,
): Promise<LabHost> {
  const second = await bootHost({ hostname });
  keep(second);
  await link(first, second);
  await install(second, stacks, setup);
  return second;
}

/**
 * A link between two hosts. The first one's end is a bridge: it stays, with its route, when the second machine is off,
 * as the network does in a data centre.
 */
async function link(first: LabHost, second: LabHost): Promise<void> {
  const [a, b] = [String(first.leader), String(second.leader)];
  await must([
    "ip",
    "link",
    "add",
    "second0",
    "netns",
    a,
    "type",
    "veth",
    "peer",
    "name",
    "lan0",
    "netns",
    b,
  ]);
  const inside = (pid: string, script: string): Promise<string> =>
    must(["nsenter", "-t", pid, "-n", "sh", "-ec", script]);
  await inside(
    a,
    `ip link add lan0 type bridge; ip addr add ${FIRST_ADDRESS}/24 dev lan0
ip link set second0 master lan0; ip link set second0 up; ip link set lan0 up`,
  );
  await inside(b, `ip addr add ${SECOND_ADDRESS}/24 dev lan0; ip link set lan0 up`);
}

/** Makes the second machine's own fault. */
export async function breakSecond(second: LabHost, { fault, off }: Second): Promise<void> {
  if (fault !== "") await second.sh(prelude + fault);
  if (off) await second.cut();
}
