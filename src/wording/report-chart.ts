import { trafficOf } from "../domain/report-facts.ts";
import type { ReportSummary } from "../domain/report.ts";

const WIDTH = 960;
const LEFT = 250;
const RIGHT = 170;
const ROW = 62;
const TOP = 74;
const BAR = 40;
const FOOT = 46;
/** Vhosts on one picture; what is quiet is left out first. */
const MOST = 8;

interface Series {
  readonly name: string;
  readonly total: number;
  readonly count502: number;
  readonly buckets: readonly number[];
}

/** A picture of the 502s over the period, one row a vhost, worst first. @returns undefined without traffic */
export function reportChart(
  summary: ReportSummary,
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
  const left = all.length - shown.length;
  const title = `502s by vhost, ${utc(since)} to ${utc(until)} UTC`;
  const note = `a bar is ${Math.round(bucketMs / 60_000)} min, the highest ${most}; on the right 502s of all requests${sayLeft(left, failing.length > MOST)}`;
  const ticks = [0, 0.25, 0.5, 0.75, 1]
    .map((part) =>
      text(
        LEFT + part * width,
        height - 18,
        utc(since + part * (until - since)).slice(5),
        14,
        part === 0 ? "start" : part === 1 ? "end" : "middle",
        "#57606a",
      ),
    )
    .join("");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="Inter"><rect width="${WIDTH}" height="${height}" fill="#ffffff"/>${text(20, 32, title, 20, "start", "#1f2328")}${text(20, 56, note, 14, "start", "#57606a")}${rows}${ticks}</svg>`;
  return { svg, alt: altText(summary, shown) };
}

function seriesOf(summary: ReportSummary): Series[] {
  const several = Object.keys(summary.periods).length > 1;
  return Object.entries(summary.periods)
    .flatMap(([host, p]) =>
      p.vhosts.map((v): Series => ({ ...v, name: several ? `${v.vhost} on ${host}` : v.vhost })),
    )
    .toSorted((a, b) => b.count502 - a.count502 || b.total - a.total || (a.name < b.name ? -1 : 1));
}

function row(s: Series, y: number, most: number, width: number): string {
  const step = width / Math.max(1, s.buckets.length);
  const bars = s.buckets
    .map((n, i) => {
      if (n === 0) return "";
      const h = Math.max(2, (n / most) * BAR);
      return `<rect x="${round(LEFT + i * step)}" y="${round(y + BAR - h)}" width="${round(Math.max(1, step - 1))}" height="${round(h)}" fill="#b3261e"/>`;
    })
    .join("");
  const name = s.name.length > 32 ? `${s.name.slice(0, 31)}…` : s.name;
  const line = `<line x1="${LEFT}" y1="${y + BAR}" x2="${LEFT + width}" y2="${y + BAR}" stroke="#8c959f"/>`;
  const count = `${s.count502.toLocaleString("en")} of ${s.total.toLocaleString("en")}`;
  return `${text(LEFT - 12, y + BAR - 6, name, 14, "end", "#1f2328")}${line}${bars}${text(WIDTH - RIGHT + 12, y + BAR - 6, count, 16, "start", "#1f2328")}`;
}

function sayLeft(left: number, someFail: boolean): string {
  if (left === 0) return "";
  const vhosts = left === 1 ? "vhost" : "vhosts";
  return someFail ? `; ${left} more ${vhosts} not shown` : `; ${left} more ${vhosts} without a 502`;
}

function altText(summary: ReportSummary, shown: readonly Series[]): string {
  const { total, count502 } = trafficOf(summary);
  const named = shown
    .filter((s) => s.count502 > 0)
    .slice(0, 4)
    .map((s) => `${s.name}: ${s.count502} of ${s.total}`);
  const most = named.length === 0 ? "none on any vhost" : named.join("; ");
  return `Bar chart of 502 answers over time, one row a vhost. ${count502} of ${total} requests in all; ${most}.`;
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

function utc(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
