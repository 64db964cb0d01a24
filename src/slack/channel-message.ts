import type { WebClient } from "@slack/web-api";
import type { Report } from "../domain/report.ts";
import { reportChart } from "../wording/report-chart.ts";
import { reportCsv } from "../wording/report-csv.ts";
import { reportDetailsText } from "../wording/report-details.ts";
import type { NoteBody } from "../workflows/note-message.ts";
import type { OutboxMessage } from "../workflows/ports.ts";
import type {
  GroupBody,
  ReportBody,
  ReportDetailsBody,
  ReportFileBody,
} from "../workflows/report-message.ts";
import { type ApiTrouble, mayPass, slackTrouble } from "./api-errors.ts";
import { chartPng } from "./chart-png.ts";
import { type Drawn, line, rich, words } from "./draw/blocks.ts";
import { drawGroup, isGroupCut } from "./draw/group.ts";
import { drawNote } from "./draw/note.ts";
import { areDetailsCut, drawReport, drawReportDetails } from "./draw/report.ts";
import { asSentence, escape } from "./draw/text.ts";
import { cutText, LIMITS } from "./limits.ts";

/** What the outbox says of groups, reports, alerts and watches. */
export type ChannelBody = GroupBody | ReportBody | ReportDetailsBody | ReportFileBody | NoteBody;
export const CHANNEL_KINDS = ["group", "report", "report-details", "report-file", "note"] as const;

/** A message that is a file; its text stands beside it. */
export interface DrawnFile extends Drawn {
  readonly file?: {
    readonly name: string;
    readonly title: string;
    readonly bytes: Uint8Array;
    readonly alt?: string;
  };
}

export function isChannelBody(body: { readonly kind: string }): body is ChannelBody {
  return CHANNEL_KINDS.some((kind) => kind === body.kind);
}

/** Draws it; undefined when there is nothing left to say. @param report finds a report by its id */
export async function drawChannelBody(
  body: ChannelBody,
  report: (id: string) => Promise<Report | undefined>,
  lateMs: number | undefined,
): Promise<DrawnFile | undefined> {
  switch (body.kind) {
    case "group":
      return drawGroup(body);
    case "report":
      return drawReport(body);
    case "report-details":
      return drawReportDetails(body);
    case "note":
      return drawNote(body, lateMs);
    default: {
      const found = await report(body.reportId);
      return found === undefined ? undefined : fileOf(found, body.what);
    }
  }
}

function fileOf(report: Report, what: ReportFileBody["what"]): DrawnFile | undefined {
  const { summary } = report;
  if (summary === undefined) return undefined;
  const day = new Date(summary.until).toISOString().slice(0, 10);
  if (what === "text") {
    if (!areDetailsCut(summary)) return undefined;
    return {
      ...said("The details that the message above has no room for"),
      file: {
        name: `502-report-${day}.txt`,
        title: `Details of the report on ${report.title}, ${day}`,
        bytes: Buffer.from(reportDetailsText(summary), "utf8"),
      },
    };
  }
  if (what === "csv") {
    if (report.kind === "group" && !isGroupCut({ report })) return undefined;
    const bytes = Buffer.from(reportCsv(summary), "utf8");
    return {
      ...said("The report as CSV"),
      file: { name: `502-report-${day}.csv`, title: `Report on ${report.title}, ${day}`, bytes },
    };
  }
  const chart = reportChart(summary, report.zone);
  if (chart === undefined) return undefined;
  try {
    const title = `502s over time, ${report.title}`;
    return {
      ...said(chart.alt),
      file: {
        name: `502-report-${day}.png`,
        title,
        bytes: chartPng(chart.svg),
        alt: cutText(chart.alt, LIMITS.altText),
      },
    };
  } catch (error) {
    return said(
      `The picture could not be drawn (${error instanceof Error ? error.message : String(error)}). ${chart.alt}`,
    );
  }
}

/**
 * Uploads a message's file into its thread. What cannot be uploaded is said in words instead: a picture never holds
 * up the messages behind it.
 * @returns the message's ts, or the file's id, which stands for it
 * @throws the client's errors where another try may help, or the file may stand there all the same
 */
export async function upload(
  client: WebClient,
  message: Pick<OutboxMessage, "channel">,
  threadTs: string | undefined,
  drawn: DrawnFile,
  postInstead: (text: Drawn) => Promise<string>,
): Promise<string> {
  const { file } = drawn;
  if (file === undefined) return postInstead(drawn);
  try {
    const content = {
      file: Buffer.from(file.bytes),
      filename: file.name,
      title: file.title,
      ...(file.alt === undefined ? {} : { alt_text: file.alt }),
    };
    const answer = await client.filesUploadV2(
      threadTs === undefined
        ? { channel_id: message.channel, ...content }
        : { channel_id: message.channel, thread_ts: threadTs, ...content },
    );
    return answer.files.flatMap((f) => f.files ?? [])[0]?.id ?? file.name;
  } catch (error) {
    const trouble = troubleOf(error);
    if (mayPass(trouble)) throw error;
    return postInstead(notUploaded(drawn, trouble));
  }
}

/** The words that stand for a file. */
export function notUploaded(drawn: DrawnFile, trouble: Pick<ApiTrouble, "code" | "sentence">): Drawn {
  const name = drawn.file?.name ?? "A file";
  return said(
    `${name} could not be uploaded (${trouble.code}): ${asSentence(trouble.sentence)} ${drawn.text}`,
  );
}

/** The upload's own request is no Web API call: its errors are plain ones. */
function troubleOf(error: unknown): Pick<ApiTrouble, "kind" | "code" | "sentence"> {
  const why = error instanceof Error ? error.message : String(error);
  return slackTrouble(error) ?? { kind: "content", code: "upload failed", sentence: `${why.slice(0, 200)}.` };
}

function said(text: string): Drawn {
  const shown = cutText(text, LIMITS.messageText);
  return { text: cutText(escape(shown), LIMITS.messageText), blocks: [rich(line(words(shown)))] };
}
