import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OutboxMessage } from "../../src/workflows/ports.ts";
import { aMessage } from "../support/nouns.ts";
import { ENGINES, makePlace, type OpenedStore, type Place } from "../support/place.ts";

for (const { engine, skipped } of ENGINES) {
  describe.skipIf(skipped)(`the outbox on ${engine}`, () => {
    let place: Place;
    let store: OpenedStore;
    let now = 1000;
    beforeEach(async () => {
      now = 1000;
      place = await makePlace(engine);
      store = await place.open({ clock: { now: () => now, wait: async () => undefined } });
    });
    afterEach(() => place.end());

    const put = (...messages: OutboxMessage[]) =>
      store.transaction(async (tx) => {
        for (const m of messages) await tx.putOutbox(m);
      });
    const due = async () => (await store.outboxDue(99)).map((m) => m.id);

    test("keeps the order inside a channel, whatever the ids and clocks say", async () => {
      await put(aMessage("z"), aMessage("b", { channel: "C2" }), aMessage("a", { createdAt: 1 }));
      await put(aMessage("m", { threadKey: "z" }));
      expect(await due()).toEqual(["z", "a", "m", "b"]);
      expect((await store.outboxDue(99))[2]).toEqual(aMessage("m", { threadKey: "z" }));
      expect(await store.outboxDue(1)).toHaveLength(1);
    });

    test("a long queue in one channel hides no other, when that channel is left out", async () => {
      await put(...Array.from({ length: 30 }, (_, i) => aMessage(`a${String(i).padStart(2, "0")}`)));
      await put(aMessage("b", { channel: "C2" }));
      expect((await store.outboxDue(20)).map((m) => m.channel)).not.toContain("C2");
      expect((await store.outboxDue(20, [aMessage("a").channel])).map((m) => m.id)).toEqual(["b"]);
    });

    test("keeps the order of what several processes put at once", async () => {
      const others = [store, await place.open(), await place.open()];
      await Promise.all(
        others.map(async (s, by) => {
          for (let n = 0; n < 10; n += 1) {
            await s.transaction(async (tx) => {
              await tx.putOutbox(aMessage(`${by}-${n}-a`));
              await tx.putOutbox(aMessage(`${by}-${n}-b`));
            });
          }
        }),
      );
      const ids = await due();
      expect(ids).toHaveLength(60);
      for (const by of [0, 1, 2]) {
        const own = ids.filter((id) => id.startsWith(`${by}-`));
        expect(own).toEqual(Array.from({ length: 10 }, (_, n) => [`${by}-${n}-a`, `${by}-${n}-b`]).flat());
      }
      // Two of one transaction stand together.
      for (let n = 0; n < 60; n += 2) expect(ids[n + 1]).toBe(ids[n]?.replace(/a$/, "b"));
    });

    test("a revision takes the place of the one that waits", async () => {
      await put(aMessage("m1", { key: "run" }), aMessage("m2"));
      await put(aMessage("m3", { key: "run", body: "newer" }));
      expect(await store.outboxDue(99)).toEqual([
        aMessage("m3", { key: "run", body: "newer" }),
        aMessage("m2"),
      ]);
    });

    test("a revision after the first was posted updates it", async () => {
      await put(aMessage("m1", { key: "run" }));
      await store.outboxSent("m1", "1700000000.000100");
      expect(await store.outboxTs("run")).toEqual({ channel: "C0000FAKE1", ts: "1700000000.000100" });
      expect(await store.outboxTs("absent")).toBeUndefined();
      expect(await due()).toEqual([]);
      await put(aMessage("m2", { key: "run" }));
      expect(await store.outboxDue(9)).toEqual([aMessage("m2", { key: "run", ts: "1700000000.000100" })]);
    });

    test("a revision put while the older one is on the wire is not lost, nor posted twice", async () => {
      await put(aMessage("m1", { key: "run" }));
      await put(aMessage("m2", { key: "run" }));
      await store.outboxSent("m1", "1700000000.000100");
      expect(await store.outboxDue(9)).toEqual([aMessage("m2", { key: "run", ts: "1700000000.000100" })]);
      await store.outboxSent("m2", "1700000000.000100");
      await store.outboxSent("m2", "1700000000.000100");
      expect(await due()).toEqual([]);
    });

    test("a put-off message holds its channel, not the others", async () => {
      await put(aMessage("a1"), aMessage("a2"), aMessage("b1", { channel: "C2" }));
      await store.outboxFailed("a1", "ratelimited", 5000);
      expect(await due()).toEqual(["b1"]);
      now = 5000;
      expect(await due()).toEqual(["a1", "a2", "b1"]);
    });

    test("what is said instead of a message given up stands in its place; a replaced one is not given up", async () => {
      await put(aMessage("a1", { key: "run" }), aMessage("a2"));
      const end = { state: "lost", error: "undrawn", at: 1000 } as const;
      const endIt = (id: string, instead?: OutboxMessage): Promise<boolean> =>
        store.transaction((tx) => tx.endOutbox(id, end, instead));
      expect(await endIt("a1", aMessage("word", { key: "run" }))).toBe(true);
      expect(await due()).toEqual(["word", "a2"]);
      expect(await endIt("a1", aMessage("again", { key: "run" }))).toBe(false);
      expect(await endIt("a2", aMessage("direct", { channel: "U1" }))).toBe(true);
      expect(await due()).toEqual(["word", "direct"]);
      const lost = { channel: "C0000FAKE1", error: "undrawn", at: 1000, delivered: false };
      expect(await store.lost(1000, 9)).toMatchObject([lost, lost]);
      expect(await store.lost(1001, 9)).toEqual([]);
      now = 1500;
      await store.outboxSent("word", "1700000000.000100");
      expect(await store.lost(0, 1)).toMatchObject([{ ...lost, delivered: true }]);
    });

    test("a message given up lets those behind it pass", async () => {
      await put(aMessage("a1"), aMessage("a2"));
      await store.outboxFailed("a1", "channel_not_found");
      expect(await due()).toEqual(["a2"]);
    });
  });
}
