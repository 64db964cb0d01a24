import { foldHosts, rankOf } from "../domain/fold-hosts.ts";
import { endingSoon, trafficOf } from "../domain/report-facts.ts";
import type { FixLine, HostLine, HostPeriod, Report, ReportSummary } from "../domain/report.ts";
import { outcomeWord } from "./fix-result.ts";
import { ago, listed } from "./headline.ts";
import { sayFold, sayTotals } from "./report-group.ts";

/** The sentences a manager reads: how many hosts fail, how many requests did, and which way it goes. */
export function sayHeadline(summary: ReportSummary, before: ReportSummary | undefined): string {
  const { total, count502, uncounted } = trafficOf(summary);
  if (total === 0) return sayTotals(summary);
  const rate = count502 / total;
  const hosts = summary.lines.length;
  const on = uncounted.length === 0 ? "" : ` on ${hosts - uncounted.length} of ${hosts} hosts`;
  const requests = `${percent(rate)} of ${total.toLocaleString("en")} requests${on} ended in 502${sayTrend(rate, before)}`;
  return `${sayTotals(summary)} ${upper(requests)}.`;
}

/** ", down from 2.1 %" beside the report before; nothing where that one had no traffic to compare. */
function sayTrend(rate: number, before: ReportSummary | undefined): string {
  const old = before === undefined ? undefined : trafficOf(before);
  if (old === undefined || old.total === 0) return "";
  const was = old.count502 / old.total;
  if (percent(was) === percent(rate)) return ", as in the report before";
  return rate < was ? `, down from ${percent(was)}` : `, up from ${percent(was)}`;
}

/** 0.004 → "0.4 %"; what is not quite nothing is never shown as nothing. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return "under 0.1 %";
  return `${value >= 10 ? Math.round(value) : Math.round(value * 10) / 10} %`;
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Said of a report that comes late because the bot was down at its time. */
export function sayMissed(report: Pick<Report, "missedMs">): string {
  if (report.missedMs === undefined) return "";
  return `This report is ${ago(report.missedMs)} late: the bot was not running when it was due. Earlier ones that were missed are not made up.`;
}

/** The cells of a report's table, the header first, worst host first. */
export function reportRows(summary: ReportSummary, before: ReportSummary | undefined): string[][] {
  const rows = foldHosts(summary.lines)
    .flatMap((f) => f.lines)
    .map((line) => {
      const period = summary.periods[line.host];
      return [
        line.host,
        sayVerdict(line),
        sayRate(period),
        sayHostTrend(period, before?.periods[line.host]),
        classes(period),
      ];
    });
  return [["Host", "Now", "502 rate", "Before", "Errors"], ...rows];
}

/** "failing: shop-api.service is masked, so it cannot be started" */
function sayVerdict(line: HostLine): string {
  const rank = rankOf(line);
  if (rank === "healthy") return "healthy";
  if (rank === "unseen")
    return `not seen: ${(line.unreachable?.code ?? "the run failed").replaceAll("-", " ")}`;
  if (rank === "undetermined") return "cannot tell";
  return `${rank}: ${line.cause?.title ?? "no cause is told"}`;
}

function rateOf(period: HostPeriod | undefined): number | undefined {
  if (period === undefined || period.because !== undefined) return undefined;
  const total = period.vhosts.reduce((sum, v) => sum + v.total, 0);
  return total === 0 ? undefined : period.vhosts.reduce((sum, v) => sum + v.count502, 0) / total;
}

function sayRate(period: HostPeriod | undefined): string {
  const rate = rateOf(period);
  if (rate !== undefined) return percent(rate);
  return period === undefined || period.because !== undefined ? "unknown" : "no requests";
}

function sayHostTrend(period: HostPeriod | undefined, old: HostPeriod | undefined): string {
  const [now, was] = [rateOf(period), rateOf(old)];
  if (was === undefined) return "–";
  if (now === undefined || percent(now) === percent(was)) return percent(was);
  return `${now > was ? "up from" : "down from"} ${percent(was)}`;
}

function classes(period: HostPeriod | undefined): string {
  if (period === undefined || period.classes.length === 0) return "–";
  const shown = period.classes
    .slice(0, 2)
    .map((c) => `${c.count} ${c.name}`)
    .join(", ");
  return period.classes.length > 2 ? `${shown}, …` : shown;
}

