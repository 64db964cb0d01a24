import { expect, test } from "vitest";
import { turns } from "../../src/workflows/turns.ts";

test("so many at once for each key, the others in their order; ending twice gives no second place", async () => {
  const take = turns(2);
  const order: string[] = [];
  const first = await take("a");
  await take("a");
  await take("b");
  const later = ["3", "4", "5"].map(async (name) => {
    const end = await take("a");
    order.push(name);
    return end;
  });
  await Promise.resolve();
  expect(order).toEqual([]);
  first();
  first();
  const end = await (later[0] ?? Promise.reject(new Error("nobody waits")));
  expect(order).toEqual(["3"]);
  end();
  (await (later[1] ?? Promise.reject(new Error("nobody waits"))))();
  await later[2];
  expect(order).toEqual(["3", "4", "5"]);
});
