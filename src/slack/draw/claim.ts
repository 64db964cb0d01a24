import type { Claim } from "../../domain/claim.ts";
import type { ClaimBody } from "../../workflows/claim-message.ts";
import { ACTIONS, FIELDS, VIEWS } from "../ids.ts";
import { cutSentence, LIMITS } from "../limits.ts";
import {
  type ButtonLook,
  type Drawn,
  type Inline,
  line,
  moment,
  named,
  plain,
  rich,
  type View,
  words,
} from "./blocks.ts";
import { field } from "./fields.ts";
import { dateMark, escape, MINUTES, person } from "./text.ts";

export const HAND_OVER_TITLE = "Who has it";
const LONGEST_NAME = 200;

/** The verdict's own line. */
export function whoHasIt(claim: Claim | undefined): ReturnType<typeof line> {
  if (claim === undefined) return line(words("Nobody has it yet."));
  return line(...named(claim.by), words(" has it, since "), moment(claim.since, MINUTES), words("."));
}

export function claimButton(runId: string, claim: Claim | undefined): ButtonLook {
  return claim === undefined
    ? { actionId: ACTIONS.claim, value: runId, text: "I have it" }
    : { actionId: ACTIONS.handOver, value: runId, text: "Hand over" };
}

/** To who presses second (mrkdwn). */
export function sayTaken({ by, since }: Claim): string {
  return `${person(by)} has it, since ${dateMark(since, MINUTES)}. Take it over?`;
}

export function takeOverButton(runId: string): ButtonLook {
  return { actionId: ACTIONS.takeOver, value: runId, text: "Take over", style: "danger" };
}

/** A reply in the thread, for whoever has it now, and whoever had it. */
export function drawClaim(claim: ClaimBody): Drawn {
  const { what, actor } = claim;
  const host = cutSentence(claim.host, LONGEST_NAME);
  const other = claim.other ?? "";
  const said: Readonly<Record<ClaimBody["what"], readonly [Inline[], string]>> = {
    "handed-over": [
      [...named(other), words(` has ${host} now: `), ...named(actor), words(" handed it over.")],
      `${person(other)} has ${escape(host)} now: ${person(actor)} handed it over.`,
    ],
    "taken-over": [
      [...named(actor), words(` has ${host} now, taken over from `), ...named(other), words(".")],
      `${person(actor)} has ${escape(host)} now, taken over from ${person(other)}.`,
    ],
    released: [
      [...named(actor), words(` has released ${host}: nobody has it.`)],
      `${person(actor)} has released ${escape(host)}: nobody has it.`,
    ],
  };
  const [inline, text] = said[what];
  return { text, blocks: [rich(line(...inline))] };
}

/** Who has it hands it over or releases it; anybody else may take it over. */
export function claimView(claim: Claim, mine: boolean, memo: string): View {
  const { by, host, since } = claim;
  const who = mine ? [words("You have ")] : [...named(by), words(" has ")];
  const says = line(
    ...who,
    words(cutSentence(host, LONGEST_NAME), { bold: true }),
    words(", since "),
    moment(since, MINUTES),
    words("."),
  );
  return {
    type: "modal",
    callback_id: mine ? VIEWS.handOver : VIEWS.takeOver,
    private_metadata: memo,
    title: plain(HAND_OVER_TITLE, LIMITS.viewTitle),
    submit: plain(mine ? "Hand over" : "Take over", LIMITS.viewButton),
    close: plain(mine ? "Keep it" : "Leave it", LIMITS.viewButton),
    blocks: [
      rich(says, ...(mine ? [] : [line(words("Take it over? The thread is told."))])),
      ...(mine
        ? [
            field({
              id: FIELDS.person,
              label: "To whom?",
              hint: "Empty: you release it, and nobody has it.",
              optional: true,
              element: {
                type: "multi_users_select",
                max_selected_items: 1,
                placeholder: plain("Choose somebody", LIMITS.placeholder),
              },
            }),
          ]
        : []),
    ],
  };
}
