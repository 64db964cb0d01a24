import { type Fold, foldHosts } from "../../domain/fold-hosts.ts";
import type { Report, ReportSummary } from "../../domain/report.ts";
import { count } from "../../wording/count.ts";
import { sayFromHere } from "../../wording/from-here.ts";
import { sayFold, sayOdd, sayRefused, sayTotals } from "../../wording/report-group.ts";
import type { GroupBody } from "../../workflows/report-message.ts";
import { cutLabel, cutSentence, cutText, LIMITS } from "../limits.ts";
import { type Block, bullets, context, type Drawn, line, moment, rich, small, words } from "./blocks.ts";
import { fit, fits, mostThatFits } from "./budget.ts";
import { moodMark } from "./mood.ts";
import { escape, heldMoment, MINUTES, person, withMoments } from "./text.ts";

const MOST_FOLDS = 20;
const MOST_HOSTS = 25;
/** Hosts named of a kind where all are in the file: the kinds matter more then, and a phone is small. */
const FEW_HOSTS = 6;
const LONGEST_NAMES = 600;
const LONGEST_WHY = 400;
export const MOST_ODD = 8;
const MOMENT = "\u0000";

/** The one message of a group: a count while it runs, then the table, worst first. */
export function drawGroup(body: GroupBody): Drawn {
  const { report, done } = body;
  const { summary } = report;
  if (summary !== undefined) return wholeOf(report, summary) ?? tableThatFits(report, summary);
  const doing = `${done} of ${count(report.runs.length, "host")}`;
  return {
    text: escape(`Diagnosing ${report.title}: ${doing}`),
    blocks: [
      rich(
        line(
          { type: "emoji", name: "hourglass_flowing_sand" },
          words(` Diagnosing ${report.title}`, { bold: true }),
          words(`: ${doing} …`),
        ),
      ),
      context(`Asked by ${person(report.actor.id)}`),
    ],
  };
}

/** Whether the message names fewer hosts or says less of them than is known: then the table belongs beside it. */
export function isGroupCut({ report }: Pick<GroupBody, "report">): boolean {
  return report.summary !== undefined && wholeOf(report, report.summary) === undefined;
}

/** The table with every host in it; undefined where it has no room for them. */
function wholeOf(report: Report, summary: ReportSummary): Drawn | undefined {
  const folds = foldHosts(summary.lines);
  const told = folds.every((f) => namesOf(f, MOST_HOSTS).left === 0 && whyOf(f).length <= LONGEST_WHY);
  const whole = told && folds.length <= MOST_FOLDS ? table(report, summary, folds.length, true) : undefined;
  return whole !== undefined && fits(whole.blocks) ? whole : undefined;
}

function tableThatFits(report: Report, summary: ReportSummary): Drawn {
  const most = Math.min(MOST_FOLDS, foldHosts(summary.lines).length);
  const drawn = mostThatFits(most, (n) => table(report, summary, n, false));
  return fit(drawn, "in the CSV in the thread");
}

function table(report: Report, summary: ReportSummary, most: number, whole: boolean): Drawn {
  const folds = foldHosts(summary.lines);
  const totals = sayTotals(summary);
  const shown = folds.slice(0, most);
  const left = folds.slice(most);
  const refused = sayRefused(report);
  const text = [
    `${report.title}: ${totals}`,
    ...shown
      .filter((f) => f.rank !== "healthy")
      .slice(0, 3)
      .map((f) => sayFold(f, heldMoment)),
  ].join(" · ");
  return {
    text: withMoments(cutText(escape(text), LIMITS.messageText)),
    blocks: [
      rich(
        line(words(`${report.title} `, { bold: true }), words(totals)),
        ...(summary.fromHere === undefined
          ? []
          : [line(words(cutSentence(sayFromHere(summary.fromHere), 800)))]),
        bullets(shown.map((f) => foldWords(f, whole ? MOST_HOSTS : FEW_HOSTS))),
      ),
      ...(left.length === 0 ? [] : [small(sayLeft(left))]),
      ...oddBlocks(summary, whereAll(report)),
      ...(refused === "" ? [] : [small(cutSentence(refused, 500))]),
      context(
        `Asked by ${person(report.actor.id)} · ${count(summary.lines.length, "host")} · ${whole ? "" : "all of them in the CSV in the thread · "}details of one: \`/502 HOST\``,
      ),
    ],
  };
}

/** A group or a site can be asked for again by its name; the hosts of an alert have none together. */
function whereAll({ title, site }: Report): string {
  return title.startsWith("@") || site !== undefined
    ? `\`502 ${escape(title)}\` in the terminal tells them all`
    : "a group of these hosts, asked for in the terminal as `502 @GROUP`, tells them all";
}

/** "3 more kinds, on 41 hosts, none worse than these" */
function sayLeft(left: readonly Fold[]): string {
  const hosts = left.reduce((sum, f) => sum + f.lines.length, 0);
  return `${count(left.length, "more kind")}, on ${count(hosts, "host")}, none worse than these`;
}

function foldWords(fold: Fold, most: number): Parameters<typeof bullets>[0][number] {
  const why = whyOf(fold);
  const names = fold.lines.length === 1 ? "" : `\n${namesOf(fold, most).text}`;
  const detail = `${names}${why === "" ? "" : `\n${cutSentence(why, LONGEST_WHY)}`}`;
  // The moment stands as one, so that each reader has it in their own zone.
  let since: number | undefined;
  const keep = (at: number): string => {
    since = at;
    return MOMENT;
  };
  const [before = "", after = ""] = sayFold(fold, keep, why !== "").split(MOMENT);
  return [
    moodMark(fold.rank === "undetermined" || fold.rank === "unseen" ? "unknown" : fold.rank),
    words(` ${cutSentence(before, 300)}${since === undefined ? "" : " "}`, { bold: true }),
    ...(since === undefined ? [] : [moment(since, MINUTES)]),
    ...(after === "" ? [] : [words(after, { bold: true })]),
    ...(detail === "" ? [] : [words(detail)]),
  ];
}

/** As many names as a reader looks through, and how many are left. */
function namesOf(fold: Fold, most: number): { readonly text: string; readonly left: number } {
  const names = fold.lines.map((l) => cutLabel(l.host, 100));
  const shown = names.slice(0, most);
  while (shown.length > 1 && shown.join(", ").length > LONGEST_NAMES) shown.pop();
  const left = names.length - shown.length;
  return { text: `${shown.join(", ")}${left === 0 ? "" : ` and ${left} more`}`, left };
}

/** What is said of all hosts of a kind; nothing where each says something else, or is well. */
function whyOf(fold: Fold): string {
  const headlines = new Set(fold.lines.map((l) => l.headline));
  return fold.rank === "healthy" || headlines.size > 1 ? "" : (fold.lines[0]?.headline ?? "");
}

/**
 * The hosts that differ from their healthy peers; nothing where none does.
 * @param where all are told, where here is no room for them (mrkdwn)
 */
export function oddBlocks(summary: ReportSummary, where: string): Block[] {
  if (summary.odd.length === 0) return [];
  const told = sayOdd(summary.odd);
  const shown = told.slice(0, MOST_ODD).map((text) => [words(cutSentence(text, 500))]);
  const left = told.length - shown.length;
  return [
    rich(line(words("The odd one out", { bold: true })), bullets(shown)),
    ...(left > 0 ? [context(`${count(left, "more kind")} of difference: ${where}`)] : []),
  ];
}
