import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { here } from "./paths.ts";
import type { Scenario } from "./scenario.ts";

/**
 * Makes test/scenarios/NAME with the expectation of a lab scenario, and gives the paths of the two
 * bundles that the product is to save there: before the fix and after it.
 */
export async function keep(name: string, scenario: Scenario): Promise<{ before: string; after: string }> {
  const dir = join(here, "../scenarios", name);
  await mkdir(dir, { recursive: true });
  const { title, group, hostname, expect } = scenario;
  await writeFile(join(dir, "expected.yaml"), stringify({ title, group, hostname, expect }));
  return { before: join(dir, "before.json.gz"), after: join(dir, "after.json.gz") };
}
