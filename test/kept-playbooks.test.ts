import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keptPlaybooks } from "../src/kept-playbooks.ts";
import type { LoadedAll, PlaybookFolder } from "../src/playbook/load-all.ts";
import { shippedPlaybooks } from "./support/recorded.ts";

let cache: string;
let kept: string;
const shipped = shippedPlaybooks().get("disk");
if (shipped === undefined) throw new Error("there is no playbook disk");
const good: LoadedAll = {
  playbooks: new Map([["disk", shipped.playbook]]),
  errors: [],
  warnings: [{ file: "a.yml", path: "checks", line: 1, column: 1, message: "odd", hint: "mend it" }],
};
const folder = (text: string): PlaybookFolder => ({ name: "disk", files: [{ path: "a.yml", text }] });

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "fiveohtwo-kept-"));
  kept = join(cache, "fiveohtwo", "playbooks");
  vi.stubEnv("XDG_CACHE_HOME", cache);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

/** Asks, and tells how often the playbooks were read and checked. */
function ask(text: string, asked: unknown = null, made = good): { times: number; got: LoadedAll } {
  const make = vi.fn<() => LoadedAll>(() => made);
  const got = keptPlaybooks([folder(text)], asked, make);
  return { times: make.mock.calls.length, got };
}

test("what was found right is read again as it was", () => {
  expect(ask("checks: []").times).toBe(1);
  expect(ask("checks: []")).toEqual({ times: 0, got: good });
});

test("another text, or other commands allowed, is judged anew", () => {
  ask("checks: []");
  expect(ask("checks: [] # changed").times).toBe(1);
  expect(ask("checks: []", [{ program: "varnishadm" }]).times).toBe(1);
  expect(ask("checks: []").times).toBe(0);
});

test("a playbook with mistakes is not kept", () => {
  const bad = { ...good, errors: good.warnings };
  expect(ask("oops", null, bad).times).toBe(1);
  expect(ask("oops", null, bad)).toEqual({ times: 1, got: bad });
});

test("a broken file is made again, and a folder that others can write is not believed", () => {
  ask("checks: []");
  for (const name of readdirSync(kept)) writeFileSync(join(kept, name), "{");
  expect(ask("checks: []").times).toBe(1);
  expect(ask("checks: []").times).toBe(0);
  chmodSync(kept, 0o777);
  expect(ask("checks: []").times).toBe(1);
});

test("a folder that cannot be made stops nothing, and it does not grow for ever", () => {
  for (let i = 0; i < 20; i += 1) ask(`checks: [] # ${i}`);
  expect(readdirSync(kept).length).toBeLessThanOrEqual(8);
  const file = join(cache, "a file");
  writeFileSync(file, "");
  vi.stubEnv("XDG_CACHE_HOME", file);
  expect(ask("checks: []")).toEqual({ times: 1, got: good });
});
