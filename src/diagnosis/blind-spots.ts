import type { CommandResult } from "../domain/command.ts";
import type { RanOn } from "./ran-on.ts";
import type { BlindSpot } from "../domain/diagnosis.ts";
import type { Check, Playbook } from "../domain/playbook.ts";
import type { HostModel } from "../model/host-model.ts";
import type { Placed } from "./fold.ts";

/** Tools that many hosts rightly lack: their absence is no blind spot unless a hypothesis needs them. */
const OPTIONAL = new Set([
  "selinux-mode",
  "selinux-booleans",
  "containers",
  "supervisor",
  "php-pools",
  "nginx-sites",
  "nginx-files",
  "firewall-nft",
  "sudo-journal",
  "packages-dpkg",
  "packages-dnf",
  "deploys",
  "journal-denials",
]);

/** @returns what could not be looked at, why, and the command that would change it. */
export function blindSpots(
  playbook: Playbook,
  results: readonly RanOn[],
  model: HostModel,
  placed: readonly Placed[],
): BlindSpot[] {
  const spots = new Map<string, BlindSpot>();
  const checks = new Map(playbook.checks.map((c) => [c.id, c]));
  const seen = new Set(
    results.filter((r) => r.host === undefined && r.end === "exited").map((r) => r.id.split("#")[0]),
  );
  for (const r of results) {
    const base = r.id.split("#")[0] ?? r.id;
    const check = checks.get(base);
    if (!check || r.end === "exited" || r.end === "cut") continue;
    if (r.end === "missing" && OPTIONAL.has(base)) continue;
    if (base === "nginx-files" && seen.has("nginx-config")) continue;
    const on = r.host === undefined ? "" : ` on ${r.host}`;
    spots.set(`${base}${on}`, { check: base, because: because(check, r, on), ...remedy(check, r, on) });
  }
  for (const spot of model.outOfSight) spots.set(spot.because, spot);
  for (const why of model.notLooked) spots.set(why, { check: "model", because: why });
  for (const p of placed) {
    const [missing] = p.candidate.missing;
    if (p.candidate.grade === "proven" || missing === undefined) continue;
    const key = `${p.candidate.rule.id}:${missing}`;
    spots.set(key, {
      check: p.candidate.rule.id,
      because: `${p.candidate.rule.id} is not settled: ${missing} is not known`,
    });
  }
  return [...spots.values()];
}

function because(check: Check, r: CommandResult, on: string): string {
  const tells = `${check.tells.replaceAll(/\$\{[^}]*\}/g, "…")}${on}`;
  const first = r.stderr.trim().split("\n")[0]?.slice(0, 160) ?? "";
  switch (r.end) {
    case "denied":
      return `could not see ${tells}: not permitted${first ? ` (${first})` : ""}`;
    case "missing":
      return `could not see ${tells}: ${r.argv[0] ?? "the tool"} is not installed`;
    case "timed-out":
      return `could not see ${tells}: ${r.argv[0] ?? "the command"} took longer than its time-out`;
    default:
      return `could not see ${tells}: the connection was lost`;
  }
}

function remedy(check: Check, r: CommandResult, on: string): { remedy?: string } {
  if (r.end === "denied") return { remedy: `allow it in sudoers${on}: NOPASSWD: ${r.argv.join(" ")}` };
  if (r.end === "missing")
    return { remedy: `install ${check.argv[0] ?? "the tool"}${on === "" ? " on the host" : on}` };
  return {};
}
