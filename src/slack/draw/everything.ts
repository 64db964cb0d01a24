import type { Cause, Diagnosis } from "../../domain/diagnosis.ts";
import { sayTraffic } from "../../wording/traffic.ts";
import { sayCause } from "../../wording/run.ts";
import type { DrawnFile } from "../channel-message.ts";
import { cutLines, cutSentence, LIMITS } from "../limits.ts";
import { bullets, type Drawn, line, moment, preformatted, rich, timed, words } from "./blocks.ts";
import { charactersOf, fit } from "./budget.ts";
import { escape, heldMoment } from "./text.ts";

const PIECE = 2_800;
/** A message of several causes; one alone may be longer. */
const CAUSES_A_MESSAGE = 6_000;
const MOST_CAUSES_A_MESSAGE = 20;
const MOST_CAUSE_MESSAGES = 5;
const MOST_MOMENTS = 20;
const LONGEST_HOST = 300;
const IN_FILE = "in the file below";
const CHECKS_A_MESSAGE = 3;
const MOST_CHECK_MESSAGES = 3;

/**
 * What stands behind a verdict, as replies in its thread: each cause with all its evidence, what was ruled out, what
 * could not be seen, what happened when, and every check. At most twelve messages; the last is the whole diagnosis as
 * a file, so that what the others have no room for is found as well.
 */
export function drawEverything(d: Diagnosis): DrawnFile[] {
  const parts = [...causes(d), ...ruledOut(d), ...blindSpots(d), ...timeline(d), ...checks(d), wholeOf(d)];
  // A notification shows the text alone: it names the host.
  return parts.map((part) => ({ ...fit(part, IN_FILE), text: `${escape(d.host)}: ${part.text}` }));
}

function wholeOf(d: Diagnosis): DrawnFile {
  const text = "The whole diagnosis, as --json prints it in the terminal; nothing in it is cut";
  const file = {
    name: `${d.host}-${d.runId}.diagnosis.json`,
    title: `Diagnosis of ${d.host}`,
    // Written when it is uploaded: the other parts are drawn without it.
    get bytes() {
      return Buffer.from(`${JSON.stringify(d, undefined, 2)}\n`, "utf8");
    },
  };
  return { text, blocks: [rich(line(words(text)))], file };
}

/** Short causes stand together in a message. */
function causes(d: Diagnosis): Drawn[] {
  const messages: Drawn[][] = [];
  let size = CAUSES_A_MESSAGE;
  for (const cause of d.causes.map(drawCause)) {
    const own = charactersOf(cause.blocks);
    size += own;
    if (size > CAUSES_A_MESSAGE || messages.at(-1)?.length === MOST_CAUSES_A_MESSAGE) {
      messages.push([]);
      size = own;
    }
    messages.at(-1)?.push(cause);
  }
  const left = messages.slice(MOST_CAUSE_MESSAGES).flat().length;
  return messages.slice(0, MOST_CAUSE_MESSAGES).map((some, i) => ({
    text: cutSentence(some.map((c) => c.text).join("; "), LIMITS.messageText - LONGEST_HOST),
    blocks: [
      ...some.flatMap((c) => c.blocks),
      ...(left > 0 && i === MOST_CAUSE_MESSAGES - 1
        ? [rich(line(words(`${left} more ${left === 1 ? "cause" : "causes"} ${IN_FILE}`)))]
        : []),
    ],
  }));
}

function drawCause(c: Cause, index: number): Drawn {
  const evidence = c.evidence.map(
    (e) =>
      `${e.host === undefined ? "" : `${e.host} `}$ ${cutSentence(e.command, 300)}\n${cutLines(e.excerpt, 12, 1_000)}`,
  );
  const advice = c.advice.map((a) => [words(cutSentence(a, 500))]);
  return {
    text: escape(`Cause ${index + 1}: ${cutSentence(c.title, 500)}`),
    blocks: [
      rich(
        line(words(`Cause ${index + 1}: ${cutSentence(c.title, 500)}`, { bold: true })),
        line(words(cutSentence(sayCause(c), 800))),
        preformatted(
          cutLines(evidence.join("\n\n") || "no evidence was recorded", 60, PIECE, `, ${IN_FILE}`),
        ),
      ),
      ...(advice.length === 0 ? [] : [rich(line(words("Advice:")), bullets(advice))]),
    ],
  };
}

