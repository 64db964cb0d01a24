import { expect, test } from "vitest";
import { followUp } from "../../src/workflows/follow-up.ts";
import { aCause, aDiagnosisOf, Stage } from "../support/fix-stage.ts";

async function fixed(): Promise<{ s: Stage; id: string }> {
  const s = await new Stage().set();
  const id = await s.approved();
  await s.work();
  return { s, id };
}

const posts = (s: Stage): string[] =>
  s.store.state.outbox.filter((m) => m.key.startsWith("follow-up:")).map((m) => `${m.threadKey} ${m.body}`);

test("it held: looked at after 5 and 30 minutes, said once", async () => {
  const { s, id } = await fixed();
  const before = s.diagnoses;
  await s.work(5 * 60_000);
  expect(s.diagnoses).toBe(before + 1);
  expect(posts(s)).toEqual([]);
  await s.work(30 * 60_000);
  expect(s.diagnoses).toBe(before + 2);
  expect(posts(s)).toHaveLength(1);
  expect(posts(s)[0]).toContain(
    `run:run-1 {"kind":"follow-up","approvalId":"${id}","text":"web-1, 30 minutes after the fix: it held."`,
  );
});

test("a relapse is said in the run's thread at once", async () => {
  const { s } = await fixed();
  s.host.active = "failed";
  await s.work(5 * 60_000);
  expect(posts(s)).toHaveLength(1);
  expect(posts(s)[0]).toContain("it did not hold. shop-api.service is stopped");
  expect(s.actions().at(-1)).toBe("fix.follow-up");
});

test("another critical cause on the same vhost is a relapse, on another vhost it is not", async () => {
  const { s, id } = await fixed();
  s.after = () => aDiagnosisOf([aCause({ id: "dns-runtime", target: null })]);
  expect(await followUp(s.world(), `${id}:5`)).toMatchObject({ kind: "relapsed" });
  s.after = () => aDiagnosisOf([aCause({ id: "dns-runtime", target: null, vhosts: ["other.example.test"] })]);
  expect(await followUp(s.world(), `${id}:5`)).toMatchObject({ kind: "held" });
});

test("what cannot be looked at is neither held nor relapsed", async () => {
  const { s, id } = await fixed();
  s.after = () => aDiagnosisOf([], { verdict: "unreachable", headline: "web-1 cannot be reached." });
  expect(await followUp(s.world(), `${id}:5`)).toMatchObject({ kind: "unknown" });
  expect(posts(s)[0]).toContain("cannot tell whether it held: web-1 cannot be reached.");
});

test("nothing is followed up that was not fixed", async () => {
  const s = await new Stage().set();
  const id = await s.approved();
  s.host.start();
  await s.work();
  expect(await followUp(s.world(), `${id}:5`)).toEqual({ kind: "skipped" });
});