/** "web-1: Start catalog.service: fixed, and it held; approved by U0ADA00001 after 40 seconds". */
export function sayFix(fix: FixLine): string {
  const held = fix.held === "held" ? ", and it held" : fix.held === "relapsed" ? ", but it did not hold" : "";
  const by = fix.approvers.length === 0 ? "" : ` by ${fix.approvers.join(" and ")}`;
  const after = fix.waitedMs === undefined ? "" : ` after ${ago(fix.waitedMs)}`;
  const approved = by + after === "" ? "" : `; approved${by}${after}`;
  return `${fix.host}: ${whatFix(fix)}: ${outcomeWord(fix.outcome)}${held}${approved}`;
}

function whatFix(of: { readonly fixId: string; readonly title?: string }): string {
  return of.title ?? of.fixId;
}

/** "web-1: Start catalog.service: expired after 10 minutes without a decision" */
export function sayUnused(summary: ReportSummary): string[] {
  return summary.unused.map((u) => {
    const after = `after ${ago(u.waitedMs)}`;
    const fix = `${u.host}: ${whatFix(u)}`;
    if (u.state === "expired") return `${fix}: expired ${after} without a decision`;
    if (u.state === "requested") return `${fix}: has waited ${ago(u.waitedMs)} for a decision`;
    const what = u.state === "superseded" ? "replaced by a newer diagnosis" : u.state;
    return `${fix}: ${what} ${after}`;
  });
}

/** "web-1: /etc/ssl/shop.pem (shop.example.test) ends in 12 days" */
export function sayCertificates(summary: ReportSummary): string[] {
  const found = new Map<string, string[]>();
  for (const c of endingSoon(summary)) {
    const left = c.notAfter - summary.until;
    const names = c.names.length === 0 ? "" : ` (${listed(c.names)})`;
    const told = `${c.path}${names} ${left <= 0 ? `ended ${ago(-left)} ago` : `ends in ${ago(left)}`}`;
    found.set(told, [...(found.get(told) ?? []), c.host]);
  }
  return [...found].map(([told, hosts]) => `${listed(hosts)}: ${told}`);
}

/** What fails, each sentence once with its hosts, worst first; for a host that was not seen, what to try. */
export function sayFailing(summary: ReportSummary): string[] {
  const found = new Map<string, string[]>();
  for (const line of foldHosts(summary.lines)
    .filter((f) => f.rank !== "healthy")
    .flatMap((f) => f.lines)) {
    const remedy = seen(line) ? undefined : line.blindSpots[0]?.remedy;
    const told = `${line.headline}${remedy === undefined ? "" : ` → ${remedy}`}`;
    found.set(told, [...(found.get(told) ?? []), line.host]);
  }
  return [...found].map(([told, hosts]) => {
    const [host] = hosts;
    return hosts.length === 1 && host !== undefined && told.includes(host)
      ? told
      : `${listed(hosts)}: ${told}`;
  });
}

function seen(line: HostLine): boolean {
  return rankOf(line) !== "unseen";
}

/** What could not be seen and how to mend it, each once with its hosts. */
export function sayBlind(summary: ReportSummary): string[] {
  const found = new Map<string, { hosts: string[]; remedy?: string }>();
  const add = (host: string, because: string, remedy?: string): void => {
    const one = found.get(because) ?? { hosts: [], ...(remedy === undefined ? {} : { remedy }) };
    found.set(because, { ...one, hosts: [...one.hosts, host] });
  };
  for (const line of summary.lines) {
    if (seen(line)) for (const spot of line.blindSpots) add(line.host, spot.because, spot.remedy);
    const period = summary.periods[line.host];
    if (period?.because !== undefined) add(line.host, `no 502 rate: ${period.because}`);
    if (period?.coveredFrom !== undefined)
      add(line.host, "the access log that is read does not reach back over the whole period");
  }
  return [...found].map(
    ([because, { hosts, remedy }]) =>
      `${listed(hosts)}: ${because}${remedy === undefined ? "" : ` → ${remedy}`}`,
  );
}

/** The top-level text of a report's message. @param clock how to write a moment */
export function reportText(
  report: Report,
  summary: ReportSummary,
  before: ReportSummary | undefined,
  clock?: (at: number) => string,
): string {
  const worst = foldHosts(summary.lines)
    .filter((f) => f.rank !== "healthy")
    .slice(0, 3)
    .map((f) => sayFold(f, clock));
  return [`Report on ${report.title}: ${sayHeadline(summary, before)}`, ...worst].join(" · ");
}