function ruledOut(d: Diagnosis): Drawn[] {
  const all = [...d.causes.flatMap((c) => c.ruledOut), ...d.ruledOut];
  const seen = new Set<string>();
  const lines = all
    .filter((r) => !seen.has(r.id) && seen.add(r.id))
    .map((r) => `${r.id}: ${cutSentence(r.because, 300)}`);
  return listing(`Ruled out (${lines.length})`, lines);
}

function blindSpots(d: Diagnosis): Drawn[] {
  const lines = d.blindSpots.map(
    (b) => `${b.check}: ${b.because}${b.remedy === undefined ? "" : `\n  to see it: ${b.remedy}`}`,
  );
  return listing(`Not seen (${lines.length})`, lines);
}

function listing(title: string, lines: readonly string[]): Drawn[] {
  if (lines.length === 0) return [];
  const text = cutLines(lines.join("\n"), 80, PIECE, `, ${IN_FILE}`);
  return [{ text: title, blocks: [rich(line(words(title, { bold: true })), preformatted(text))] }];
}

function timeline(d: Diagnosis): Drawn[] {
  const traffic = (d.traffic ?? []).map((t) =>
    timed([words(`By the access log: ${cutSentence(sayTraffic(t, d.startedAt, heldMoment), 600)}`)]),
  );
  if (d.timeline.length + d.unrelated.length + traffic.length === 0) return [];
  const shown = d.timeline.slice(-MOST_MOMENTS);
  const cut = d.timeline.length - shown.length;
  const rows = shown.map((t) => [moment(t.at), words(`: ${cutSentence(t.what, 300)} (${t.source})`)]);
  const unrelated = d.unrelated.map((u) => [words(`Unrelated: ${cutSentence(u, 300)}`)]);
  const title = "What happened when";
  return [
    {
      text: title,
      blocks: [
        rich(
          line(words(cut === 0 ? title : `${title} (${cut} earlier ones ${IN_FILE})`, { bold: true })),
          bullets([...rows, ...traffic, ...unrelated]),
        ),
      ],
    },
  ];
}

function checks(d: Diagnosis): Drawn[] {
  const lines = d.checks.map((c) => {
    const end = c.end === "exited" ? `exit ${c.exitCode ?? "?"}` : c.end;
    return `${c.id}  [${end}, ${Math.round(c.durationMs)} ms]  $ ${cutSentence(c.command.replaceAll(/\s+/g, " "), 200)}`;
  });
  const pieces = chunks(lines, PIECE);
  const messages: Drawn[] = [];
  for (let i = 0; i < pieces.length && messages.length < MOST_CHECK_MESSAGES; i += CHECKS_A_MESSAGE) {
    const title = `Checks ${messages.length === 0 ? `(${lines.length})` : "continued"}`;
    const left =
      messages.length + 1 === MOST_CHECK_MESSAGES ? pieces.slice(i + CHECKS_A_MESSAGE).flat().length : 0;
    messages.push({
      text: title,
      blocks: [
        rich(
          line(words(title, { bold: true })),
          ...pieces.slice(i, i + CHECKS_A_MESSAGE).map((p) => preformatted(p.join("\n"))),
          ...(left === 0 ? [] : [line(words(`… ${left} more checks ${IN_FILE}`))]),
        ),
      ],
    });
  }
  return messages;
}

/** Lines in pieces of at most `max` characters. */
function chunks(lines: readonly string[], max: number): string[][] {
  const out: string[][] = [];
  let size = max + 1;
  for (const text of lines) {
    if (size + text.length + 1 > max) {
      out.push([]);
      size = 0;
    }
    out.at(-1)?.push(text);
    size += text.length + 1;
  }
  return out;
}
