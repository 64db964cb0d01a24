import { count } from "../../wording/count.ts";
import type { types } from "@slack/bolt";
import { reportRows, reportText, sayFailing, sayHeadline, sayMissed } from "../../wording/report.ts";
import { reportDetails } from "../../wording/report-details.ts";
import { sayOdd, sayRefused } from "../../wording/report-group.ts";
import type { ReportSummary } from "../../domain/report.ts";
import type { ReportBody, ReportDetailsBody } from "../../workflows/report-message.ts";
import { cutLabel, cutSentence, cutText, LIMITS } from "../limits.ts";
import { type Block, bullets, context, type Drawn, line, named, rich, small, words } from "./blocks.ts";
import { fit, fits, mostThatFits } from "./budget.ts";
import { MOST_ODD, oddBlocks } from "./group.ts";
import { clean, dateMark, escape, heldMoment, MINUTES, withMoments } from "./text.ts";

/** Rows of the table in the message; all are in the CSV. A table of many rows would fill a phone. */
const MOST_ROWS = 25;
const CELL = 60;
/** Sentences about what fails in the message itself; all are in the thread. */
const MOST_WORST = 3;
/** Items of each part of the details. */
const MOST_ITEMS = 10;
const LONGEST_ITEM = 280;
const IN_FILE = "in the file in this thread";

/** The message of a scheduled report: the headline, and one row a host. */
export function drawReport(body: ReportBody): Drawn {
  const { report, before } = body;
  const { summary } = report;
  if (summary === undefined) throw new TypeError("A report is drawn when its summary is known.");
  const missed = sayMissed(report);
  const refused = sayRefused(report);
  const since =
    summary.since === undefined
      ? ""
      : ` · ${dateMark(summary.since, MINUTES)} to ${dateMark(summary.until, MINUTES)}`;
  return fit(
    {
      text: withMoments(cutText(escape(reportText(report, summary, before, heldMoment)), LIMITS.messageText)),
      blocks: [
        rich(
          line(words(`Report on ${report.title}`, { bold: true })),
          line(words(cutSentence(sayHeadline(summary, before), 1500))),
        ),
        ...(missed === "" ? [] : [small(missed)]),
        ...worstOf(summary),
        ...tableOf(reportRows(summary, before)),
        context(`Schedule ${escape(report.schedule ?? "")}${since} · details, picture and CSV in the thread`),
        ...(refused === "" ? [] : [small(cutSentence(refused, 500))]),
      ],
    },
    "in the thread",
  );
}

/** What fails, in words: a cause's id says nothing to whoever has not read the catalogue. */
function worstOf(summary: ReportSummary): Block[] {
  const all = sayFailing(summary);
  const shown = all.slice(0, MOST_WORST).map((text) => [words(cutSentence(text, 280))]);
  const left = all.length - shown.length;
  if (shown.length === 0) return [];
  return [rich(bullets(shown)), ...(left > 0 ? [context(`${left} more in the thread`)] : [])];
}

function tableOf(rows: readonly (readonly string[])[]): Block[] {
  const shown = rows.slice(0, MOST_ROWS + 1);
  const cells = shown.map((row) =>
    row.map((c): types.RawTextElement => ({ type: "raw_text", text: cutLabel(clean(c), CELL) || "–" })),
  );
  const left = rows.length - shown.length;
  const table: types.TableBlock = {
    type: "table",
    rows: cells,
    column_settings: [{ is_wrapped: true }, { is_wrapped: true }, {}, {}, { is_wrapped: true }],
  };
  return [
    table,
    ...(left > 0 ? [context(`${count(left, "more host")}, none worse than these; all are in the CSV`)] : []),
  ];
}

/** The details of a report, for its thread. */
export function drawReportDetails(body: ReportDetailsBody): Drawn {
  const { summary } = body.report;
  if (summary === undefined) throw new TypeError("A report is drawn when its summary is known.");
  return fit(
    mostThatFits(MOST_ITEMS, (n) => detailsOf(summary, n)),
    IN_FILE,
  );
}

/** Whether the thread's message leaves out something of them: then all of them are in a file beside it. */
export function areDetailsCut(summary: ReportSummary): boolean {
  const parts = reportDetails(summary);
  const long = parts.some((p) => p.items.length > MOST_ITEMS || p.items.some((i) => i.length > LONGEST_ITEM));
  return long || sayOdd(summary.odd).length > MOST_ODD || !fits(detailsOf(summary, MOST_ITEMS).blocks);
}

/** @param most items of each part */
function detailsOf(summary: ReportSummary, most: number): Drawn {
  const people = new Set(summary.fixes.flatMap((f) => f.approvers));
  const parts = reportDetails(summary);
  const blocks = parts.flatMap((p) => part(p.title, p.items, people, most));
  const nothing = "Nothing fails, no fix was run, no certificate ends soon and nothing stayed unseen.";
  return {
    text: cutText(
      escape(
        `Details: ${
          parts
            .filter((p) => p.items.length > 0)
            .map((p) => `${p.title.toLowerCase()}: ${p.items.length}`)
            .join(", ") || nothing
        }`,
      ),
      LIMITS.messageText,
    ),
    blocks:
      blocks.length + summary.odd.length === 0
        ? [rich(line(words(nothing)))]
        : [...blocks, ...oddBlocks(summary, IN_FILE)],
  };
}

/** @param people who approved: the only ones a text may mention */
function part(title: string, items: readonly string[], people: ReadonlySet<string>, most: number): Block[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, most).map((text) => named(cutSentence(text, LONGEST_ITEM), people));
  const left = items.length - shown.length;
  return [
    rich(line(words(title, { bold: true })), bullets(shown)),
    ...(left > 0 ? [context(`${left} more ${IN_FILE}`)] : []),
  ];
}
