import { expect, test } from "vitest";
import { holdLease, holdLeases } from "../../src/workflows/hold-lease.ts";
import { Stage } from "../support/fix-stage.ts";

test("renewed while the work takes longer than the lease lasts; free afterwards", async () => {
  const s = new Stage();
  const world = s.world();
  const held = await holdLease(world, "fix:web-1", "a", async (still) => {
    await s.clock.wait(120_000);
    expect(await s.store.lease("fix:web-1", "b", 1)).toBe(false);
    return still();
  });
  expect(held).toEqual({ kind: "done", value: true });
  expect(await s.store.lease("fix:web-1", "b", 1)).toBe(true);
});

test("busy while another holds it, also in the same process; free after a throw", async () => {
  const s = new Stage();
  const world = s.world();
  const busy = { kind: "busy", name: "fix:web-1" };
  const inner = await holdLease(world, "fix:web-1", "a", async () => [
    await holdLease(world, "fix:web-1", "a", async () => 1),
    await holdLease(s.world({ instance: "bot-2" }), "fix:web-1", "b", async () => 1),
  ]);
  expect(inner).toEqual({ kind: "done", value: [busy, busy] });
  const boom = holdLease(world, "fix:web-1", "a", async () => {
    throw new Error("boom");
  });
  await expect(boom).rejects.toThrow("boom");
  expect(await holdLease(world, "fix:web-1", "c", async () => 1)).toEqual({ kind: "done", value: 1 });
});

test("a lease that was lost is known to the work", async () => {
  const s = new Stage();
  const taken = s.world({
    store: new Proxy(s.store, {
      get: (target, key) => {
        let calls = 0;
        if (key === "lease") return async () => (calls += 1) === 1 && s.clock.now() === 1_800_000_000_000;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    }),
  });
  const held = await holdLease(taken, "fix:web-1", "a", async (still) => {
    await s.clock.wait(15_000);
    return still();
  });
  expect(held).toEqual({ kind: "done", value: false });
});

test("several leases are held together or not at all, and the busy one is named", async () => {
  const s = new Stage();
  const world = s.world();
  const names = ["fix:web-1", "fix-group:eu", "fix-group:web"];
  const other = s.world({ instance: "bot-2" });
  const held = await holdLeases(world, names, "a", async () => [
    await holdLeases(other, ["fix:web-2", "fix-group:web"], "b", async () => 1),
    await s.store.lease("fix:web-2", "c", 1),
  ]);
  expect(held).toEqual({ kind: "done", value: [{ kind: "busy", name: "fix-group:web" }, true] });
  for (const name of names) expect(await s.store.lease(name, "d", 1)).toBe(true);
});
