import { replayRun } from "./src/workflows/execute-run.ts";
import { recorded, shippedPlaybooks } from "./test/support/recorded.ts";
import { judge } from "./test/lab/judge.ts";
import { exitCodeOf } from "./src/domain/diagnosis.ts";
const pb = shippedPlaybooks();
const pat = new RegExp(process.argv[2] ?? "eyes3");
const full = process.argv[3] === "-v";
for (const { name, expected, bundle } of recorded()) {
  if (!pat.test(name)) continue;
  const d = (await replayRun(bundle, pb.get(bundle.playbook)!)).diagnosis;
  const wrong = judge({ group: expected.group, expect: expected.expect } as never, d as never, exitCodeOf(d));
  if (!wrong.length && !full) { console.log(name, "OK"); continue; }
  console.log(name, wrong.length ? "WRONG " + wrong.join("; ") : "OK", "|", d.verdict, "|", d.headline);
  for (const c of d.causes) console.log("   ", c.id, c.grade, c.target, c.fixes.join(","), full ? JSON.stringify(c.evidence ?? "").slice(0, 500) : "");
  if (full) console.log("   ruledOut", JSON.stringify((d as any).ruledOut)?.slice(0, 1500), "\n   blind", JSON.stringify(d.blindSpots).slice(0, 1200));
}
