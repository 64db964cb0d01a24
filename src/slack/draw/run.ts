import type { Claim } from "../../domain/claim.ts";
import type { Diagnosis, Fix } from "../../domain/diagnosis.ts";
import { sayFromHere } from "../../wording/from-here.ts";
import { courseOf, lastChange, sayShare } from "../../wording/impact.ts";
import { nextStep, sayBlindSpots, sayCause, sayRuledOut } from "../../wording/run.ts";
import type { RunBody } from "../../workflows/run-message.ts";
import { cutLabel, cutLines, cutSentence, cutText, LIMITS } from "../limits.ts";
import {
  actions,
  type Block,
  bullets,
  context,
  type Drawn,
  type Inline,
  line,
  moment,
  named,
  preformatted,
  rich,
  small,
  words,
} from "./blocks.ts";
import { fit } from "./budget.ts";
import { whoHasIt } from "./claim.ts";
import { banner, sayMood, since, type Standing } from "./run-banner.ts";
import { again, verdictButtons } from "./run-buttons.ts";
import { asSentence, escape, MINUTES, person, withMoments } from "./text.ts";

/** What is true of a run when it is drawn. */
export interface RunNow extends Standing {
  /** Ids of the fixes whose button may still be pressed. */
  readonly open: ReadonlySet<string>;
  /** What became of the others. */
  readonly decided: readonly string[];
  /** Who has the host. */
  readonly claim?: Claim;
}

const HEADLINE = 600;
const EVIDENCE_LINES = 4;
const EVERYTHING = 'under "Show everything"';
/** A command names its evidence here; "Show everything" has it whole. */
const COMMAND = 64;
const MOST_FIX_BUTTONS = 4;

/** The message of a run, from "queued" to the verdict. */
export function drawRun(body: RunBody, now: RunNow): Drawn {
  if (body.state === "failed") return failed(body, now);
  if (body.diagnosis === undefined) return waiting(body);
  return verdict(body, body.diagnosis, now);
}

function waiting(body: RunBody): Drawn {
  const doing = cutSentence(body.progress ?? "waiting for its turn", HEADLINE);
  return {
    text: `Diagnosing ${escape(body.host)}: ${escape(doing)}`,
    blocks: [
      rich(
        line(
          { type: "emoji", name: "hourglass_flowing_sand" },
          words(` Diagnosing ${body.host}`, { bold: true }),
          words(`: ${doing} …`),
        ),
      ),
      context(`Asked by ${person(body.actor)}`),
    ],
  };
}

function failed(body: RunBody, now: RunNow): Drawn {
  const why = cutSentence(body.failure ?? "no reason is known", HEADLINE);
  const said = asSentence(`The diagnosis of ${body.host} failed, so nothing is known of it: ${why}`);
  return {
    text: escape(said),
    blocks: [
      rich(line({ type: "emoji", name: "grey_question" }, words(` ${said}`))),
      ...late(now),
      context(`Asked by ${person(body.actor)}`),
      ...actions(`run:${body.runId}`, [again(body.runId)]),
    ],
  };
}

function verdict(body: RunBody, d: Diagnosis, seen: RunNow): Drawn {
  const [cause] = d.causes;
  const offered = d.fixes.filter((f) => f.offered && seen.open.has(f.id)).slice(0, MOST_FIX_BUTTONS);
  // What is still offered is of another trouble: then one fix is not the end of it.
  const { fixedAt: _fixed, ...unfixed } = seen;
  const now = offered.length === 0 ? seen : unfixed;
  const stale = now.lateMs !== undefined || since(now) !== undefined;
  const pressable = stale ? [] : offered;
  const next = nextOf(d, pressable, now);
  const headline = cutSentence(d.headline, HEADLINE);
  const head = [
    line(...banner(d, now), words(`\n${headline}`)),
    ...(d.fromHere === undefined ? [] : [line(words(cutSentence(sayFromHere(d.fromHere), 800)))]),
    ...(cause === undefined ? [] : [line(words(cutSentence(sayCause(cause), 800), { italic: true }))]),
    ...(d.verdict === "healthy" || stale ? [] : [whoHasIt(now.claim)]),
  ];
  return fit(
    {
      text: withMoments(
        cutText(
          escape(`${sayMood(d, now)}: ${headline}${next === undefined ? "" : ` ${next}`}`),
          LIMITS.messageText,
        ),
      ),
      blocks: [
        rich(...head),
        ...late(now),
        ...sinceWhen(d),
        ...evidence(d),
        ...others(d),
        ...byHand(d, next),
        ...(now.decided.length === 0
          ? []
          : [rich(bullets(now.decided.map((t) => named(cutSentence(t, 400)))))]),
        ...(stale ? [] : toUsers(d)),
        ...footer(body, d, now),
        ...actions(`run:${body.runId}`, verdictButtons(body.runId, d, pressable, now)),
      ],
    },
    EVERYTHING,
  );
}

