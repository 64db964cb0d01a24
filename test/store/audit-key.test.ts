import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadAuditKey } from "../../src/store/audit-key.ts";

let root: string;
let dir: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fiveohtwo-key-"));
  dir = join(root, "state");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("makes a key beside the state folder, for its owner only, and keeps it", () => {
  const key = loadAuditKey(dir, {});
  expect(key.toString()).toMatch(/^[0-9a-f]{64}$/);
  const path = join(root, "state.audit-key");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8").trim()).toBe(key.toString());
  expect(loadAuditKey(dir, {})).toEqual(key);
  expect(readdirSync(root).sort()).toEqual(["state", "state.audit-key"]);
});

test("the variable goes first", () => {
  const given = "an-obviously-fake-audit-key-for-tests";
  expect(loadAuditKey(dir, { FIVEOHTWO_AUDIT_KEY: given }).toString()).toBe(given);
  expect(readdirSync(root)).toEqual([]);
  expect(loadAuditKey(dir, { FIVEOHTWO_AUDIT_KEY: "short" }, given).toString()).toBe(given);
  expect(() => loadAuditKey(dir, {}, "short")).toThrow("key in audit.key is too short");
  expect(() => loadAuditKey(dir, { FIVEOHTWO_AUDIT_KEY: "short" })).toThrow(
    "key in $FIVEOHTWO_AUDIT_KEY is too short",
  );
});

test("refuses a key that others can read, or that is damaged", () => {
  loadAuditKey(dir, {});
  const path = join(root, "state.audit-key");
  chmodSync(path, 0o644);
  expect(() => loadAuditKey(dir, {})).toThrow("Others can read the audit log's key");
  chmodSync(path, 0o600);
  truncateSync(path, 5);
  expect(() => loadAuditKey(dir, {})).toThrow("is damaged");
});
