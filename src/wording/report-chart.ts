import { trafficOf } from "../domain/report-facts.ts";
import type { ReportSummary } from "../domain/report.ts";
import { ago, listed } from "./headline.ts";
import { percent } from "./report.ts";
import { sayMoment, ticksOf } from "./report-ticks.ts";

const WIDTH = 960;
const LEFT = 265;
const RIGHT = 210;
const ROW = 62;
const TOP = 84;
const BAR = 40;
const FOOT = 46;
/** Characters of a row's name. */
const NAME = 34;
/** Vhosts on one picture; what is quiet is left out first. */
const MOST = 8;

interface Series {
  readonly name: string;
  readonly total: number;
  readonly count502: number;
  readonly buckets: readonly number[];
}

/**
 * A picture of the 502s over the period, one row per vhost, worst first, in the zone of its schedule.
 * @returns undefined without traffic
 */
export function reportChart(
  summary: ReportSummary,
  zone = "UTC",
): { readonly svg: string; readonly alt: string } | undefined {
  const { since, until, bucketMs } = summary;
  const all = seriesOf(summary);
  if (since === undefined || bucketMs === undefined || all.length === 0) return undefined;
  const failing = all.filter((s) => s.count502 > 0);
  // A row without a bar says little: it stands there only where nothing failed at all.
  const shown = (failing.length > 0 ? failing : all).slice(0, MOST);
  const height = TOP + shown.length * ROW + FOOT;
  const most = Math.max(1, ...shown.flatMap((s) => s.buckets));
  const width = WIDTH - LEFT - RIGHT;
  const rows = shown.map((s, i) => row(s, TOP + i * ROW, most, width)).join("");
  const title = `502 answers by vhost, ${sayMoment(since, zone)} to ${sayMoment(until, zone)} (${zone})`;
  const notes = [
    `a bar is ${ago(bucketMs)}`,
    "right: 502s of all requests",
    ...sayLeft(all.length - shown.length, failing.length > MOST),
    ...sayUncounted(summary),
  ];
  const ticks = ticksOf(since, until, zone)
    .map(({ at, label }) => {
      const x = LEFT + ((at - since) / Math.max(1, until - since)) * width;
      const mark = `<line x1="${round(x)}" y1="${TOP - 4}" x2="${round(x)}" y2="${height - FOOT + 10}" stroke="#d8dee4"/>`;
      return `${mark}${text(x, height - 18, label, 14, "middle", "#57606a")}`;
    })
    .join("");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="Inter"><rect width="${WIDTH}" height="${height}" fill="#ffffff"/>${text(20, 32, title, 20, "start", "#1f2328")}${text(20, 56, cut(notes.join("; "), 130), 14, "start", "#57606a")}${ticks}${rows}</svg>`;
  return { svg, alt: altText(summary, shown, zone) };
}

function seriesOf(summary: ReportSummary): Series[] {
  const several = Object.keys(summary.periods).length > 1;
  return Object.entries(summary.periods)
    .flatMap(([host, p]) =>
      p.vhosts.map((v): Series => ({ ...v, name: several ? onHost(v.vhost, host) : v.vhost })),
    )
    .toSorted((a, b) => b.count502 - a.count502 || b.total - a.total || (a.name < b.name ? -1 : 1));
}

/** Which host it is stands at the end, and is not cut off. */
function onHost(vhost: string, host: string): string {
  return `${cut(vhost, Math.max(12, NAME - 4 - host.length))} on ${host}`;
}

function row(s: Series, y: number, most: number, width: number): string {
  const step = width / Math.max(1, s.buckets.length);
  const highest = s.buckets.indexOf(Math.max(...s.buckets));
  const bars = s.buckets
    .map((n, i) => {
      if (n === 0) return "";
      const h = Math.max(2, (n / most) * BAR);
      const number =
        i === highest
          ? text(LEFT + (i + 0.5) * step, y + BAR - h - 4, n.toLocaleString("en"), 12, "middle", "#57606a")
          : "";
      return `${number}<rect x="${round(LEFT + i * step)}" y="${round(y + BAR - h)}" width="${round(Math.max(1, step - 1))}" height="${round(h)}" fill="#b3261e"/>`;
    })
    .join("");
  const line = `<line x1="${LEFT}" y1="${y + BAR}" x2="${LEFT + width}" y2="${y + BAR}" stroke="#8c959f"/>`;
  const share = s.count502 === 0 ? "" : ` (${percent(s.count502 / s.total)})`;
  const count = `${s.count502.toLocaleString("en")} of ${s.total.toLocaleString("en")}${share}`;
  return `${text(LEFT - 12, y + BAR - 6, cut(s.name, NAME), 14, "end", "#1f2328")}${line}${bars}${text(WIDTH - RIGHT + 12, y + BAR - 6, count, 15, "start", "#1f2328")}`;
}

function sayLeft(left: number, someFail: boolean): string[] {
  if (left === 0) return [];
  const vhosts = left === 1 ? "vhost" : "vhosts";
  return [someFail ? `${left} more ${vhosts} not shown` : `${left} more ${vhosts} without a 502`];
}

/** A host that is not on the picture has not been well: nothing is known of it. */
function sayUncounted(summary: ReportSummary): string[] {
  const hosts = trafficOf(summary).uncounted;
  return hosts.length === 0
    ? []
    : [`no figures of ${hosts.length > 3 ? `${hosts.length} hosts` : listed(hosts)}`];
}

function altText(summary: ReportSummary, shown: readonly Series[], zone: string): string {
  const { since = 0, bucketMs = 0 } = summary;
  const { total, count502 } = trafficOf(summary);
  const named = shown
    .filter((s) => s.count502 > 0)
    .slice(0, 4)
    .map((s) => {
      const highest = Math.max(...s.buckets);
      const when = sayMoment(since + s.buckets.indexOf(highest) * bucketMs, zone);
      return `${s.name}: ${s.count502} of ${s.total}, most (${highest}) within ${ago(bucketMs)} from ${when}`;
    });
  const most = named.length === 0 ? "none on any vhost" : named.join("; ");
  const blind = sayUncounted(summary).map((told) => ` There are ${told}.`);
  return `Bar chart of 502 answers over time (${zone}), one row per vhost. ${count502} of ${total} requests in all; ${most}.${blind.join("")}`;
}

/** On one line, and without half a character at the end. */
function cut(content: string, length: number): string {
  const line = content.replaceAll(/\s+/g, " ");
  if (line.length <= length) return line;
  return `${line.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

function text(
  x: number,
  y: number,
  content: string,
  size: number,
  anchor: "start" | "middle" | "end",
  fill: string,
): string {
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" text-anchor="${anchor}" fill="${fill}">${escapeXml(content)}</text>`;
}

/** A vhost's name comes from a host: it must not become markup, and XML takes no control characters. */
function escapeXml(content: string): string {
  return content
    .replaceAll(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      "\ufffd",
    )
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
