import { type Fold, foldHosts } from "../../domain/fold-hosts.ts";
import type { Report, ReportSummary } from "../../domain/report.ts";
import { sayFromHere } from "../../wording/from-here.ts";
import { sayFold, sayOdd, sayRefused, sayTotals } from "../../wording/report-group.ts";
import type { GroupBody } from "../../workflows/report-message.ts";
import { cutSentence, cutText, LIMITS } from "../limits.ts";
import { type Block, bullets, context, type Drawn, line, moment, rich, small, words } from "./blocks.ts";
import { moodMark } from "./mood.ts";
import { escape, heldMoment, MINUTES, person, withMoments } from "./text.ts";

const MOST_FOLDS = 20;
const MOST_HOSTS = 25;
const MOMENT = "\u0000";

/** The one message of a group: a count while it runs, then the table, worst first. */
export function drawGroup(body: GroupBody): Drawn {
  const { report, done } = body;
  const { summary } = report;
  if (summary !== undefined) return table(report, summary);
  const doing = `${done} of ${report.runs.length} hosts`;
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

function table(report: Report, summary: ReportSummary): Drawn {
  const folds = foldHosts(summary.lines);
  const totals = sayTotals(summary);
  const shown = folds.slice(0, MOST_FOLDS);
  const cut = folds.length - shown.length;
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
        bullets(shown.map(foldWords)),
      ),
      ...(cut === 0 ? [] : [small(`${cut} more kinds of problem: see 502 ${report.title} in the terminal`)]),
      ...oddBlocks(summary),
      ...(refused === "" ? [] : [small(cutSentence(refused, 500))]),
      context(
        `Asked by ${person(report.actor.id)} · ${summary.lines.length} hosts · details of one: \`/502 HOST\``,
      ),
    ],
  };
}

function foldWords(fold: Fold): Parameters<typeof bullets>[0][number] {
  const names = fold.lines.map((l) => l.host);
  const [one] = fold.lines;
  const listed = `${names.slice(0, MOST_HOSTS).join(", ")}${names.length > MOST_HOSTS ? ` and ${names.length - MOST_HOSTS} more` : ""}`;
  const headlines = new Set(fold.lines.map((l) => l.headline));
  const why =
    fold.rank === "healthy" || headlines.size > 1 ? "" : `\n${cutSentence(one?.headline ?? "", 400)}`;
  const detail = `${fold.lines.length === 1 ? "" : `\n${listed}`}${why}`;
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
    ...(detail === "" ? [] : [words(cutText(detail, 800))]),
  ];
}

/** The hosts that differ from their healthy peers; nothing where none does. */
export function oddBlocks(summary: ReportSummary): Block[] {
  if (summary.odd.length === 0) return [];
  const told = sayOdd(summary.odd);
  const shown = told.slice(0, 8).map((text) => [words(cutSentence(text, 500))]);
  const left = told.length - shown.length;
  return [
    rich(line(words("The odd one out", { bold: true })), bullets(shown)),
    ...(left > 0 ? [context(`${left} more kinds of difference`)] : []),
  ];
}
