import type { Cause, Diagnosis } from "../../domain/diagnosis.ts";
import { sayTraffic } from "../../wording/traffic.ts";
import { sayCause } from "../../wording/run.ts";
import { cutLines, cutSentence } from "../limits.ts";
import { bullets, type Drawn, line, moment, preformatted, rich, words } from "./blocks.ts";
import { escape } from "./text.ts";

const PIECE = 2_800;
const CHECKS_A_MESSAGE = 3;
const MOST_CHECK_MESSAGES = 3;

/**
 * What stands behind a verdict, as replies in its thread: each cause with all its evidence, what was ruled out, what
 * could not be seen, what happened when, and every check. At most nine messages.
 */
export function drawEverything(d: Diagnosis): Drawn[] {
  const causes = d.causes.slice(0, 3).map(drawCause);
  // A notification shows the text alone: it names the host.
  return [...causes, ...ruledOut(d), ...blindSpots(d), ...timeline(d), ...checks(d)].map((part) => ({
    ...part,
    text: `${escape(d.host)}: ${part.text}`,
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
        preformatted(cutLines(evidence.join("\n\n") || "no evidence was recorded", 60, PIECE)),
      ),
      ...(advice.length === 0 ? [] : [rich(line(words("Advice:")), bullets(advice.slice(0, 5)))]),
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
  const text = cutLines(lines.join("\n"), 80, PIECE);
  return [{ text: title, blocks: [rich(line(words(title, { bold: true })), preformatted(text))] }];
}

function timeline(d: Diagnosis): Drawn[] {
  const traffic = (d.traffic ?? []).map((t) => [
    words(`By the access log: ${cutSentence(sayTraffic(t, d.startedAt), 600)}`),
  ]);
  if (d.timeline.length + d.unrelated.length + traffic.length === 0) return [];
  const shown = d.timeline.slice(-20);
  const cut = d.timeline.length - shown.length;
  const rows = shown.map((t) => [moment(t.at), words(`: ${cutSentence(t.what, 300)} (${t.source})`)]);
  const unrelated = d.unrelated.slice(0, 10).map((u) => [words(`Unrelated: ${cutSentence(u, 300)}`)]);
  const title = "What happened when";
  return [
    {
      text: title,
      blocks: [
        rich(
          line(words(cut === 0 ? title : `${title} (${cut} earlier ones left out)`, { bold: true })),
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
          ...(left === 0 ? [] : [line(words(`… ${left} more checks than fit here`))]),
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