/** What to do next; nothing where it was decided, or where a newer run says it. */
function nextOf(d: Diagnosis, pressable: readonly Fix[], now: RunNow): string | undefined {
  if (since(now) !== undefined) return undefined;
  if (now.lateMs !== undefined && d.verdict !== "healthy") return "Next: check again before you act.";
  return pressable.length === 0 && now.decided.length > 0 ? undefined : nextStep(d, pressable);
}

/** How much fails, since when, and what changed last; left out where it fails no longer or nothing is known. */
function sinceWhen(d: Diagnosis): Block[] {
  if (d.verdict === "healthy") return [];
  const { impact } = d;
  const rows: Inline[][] = [];
  const share = impact === undefined ? undefined : sayShare(impact);
  if (share !== undefined) rows.push([words(cutSentence(share, 400))]);
  if (impact?.log !== undefined) {
    const { firstAt, lastAt, count } = impact.log;
    rows.push([
      words(count === 1 ? "One 502 in the log, at " : `502 was logged ${count} times since `),
      moment(firstAt, MINUTES),
      ...(count === 1 ? [] : [words(", the last at "), moment(lastAt, "{time_secs}")]),
      words("."),
    ]);
    const course = courseOf(impact);
    if (course !== undefined)
      rows.push([words(`${course.says} `), words(course.bars, { code: true }), words(` ${course.counts}`)]);
  }
  const change = lastChange(d);
  if (change !== undefined) {
    rows.push([
      words("Last change: "),
      words(cutSentence(change.what, 300)),
      words(", "),
      moment(change.at, MINUTES),
      words("."),
    ]);
  }
  return rows.length === 0 ? [] : [rich(bullets(rows))];
}

function evidence(d: Diagnosis): Block[] {
  const all = (d.causes[0]?.evidence ?? []).filter((e) => e.ground !== true);
  const shown = all.slice(0, EVIDENCE_LINES);
  const left = all.length - shown.length;
  if (shown.length === 0) return [];
  const text = shown.map((e) => {
    const at = e.host === undefined || e.host === d.host ? "" : `${e.host} `;
    return `${at}$ ${cutLabel(e.command, COMMAND)}\n${cutLines(e.excerpt, 3, 500)}`;
  });
  return [
    rich(
      preformatted(text.join("\n")),
      ...(left === 0
        ? []
        : [line(words(`${left} more ${left === 1 ? "piece" : "pieces"} of evidence ${EVERYTHING}.`))]),
    ),
  ];
}

function others(d: Diagnosis): Block[] {
  const rest = d.causes.slice(1, 4).map((c) => [words(cutSentence(`${c.title}. ${sayCause(c)}`, 400))]);
  const more = d.causes.length > 4 ? [[words(`${d.causes.length - 4} more ${EVERYTHING}.`)]] : [];
  const unrelated = d.unrelated.slice(0, 2).map((u) => [words(cutSentence(`Unrelated: ${u}`, 300))]);
  const left = d.unrelated.length - unrelated.length;
  const others = left === 0 ? [] : [[words(`${left} more unrelated ${EVERYTHING}.`)]];
  const all = [...rest, ...more, ...unrelated, ...others];
  return all.length === 0 ? [] : [rich(bullets(all))];
}

function byHand(d: Diagnosis, next: string | undefined): Block[] {
  if (next === undefined) return [];
  const says = [line(words(cutSentence(next, 800), { bold: true }))];
  const hand = next.startsWith("Next, by hand") ? d.fixes.find((f) => !f.offered) : undefined;
  const shown = [hand?.diff, hand?.commands.join("\n")].filter((t) => t !== undefined && t !== "");
  const parts = shown.map((text) => preformatted(cutLines(text ?? "", 40, 1_500)));
  return [rich(...says, ...parts)];
}

/** What may be passed on to the users of the site while somebody works on it. */
function toUsers(d: Diagnosis): Block[] {
  return d.forUsers === undefined ? [] : [small(`To tell users: “${cutSentence(d.forUsers, 800)}”`)];
}

function footer(body: RunBody, d: Diagnosis, now: RunNow): Block[] {
  const facts = [
    now.replacedBy === undefined ? "" : "A newer diagnosis of this host has taken this one's place.",
    cutSentence([sayRuledOut(d), sayBlindSpots(d)].filter((f) => f !== "").join(" "), 1_200),
    `${d.checks.length} ${d.checks.length === 1 ? "check" : "checks"} in ${(d.durationMs / 1000).toFixed(1)}\u00a0s.`,
  ];
  return [
    small(facts.filter((f) => f !== "").join(" ")),
    context(`Asked by ${person(body.actor)} · ${escape(body.runId)}`),
  ];
}

function late(now: RunNow): Block[] {
  if (now.lateMs === undefined) return [];
  const minutes = Math.round(now.lateMs / 60_000);
  return [
    context(`:hourglass: This message is ${minutes} minutes late, because Slack could not be reached.`),
  ];
}
