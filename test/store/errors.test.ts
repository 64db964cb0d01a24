import { expect, test } from "vitest";
import { openQueue } from "../../src/jobs/open-queue.ts";
import { translate, translated } from "../../src/store/errors.ts";
import { openStore } from "../../src/store/open.ts";
import { makePlace, realClock, TEST_KEY } from "../support/place.ts";

const coded = (code: string): Error => Object.assign(new Error("driver text"), { code });

test.each([
  ["SQLITE_FULL", "full"],
  ["SQLITE_READONLY_DBMOVED", "read-only"],
  ["SQLITE_IOERR_WRITE", "unavailable"],
  ["SQLITE_CORRUPT_INDEX", "damaged"],
  ["53100", "full"],
  ["25006", "read-only"],
  ["28P01", "refused"],
  ["3D000", "unavailable"],
  ["57P01", "unavailable"],
  ["ECONNREFUSED", "unavailable"],
  ["ENOSPC", "full"],
])("%s becomes a sentence: %s", (code, expected) => {
  const cause = coded(code);
  const error = translate(cause, "502.sqlite");
  expect(error).toMatchObject({ name: "StoreError", code: expected, cause });
  expect(error).toMatchObject({
    message: expect.stringMatching(/502\.sqlite.*\.$/),
    hint: expect.stringMatching(/\.$/),
  });
});

test("other errors stay what they are", async () => {
  const unique = coded("SQLITE_CONSTRAINT_UNIQUE");
  expect(translate(unique, "x")).toBe(unique);
  const mine = new RangeError("mine");
  const methods = translated({ go: async () => Promise.reject(mine), name: "kept" }, "x");
  await expect(methods.go()).rejects.toBe(mine);
  expect(methods.name).toBe("kept");
});

test("an unreachable server is named without its password", async () => {
  const place = await makePlace("SQLite");
  const opening = (url: string) =>
    openStore({ url, dir: place.dir, auditKey: TEST_KEY, clock: realClock, queue: openQueue });
  try {
    const error: unknown = await opening("postgres://bot:not-a-password@127.0.0.1:1/state").catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("127.0.0.1:1/state"),
    });
    expect(String(error)).not.toContain("not-a-password");
    await expect(opening("mysql://127.0.0.1/state")).rejects.toThrow("must begin with postgres://");
  } finally {
    await place.end();
  }
});
