import type { Cause, Diagnosis, Fix } from "../domain/diagnosis.ts";
import { sayFromHere } from "./from-here.ts";
import { ago } from "./headline.ts";
import { sayCourse, sayShare } from "./impact.ts";
import { printableLine } from "./printable.ts";
import { sayTraffic } from "./traffic.ts";

/** A diagnosis as the terminal shows it: the verdict first, then its evidence, what to do, what was not seen. */
export function diagnosisText(
  d: Diagnosis,
  opts: { readonly verbose: boolean } = { verbose: false },
): string {
  const lines = [
    `${MARK[d.verdict]}  ${d.headline}`,
    ...(d.fromHere === undefined ? [] : [sayFromHere(d.fromHere)]),
    ...(d.verdict === "healthy" || d.impact === undefined
      ? []
      : [sayShare(d.impact), sayCourse(d.impact)].filter((t) => t !== undefined)),
    "",
  ];
  for (const cause of d.causes) lines.push(...causeLines(cause, d.fixes, opts.verbose), "");
  if (d.forUsers !== undefined) lines.push("For the users:", `  ${d.forUsers}`, "");
  if (d.timeline.length > 0 && d.verdict !== "healthy") {
    lines.push(
      "What happened:",
      ...d.timeline.slice(-10).map((t) => `  ${ago(d.startedAt - t.at)} ago  ${t.what}`),
      "",
    );
  }
  if ((d.traffic ?? []).length > 0)
    lines.push("By the access log:", ...(d.traffic ?? []).map((t) => `  ${sayTraffic(t, d.startedAt)}`), "");
  if (d.unrelated.length > 0) lines.push("Unrelated:", ...d.unrelated.map((u) => `  ${u}`), "");
  if (d.ruledOut.length > 0 && opts.verbose)
    lines.push("Ruled out:", ...d.ruledOut.map((r) => `  ${r.id}: ${r.because}`), "");
  if (d.blindSpots.length > 0) {
    lines.push(
      "Could not see:",
      ...d.blindSpots.flatMap((b) => [
        `  ${b.because}`,
        ...(b.remedy === undefined ? [] : [`    → ${b.remedy}`]),
      ]),
      "",
    );
  }
  if (opts.verbose)
    lines.push(
      "Checks:",
      ...d.checks.map(
        (c) =>
          `  ${c.id.padEnd(22)} ${c.end.padEnd(9)} ${String(c.durationMs).padStart(5)} ms  ${c.command.slice(0, 120)}`,
      ),
      "",
    );
  lines.push(`run ${d.runId}, ${d.durationMs} ms`);
  // What a host says stays on the line it was put on.
  return `${lines.map(printableLine).join("\n")}\n`;
}

const MARK: Readonly<Record<Diagnosis["verdict"], string>> = {
  "cause-found": "[cause found]",
  healthy: "[healthy]",
  undetermined: "[undetermined]",
  unreachable: "[unreachable]",
};

function causeLines(c: Cause, fixes: readonly Fix[], verbose: boolean): string[] {
  const where = [c.vhosts.join(", "), c.target ?? ""].filter((x) => x !== "").join(" → ");
  const on = c.host === undefined ? "" : `  on ${c.host}`;
  const own = c.fixes.map((id) => fixes.find((f) => f.id === id)).filter((f) => f !== undefined);
  return [
    `${c.id} (${c.grade})${where === "" ? "" : `  ${where}`}${on}`,
    ...c.evidence
      .filter((e) => verbose || e.ground !== true)
      .flatMap((e) =>
        e.excerpt
          .trimEnd()
          .split("\n")
          .map((l, i) => `  ${i === 0 ? `•${e.host === undefined ? "" : ` [${e.host}]`}` : "|"} ${l}`),
      ),
    ...c.ruledOut.slice(0, 3).map((r) => `  ✗ not ${r.id}: ${r.because}`),
    ...c.advice.map((a) => `  → ${a}`),
    ...own.flatMap((f) => [
      `  ${f.offered ? "fix" : "by hand"} ${f.id} [${f.risk}]  ${f.title}`,
      ...(f.held === undefined ? [] : [`      not offered again: ${f.held}`]),
      ...f.commands.map((command) => `      ${command}`),
      ...(f.diff === undefined ? [] : f.diff.split("\n").map((l) => `      ${l}`)),
    ]),
  ];
}
