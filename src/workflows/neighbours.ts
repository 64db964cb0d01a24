import type { Bundle } from "../domain/bundle.ts";
import type { Host } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import type { RunWave } from "./collect.ts";
import type { FindMachine, Found, Opened, RemotePeer } from "./collect-machines.ts";
import type { Shell } from "./ports.ts";

/** What the inventory knows of the machine of a peer. */
export type Neighbour =
  | { readonly host: Host; readonly allowed: boolean; readonly why: string }
  /** No host of the inventory, but somebody is known to answer for it. */
  | { readonly contact: string };

/** Asks the inventory and the policy for the machine a peer is on. */
export type FindNeighbour = (peer: RemotePeer) => Promise<Neighbour | undefined>;

/** Finds the machines of peers in the inventory and looks at them over connections of their own. */
export function liveMachines(
  own: Host,
  find: FindNeighbour,
  world: { readonly shell: Shell; readonly runMs: number; progress(text: string): void },
): FindMachine {
  return async (peer): Promise<Found | undefined> => {
    const addresses = [...new Set([...peer.names, ...peer.addresses])];
    const near = await find(peer);
    if (near === undefined) return undefined;
    if (!("host" in near)) return { machine: { addresses, contact: near.contact } };
    const { host } = near;
    // Its own address by a detour is no other machine.
    if (host.name === own.name) return undefined;
    const machine = {
      name: host.name,
      addresses,
      ...(host.contact === undefined ? {} : { contact: host.contact }),
    };
    if (!near.allowed) {
      const because = `you may not diagnose ${host.name}: ${near.why}`;
      const remedy =
        host.contact === undefined ? `ask somebody who may: /502 ${host.name}` : `ask ${host.contact}`;
      return { machine: { ...machine, withheld: { because, remedy } } };
    }
    return { machine, open: () => opened(host, world) };
  };
}

async function opened(
  host: Host,
  world: { readonly shell: Shell; readonly runMs: number; progress(text: string): void },
): Promise<Opened> {
  world.progress(`connecting to ${host.name}`);
  try {
    const session = await world.shell.open(host, { purpose: "diagnose", deadlineMs: world.runMs });
    return {
      hostKey: session.hostKey,
      run: async (wave, commands, onResult) => {
        world.progress(`looking at ${host.name} (${wave} of 3): ${commands.length} checks`);
        return session.runWave(commands, onResult);
      },
      close: () => session.close(),
    };
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    const { message, hint } = error;
    return { withheld: { because: message, ...(hint === "" ? {} : { remedy: hint }) } };
  }
}

/** The machines as a bundle has them. */
export function recordedMachines(
  bundle: Bundle,
  run: (host: string, ...args: Parameters<RunWave>) => ReturnType<RunWave>,
): FindMachine {
  return (peer) => {
    const called = [...peer.names, ...peer.addresses];
    const machine = bundle.machines?.find((m) => m.addresses.some((a) => called.includes(a)));
    if (machine === undefined) return Promise.resolve(undefined);
    const { hostKey, name } = machine;
    const open =
      hostKey === undefined || name === undefined
        ? {}
        : {
            open: (): Promise<Opened> =>
              Promise.resolve({
                hostKey,
                run: (...args) => run(name, ...args),
                close: () => Promise.resolve(),
              }),
          };
    return Promise.resolve({ machine, ...open });
  };
}
