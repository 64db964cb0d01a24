import type { FixWorld } from "./fix-world.ts";

/** A crashed holder's lease passes on after this time, in milliseconds. */
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;

export type Held<T> =
  | { readonly kind: "done"; readonly value: T }
  /** Another holds the lease of this name. */
  | { readonly kind: "busy"; readonly name: string };

/** What this process is at work on: its own leases would let it in twice. */
const inHand = new Map<string, string>();

/**
 * Works while holding a lease, renewed in the background.
 * @param work is told through `still()` whether the lease is still held; when not, it must not act on the host
 * @returns busy when another holds it
 * @throws what the work throws
 */
export async function holdLease<T>(
  world: FixWorld,
  name: string,
  owner: string,
  work: (still: () => boolean) => Promise<T>,
): Promise<Held<T>> {
  const key = `${world.instance} ${name}`;
  if (inHand.has(key)) return { kind: "busy", name };
  inHand.set(key, owner);
  const done = new AbortController();
  try {
    if (!(await world.store.lease(name, owner, LEASE_MS))) return { kind: "busy", name };
    let held = true;
    const renewing = (async () => {
      while (!done.signal.aborted) {
        await world.clock.wait(RENEW_MS, done.signal);
        if (done.signal.aborted) return;
        held = await world.store.lease(name, owner, LEASE_MS);
        if (!held) return;
      }
    })().catch(() => {
      held = false;
    });
    try {
      return { kind: "done", value: await work(() => held) };
    } finally {
      done.abort();
      await renewing;
      await world.store.release(name, owner);
    }
  } finally {
    done.abort();
    inHand.delete(key);
  }
}

/**
 * Works while holding several leases, all or none: nothing waits for another while it holds one.
 * @returns busy with the name of the first that another holds
 */
export async function holdLeases<T>(
  world: FixWorld,
  names: readonly string[],
  owner: string,
  work: (still: () => boolean) => Promise<T>,
): Promise<Held<T>> {
  const [name, ...rest] = names;
  if (name === undefined) return { kind: "done", value: await work(() => true) };
  const held = await holdLease(world, name, owner, (mine) =>
    holdLeases(world, rest, owner, (others) => work(() => mine() && others())),
  );
  return held.kind === "done" ? held.value : held;
}
