import type { Approval } from "../../domain/approval.ts";
import type { BoundFix } from "../../domain/fix.ts";
import type { ApprovalButton, ApprovalNote } from "../../wording/approval.ts";
import type { FollowUpBody } from "../../workflows/follow-up.ts";
import { ACTIONS } from "../ids.ts";
import { cutLines, cutSentence, cutText, LIMITS } from "../limits.ts";
import {
  actions,
  type Block,
  bullets,
  type ButtonLook,
  context,
  type Drawn,
  line,
  named,
  preformatted,
  rich,
  saysAge,
  small,
  words,
} from "./blocks.ts";
import { fit } from "./budget.ts";
import { dateMark, escape, mentions, MINUTES } from "./text.ts";

const TEXT = 1_500;
const SHORT = 500;
/** What is left of long lists here. */
const IN_AUDIT = "in the audit log (502 audit show)";
const MOST_SENTENCES = 6;
const MOST_POINTS = 12;
/** How a verification point that holds begins. */
const GOOD = "ok: ";
const LOOK: Readonly<Record<ApprovalButton, Omit<ButtonLook, "value">>> = {
  approve: { actionId: ACTIONS.approve, text: "Review and approve", style: "primary" },
  deny: { actionId: ACTIONS.deny, text: "Deny", style: "danger" },
  cancel: { actionId: ACTIONS.cancel, text: "Stop before the next command", style: "danger" },
  "check-again": { actionId: ACTIONS.checkAgain, text: "Check again" },
};

const EMOJI: Readonly<Record<string, string>> = {
  requested: "raised_hand",
  approved: "hourglass_flowing_sand",
  applying: "hourglass_flowing_sand",
  denied: "no_entry_sign",
  expired: "hourglass",
  superseded: "leftwards_arrow_with_hook",
  fixed: "white_check_mark",
};

/**
 * The message of an approval in the thread of its run.
 * @param approval as it is now; its note may be older, then the buttons that no longer matter are left out
 * @param lateMs how long the message waited, where that is long enough to be said
 */
export function drawApproval(
  note: ApprovalNote,
  approval: Approval | undefined,
  bound: BoundFix | undefined,
  lateMs?: number,
): Drawn {
  // As long as something is to be decided or stopped, the commands stay in sight.
  const said = cutSentence(note.text, approval?.state === "finished" ? TEXT : SHORT);
  const people = peopleOf(approval);
  const state = approval?.outcome ?? approval?.state ?? "requested";
  // What waited too long is not decided from here: only a fresh look is offered.
  const buttons: readonly ApprovalButton[] =
    lateMs === undefined || note.buttons.length === 0 ? note.buttons : ["check-again"];
  const value = (b: ApprovalButton): string =>
    b === "check-again" ? (approval?.runId ?? "") : (approval?.id ?? "");
  return fit(
    {
      text: cutText(mentions(said, people), LIMITS.messageText),
      blocks: [
        rich(line({ type: "emoji", name: EMOJI[state] ?? "warning" }, words(" "), ...named(said, people))),
        ...(approval?.state === "finished" ? points(note.lines, people) : plan(note.lines, bound, people)),
        ...waiting(approval),
        ...(lateMs === undefined ? [] : [saysAge(lateMs)]),
        ...(approval === undefined
          ? []
          : actions(
              `approval:${approval.id}`,
              buttons.map((b) => ({ ...LOOK[b], value: value(b) })),
            )),
      ],
    },
    IN_AUDIT,
  );
}

/** Who has to do with an approval. */
function peopleOf(a: Approval | undefined): ReadonlySet<string> {
  if (a === undefined) return new Set();
  return new Set([
    a.requestedBy,
    ...(a.decidedBy === undefined ? [] : [a.decidedBy]),
    ...a.votes.map((v) => v.by),
  ]);
}

/** The plan's commands stand preformatted, the sentences about them below. */
function plan(lines: readonly string[], bound: BoundFix | undefined, people: ReadonlySet<string>): Block[] {
  const isCommand = new Set(bound?.fix.commands ?? []);
  const commands = lines.filter((l) => isCommand.has(l));
  const sentences = lines.filter((l) => !isCommand.has(l));
  const shown = sentences.slice(0, MOST_SENTENCES);
  const left = sentences.length - shown.length;
  return [
    ...(commands.length === 0 ? [] : [rich(preformatted(cutLines(commands.join("\n"), 20, TEXT)))]),
    ...(sentences.length === 0
      ? []
      : [
          rich(
            ...shown.map((s) => line(...named(cutSentence(s, 700), people), words("\n"))),
            ...(left === 0 ? [] : [line(words(`${left} more ${IN_AUDIT}`))]),
          ),
        ]),
  ];
}

/** How a fix ended: who approved it, then the verification points; those that hold stand small below the others. */
function points(lines: readonly string[], people: ReadonlySet<string>): Block[] {
  const [by, sum, ...all] = lines;
  const good = all.filter((p) => p.startsWith(GOOD));
  const odd = all.filter((p) => !p.startsWith(GOOD));
  const left = odd.slice(MOST_POINTS);
  const told = odd.slice(0, MOST_POINTS).map((p) => [words(cutSentence(p, 400))]);
  return [
    ...(by === undefined ? [] : [rich(line(...named(cutSentence(by, 400), people)))]),
    ...(sum === undefined ? [] : [rich(line(words(cutSentence(sum, 400), { bold: true })))]),
    ...(odd.length === 0
      ? []
      : [
          rich(
            bullets([...told, ...(left.length === 0 ? [] : [[words(`${left.length} more ${IN_AUDIT}`)]])]),
          ),
        ]),
    ...(good.length === 0 ? [] : [small(cutSentence(good.join(" · "), TEXT))]),
  ];
}

function waiting(a: Approval | undefined): Block[] {
  if (a?.state !== "requested") return [];
  // Who asks and how many have approved stands above.
  return [context(`Expires ${dateMark(a.expiresAt, MINUTES)}`)];
}

/** The look at a host some minutes after its fix. */
export function drawFollowUp(body: FollowUpBody, runId: string | undefined): Drawn {
  const said = cutSentence(body.text, TEXT);
  const emoji = body.relapsed ? "red_circle" : "information_source";
  return {
    text: escape(said),
    blocks: [
      rich(line({ type: "emoji", name: emoji }, words(` ${said}`))),
      ...(body.relapsed && runId !== undefined
        ? actions(`follow-up:${body.approvalId}`, [{ ...LOOK["check-again"], value: runId }])
        : []),
    ],
  };
}
