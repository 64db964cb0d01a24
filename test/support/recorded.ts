import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { z } from "zod";
import { loadPlaybooks, ROOT } from "../../src/config.ts";
import { Bundle } from "../../src/domain/bundle.ts";
import { Scenario as LabScenario } from "../lab/scenario.ts";

/** What a recorded scenario's diagnosis must say: the lab's form, which `502 scenario add` writes too. */
const Expected = z.looseObject({
  title: z.string(),
  group: z.string().default("recorded"),
  expect: LabScenario.shape.expect,
});

export interface Recorded {
  readonly name: string;
  readonly expected: z.infer<typeof Expected>;
  /** What the host said while it was broken. */
  readonly bundle: Bundle;
  /** What it said after the fix, where there was one. */
  readonly after: Bundle | undefined;
}

const folder = join(ROOT, "test", "scenarios");

/** The names of the scenarios under test/scenarios. */
export function recordedNames(): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted((a, b) => (a < b ? -1 : 1));
}

/** What a scenario must say. @throws when it cannot be read */
export function expectedOf(name: string): Recorded["expected"] {
  return Expected.parse(parse(readFileSync(join(folder, name, "expected.yaml"), "utf8")));
}

/** A scenario with its bundles. @throws when it cannot be read */
export function recordedAs(name: string): Recorded {
  const at = (file: string): string => join(folder, name, file);
  const own = existsSync(at("bundle.json.gz")) ? "bundle.json.gz" : "before.json.gz";
  return {
    name,
    expected: expectedOf(name),
    bundle: read(at(own)),
    after: existsSync(at("after.json.gz")) ? read(at("after.json.gz")) : undefined,
  };
}

/** The scenarios under test/scenarios by name. @throws when one cannot be read */
export function recorded(): Recorded[] {
  return recordedNames().map(recordedAs);
}

function read(path: string): Bundle {
  return Bundle.parse(JSON.parse(gunzipSync(readFileSync(path)).toString("utf8")));
}

/** The playbooks that are shipped; their mistakes are the message. */
export function shippedPlaybooks(): ReturnType<typeof loadPlaybooks>["byName"] {
  const { byName, errors } = loadPlaybooks([join(ROOT, "playbooks")]);
  if (errors.length > 0) throw new Error(errors.map((e) => `${e.file}:${e.line}: ${e.message}`).join("\n"));
  return byName;
}
