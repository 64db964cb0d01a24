import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { expect, test } from "vitest";
import { z } from "zod";
import { scenarios } from "./lab/scenario.ts";
import { expectedOf, recordedNames } from "./support/recorded.ts";

const Catalogue = z.strictObject({
  causes: z.array(z.string()).min(100),
  without: z.record(z.string(), z.string().min(10)),
});
const catalogue = Catalogue.parse(
  parse(readFileSync(join(import.meta.dirname, "lab", "catalogue.yaml"), "utf8")),
);

async function expected(): Promise<Set<string>> {
  const played = (await scenarios()).map(([, s]) => s.expect);
  const kept = recordedNames().map((name) => expectedOf(name).expect);
  return new Set(
    [...played, ...kept].flatMap((e) => [...(e.cause === undefined ? [] : [e.cause]), ...e.alsoFind]),
  );
}

test("every cause of the catalogue has a scenario, or stands in the list with the reason why not", async () => {
  const has = await expected();
  const open = catalogue.causes.filter((id) => !has.has(id) && catalogue.without[id] === undefined);
  expect(open).toEqual([]);
});

test("the list of reasons names causes only, and none that has a scenario by now", async () => {
  const has = await expected();
  const stale = Object.keys(catalogue.without).filter((id) => !catalogue.causes.includes(id) || has.has(id));
  expect(stale).toEqual([]);
});
