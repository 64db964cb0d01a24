import { expect, test } from "vitest";
import type { Cause } from "../../src/domain/diagnosis.ts";
import { forUsers } from "../../src/wording/for-users.ts";

const cause = (over: Partial<Cause>): Cause => ({
  id: "upstream-stopped",
  grade: "proven",
  title: "shop.service is stopped",
  severity: "critical",
  vhosts: ["shop.example.test"],
  target: "127.0.0.1:3000",
  status: 502,
  evidence: [],
  ruledOut: [],
  fixes: [],
  consequences: [],
  advice: [],
  ...over,
});

test("a site that fails: wait, try again, and mind what was sent", () => {
  const text = forUsers({ verdict: "cause-found", causes: [cause({})] });
  expect(text).toBe(
    "shop.example.test cannot be reached at the moment. Please wait a few minutes and try again; if you sent something, look whether it arrived before you send it twice. We are on it.",
  );
});

test("a time-out is slow, not gone", () => {
  const text = forUsers({ verdict: "cause-found", causes: [cause({ severity: "warning", status: 504 })] });
  expect(text).toContain("answers too slowly or not at all");
});

test("nothing where users notice nothing", () => {
  const { status: _, ...unseen } = cause({ severity: "warning" });
  expect(forUsers({ verdict: "cause-found", causes: [unseen] })).toBeUndefined();
  expect(forUsers({ verdict: "healthy", causes: [] })).toBeUndefined();
  expect(forUsers({ verdict: "unreachable", causes: [] })).toBeUndefined();
});
