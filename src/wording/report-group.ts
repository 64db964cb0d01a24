import { type Fold, foldHosts, rankOf } from "../domain/fold-hosts.ts";
import { ABSENT } from "../domain/host-profile.ts";
import type { Difference, OddOne, Report, ReportSummary } from "../domain/report.ts";
import { sayFromHere } from "./from-here.ts";
import { listed } from "./headline.ts";

/**
 * "12 hosts: shop.service keeps crashing and being restarted, since 12:01"; one host is named.
 * @param clock how to write a moment
 * @param told the headline of these hosts stands beside it: then "12 hosts: failing, since 12:01"
 */
export function sayFold(fold: Fold, clock: (at: number) => string = utcTime, told = false): string {
  const names = fold.lines.map((l) => l.host);
  const many = names.length === 1 ? (names[0] ?? "") : `${names.length} hosts`;
  const since = fold.since === undefined ? "" : `, since ${clock(fold.since)}`;
  const what = fold.title ?? sayCode(fold.what);
  const bad = fold.rank === "warning" ? "a problem without a 502" : "failing";
  switch (fold.rank) {
    case "healthy":
      return `${many}: healthy`;
    case "unseen":
      return fold.via === undefined
        ? `${many}: not seen (${sayCode(fold.what)})`
        : `${many}: not seen, the bastion ${fold.via} does not let us through`;
    case "undetermined":
      return `${many}: cannot tell${told || fold.what === "undetermined" ? "" : `; possible: ${what}`}${since}`;
    default:
      return `${many}: ${told ? bad : what}${since}`;
  }
}

/** "auth-failed" → "auth failed"; also for a cause that is another thing on each host: "upstream stopped". */
function sayCode(code: string): string {
  return code.replaceAll("-", " ");
}

/** "2 of 6 hosts fail with 502 now, 1 could not be seen; 3 are healthy." */
export function sayTotals(summary: Pick<ReportSummary, "lines">): string {
  const count = (rank: ReturnType<typeof rankOf>): number =>
    summary.lines.filter((l) => rankOf(l) === rank).length;
  const all = summary.lines.length;
  const [failing, undetermined, unseen, warning, healthy] = [
    count("failing"),
    count("undetermined"),
    count("unseen"),
    count("warning"),
    count("healthy"),
  ];
  if (healthy === all) return all === 1 ? "The one host is healthy." : `All ${all} hosts are healthy.`;
  const parts = [
    ...(failing === 0 ? [] : [`${failing} of ${all} ${all === 1 ? "host fails" : "hosts fail"} now`]),
    ...(undetermined === 0 ? [] : [`${undetermined} cannot be told`]),
    ...(unseen === 0 ? [] : [`${unseen} could not be seen`]),
    ...(warning === 0 ? [] : [`${warning} ${warning === 1 ? "has" : "have"} a problem without a 502`]),
    ...(healthy === 0 ? [] : [`${healthy} ${healthy === 1 ? "is" : "are"} healthy`]),
  ];
  return `${parts.join(", ")}.`;
}

/** "web-3 differs from its healthy peers: unit php8.2-fpm.service: …"; hosts that differ alike are told together. */
export function sayOdd(odd: readonly OddOne[]): string[] {
  const found = new Map<string, string[]>();
  for (const one of odd) {
    const told = one.differences.slice(0, MOST_DIFFERENCES).map(sayDifference).join(" · ");
    const left = Math.max(0, one.differences.length - MOST_DIFFERENCES) + one.more;
    const text = `${told}${left > 0 ? ` · and ${left} more` : ""}`;
    found.set(text, [...(found.get(text) ?? []), one.host]);
  }
  return [...found].map(([text, hosts]) => {
    const differ = hosts.length === 1 ? "differs from its" : "differ from their";
    return `${listed(hosts)} ${differ} healthy peers: ${text}`;
  });
}

const MOST_DIFFERENCES = 5;
/** How a facet says that there is no such thing. */
const NONE: Readonly<Record<string, string>> = {
  unit: "not running",
  port: "nobody listens",
  package: "not installed",
};

/** "unit shop.service: not running here; active, enabled on 5 peers"; of a file that its content is another one. */
function sayDifference(d: Difference): string {
  const value = (text: string): string => (text === ABSENT ? (NONE[d.facet] ?? text) : text);
  if (d.facet !== "nginx configuration")
    return `${d.facet} ${d.key}: ${value(d.here)} here; ${value(d.peers)} on ${d.agree} peers`;
  const peers = `${d.agree} peers`;
  if (d.here === ABSENT) return `${d.key} is missing; ${peers} have it`;
  if (d.peers === ABSENT) return `${d.key} is only here; ${peers} have no such file`;
  return `${d.key} has another content than on ${peers}`;
}

/** "web-9 was left out: …" for the hosts that the asker may not diagnose. */
export function sayRefused(report: Pick<Report, "refused">): string {
  const [first] = report.refused;
  if (first === undefined) return "";
  return `Left out: ${listed(report.refused.map((r) => r.host))} (${first.why}).`;
}

/** "12:01 UTC" */
function utcTime(at: number): string {
  return `${new Date(at).toISOString().slice(11, 16)} UTC`;
}

/** The answer for a terminal: totals, one line a fold with its hosts, what differs, what could not be seen. */
export function groupText(report: Report, summary: ReportSummary): string {
  const lines = [`${report.title}: ${sayTotals(summary)}`];
  if (summary.fromHere !== undefined) lines.push(`  ${sayFromHere(summary.fromHere)}`);
  for (const fold of foldHosts(summary.lines)) {
    lines.push(`  ${sayFold(fold, utcTime, true)}`);
    if (fold.lines.length > 1) lines.push(`      ${wrapped(fold.lines.map((l) => l.host))}`);
    const headlines = fold.rank === "healthy" ? [] : [...new Set(fold.lines.map((l) => l.headline))];
    lines.push(...headlines.slice(0, 3).map((headline) => `      ${headline}`));
    if (headlines.length > 3) lines.push(`      … and ${headlines.length - 3} more`);
  }
  lines.push(...sayOdd(summary.odd).map((told) => `  ${told}`));
  const refused = sayRefused(report);
  if (refused !== "") lines.push(`  ${refused}`);
  return `${lines.join("\n")}\n`;
}

function wrapped(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(", ");
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
