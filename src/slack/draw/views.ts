import type { types } from "@slack/bolt";
import type { Approval } from "../../domain/approval.ts";
import type { Fix } from "../../domain/diagnosis.ts";
import type { BoundFix } from "../../domain/fix.ts";
import { sayVotes } from "../../wording/approval.ts";
import { sayRisk } from "../../wording/risk.ts";
import { ACTIONS, FIELDS, VIEWS, type ViewMemo } from "../ids.ts";
import { cutLabel, cutLines, cutSentence, LIMITS } from "../limits.ts";
import {
  actions,
  type Block,
  context,
  line,
  named,
  plain,
  preformatted,
  rich,
  type View,
  words,
} from "./blocks.ts";
import { asSentence, clean, dateMark, mentions, MINUTES, person } from "./text.ts";

type Section = types.RichTextBlock["elements"][number];

const SENTENCE = 1_000;
/** Characters of a fix's title above its commands: two or three lines on a phone. */
const TITLE = 150;
/** Characters of commands and diff that a form shows; a view takes more, nobody reads it. */
const MOST = 9_000;

/** Opened before anything is looked up: a trigger lives three seconds. */
export function loadingView(title: string): View {
  return notice(title, "One moment: looking this up …");
}

/** A form that only says something. */
export function noticeView(title: string, text: string): View {
  return notice(title, text);
}

function notice(title: string, text: string): View {
  return {
    type: "modal",
    callback_id: VIEWS.notice,
    title: plain(title, LIMITS.viewTitle),
    close: plain("Close", LIMITS.viewButton),
    blocks: [rich(line(...named(cutLines(text, 12, SENTENCE * 2))))],
  };
}

/**
 * What exactly will run, on what it depends, how it is checked and undone, until when: the form whose submission
 * is one vote. A dangerous fix also wants the host's name.
 * @param glass rules that this person may override by breaking glass, each with its sentence
 */
export function planView(
  approval: Approval,
  bound: BoundFix,
  memo: ViewMemo,
  glass: readonly string[] = [],
): View {
  const { fix } = bound;
  const { parts, whole } = everyCharacter(fix);
  const dangerous = fix.risk === "dangerous";
  const short = cutLabel(fix.title, TITLE);
  return {
    type: "modal",
    callback_id: VIEWS.approve,
    private_metadata: JSON.stringify(memo),
    title: plain("Approve a fix", LIMITS.viewTitle),
    // What is not shown whole is not approved from here.
    ...(whole ? { submit: plain("Approve and run", LIMITS.viewButton) } : {}),
    close: plain("Not now", LIMITS.viewButton),
    blocks: [
      rich(
        line(words(`On ${approval.host}: ${short}`, { bold: true })),
        line(words("Risk: ", { bold: true }), words(`${sayRisk(fix.risk)}.`)),
        ...parts,
      ),
      ...(whole ? [] : [notWhole(approval)]),
      rich(
        // What stands shortened on top is told in full below the commands, which are what is approved.
        ...labelled("What it does", short.endsWith("…") ? fix.title : ""),
        ...labelled(
          "Runs only if still",
          bound.preconditions.map((p) => `${p.name} is ${p.value || "nothing"}`).join("; "),
        ),
        ...labelled("Checked afterwards", fix.verify),
        ...labelled("To undo it", fix.rollback),
      ),
      context(
        `${asSentence(mentions(sayVotes(approval)))} Asked by ${person(approval.requestedBy)}, expires ${dateMark(approval.expiresAt, MINUTES)}.`,
      ),
      ...(whole && dangerous ? [hostNameInput(approval.host)] : []),
      ...(whole && glass.length > 0 ? [glassInput(glass)] : []),
      ...(whole ? [reasonInput("Reason", "Goes to the audit log.", true)] : []),
      ...actions("decline", [
        { actionId: ACTIONS.deny, value: approval.id, text: "Deny instead", style: "danger" },
      ]),
    ],
  };
}

/** What changes and what runs, to the last character; where that is too much for a form, its begin. */
function everyCharacter(fix: Pick<Fix, "commands" | "diff">): { parts: Section[]; whole: boolean } {
  const commands = fix.commands.join("\n");
  const whole = commands.length + (fix.diff ?? "").length <= MOST;
  const show = (text: string): Section =>
    whole ? inPieces(text) : preformatted(cutLines(text, 20, SENTENCE));
  const parts = [
    ...(fix.diff === undefined ? [] : [line(words("The file changes so:")), show(fix.diff)]),
    line(words(`${whole ? "Exactly this" : "This"} will run, in this order:`)),
    show(commands),
  ];
  return { parts, whole };
}

/** One box, its text in pieces that no limit of Slack's cuts: joined they are the whole. */
function inPieces(text: string): Section {
  const pieces = clean(text).match(/[^]{1,1500}/gu) ?? [" "];
  return {
    type: "rich_text_preformatted",
    elements: pieces.map((piece) => ({ type: "text", text: piece })),
    border: 0,
  };
}

function notWhole({ runId, fixId }: Approval): Block {
  return rich(
    line(
      words("This is too long to be shown whole here, so it cannot be approved here.", { bold: true }),
      words(" The terminal shows every character and asks: "),
      words(`502 fix ${runId} ${fixId}`, { code: true }),
    ),
  );
}

function labelled(label: string, text: string): Section[] {
  if (text === "") return [];
  return [line(words(`${label}: `, { bold: true }), words(`${cutSentence(text, SENTENCE)}\n`))];
}

/** Why not: the reason is needed. */
export function denyView(host: string, title: string, memo: ViewMemo): View {
  return {
    type: "modal",
    callback_id: VIEWS.deny,
    private_metadata: JSON.stringify(memo),
    title: plain("Deny a fix", LIMITS.viewTitle),
    submit: plain("Deny", LIMITS.viewButton),
    close: plain("Back", LIMITS.viewButton),
    blocks: [
      rich(line(words(cutSentence(`${title} on ${host} will not run.`, SENTENCE)))),
      reasonInput("Why not?", "Everybody in the thread sees it, and it goes to the audit log.", false),
    ],
  };
}

function reasonInput(label: string, hint: string, optional: boolean): Block {
  return {
    type: "input",
    block_id: FIELDS.reason,
    optional,
    label: plain(label, LIMITS.inputLabel),
    hint: plain(hint, LIMITS.inputHint),
    element: { type: "plain_text_input", action_id: FIELDS.reason, max_length: 500 },
  };
}

function glassInput(rules: readonly string[]): Block {
  return {
    type: "input",
    block_id: FIELDS.glass,
    optional: true,
    label: plain("Break glass", LIMITS.inputLabel),
    hint: plain(cutSentence(rules.join(" "), LIMITS.inputHint), LIMITS.inputHint),
    element: {
      type: "checkboxes",
      action_id: FIELDS.glass,
      options: [
        {
          value: "break",
          text: plain("Override these rules: the channel and the security group are told", LIMITS.buttonText),
        },
      ],
    },
  };
}

function hostNameInput(host: string): Block {
  return {
    type: "input",
    block_id: FIELDS.hostName,
    label: plain("This fix is dangerous: type the host's name", LIMITS.inputLabel),
    hint: plain(`It is ${host}.`, LIMITS.inputHint),
    element: { type: "plain_text_input", action_id: FIELDS.hostName },
  };
}
