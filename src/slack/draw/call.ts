import type { Approval } from "../../domain/approval.ts";
import { sayDecided, sayVotes } from "../../wording/approval.ts";
import type { CallBody } from "../../workflows/call-approvers.ts";
import { ACTIONS } from "../ids.ts";
import { cutSentence, cutText, LIMITS } from "../limits.ts";
import { actions, context, type Drawn, line, named, rich, timed, words } from "./blocks.ts";
import { asSentence, dateMark, escape, heldMoment, mentions, MINUTES, person, withMoments } from "./text.ts";

const TITLE = 500;
const END = 1_500;

/**
 * Asks the people on call to decide; once it is decided, it says so and calls nobody.
 * @param lateMs how long the message waited, where that is long enough to be said
 */
export function drawCall(body: CallBody, a: Approval, now: number, lateMs?: number): Drawn {
  const what = `${cutSentence(body.title, TITLE)} (${body.risk}) on ${body.host}`;
  if (a.state !== "requested" || a.expiresAt <= now) {
    const end =
      a.state === "requested"
        ? "it has expired; nobody decided."
        : cutSentence(sayDecided(a, now, heldMoment), END);
    const people = new Set([a.requestedBy, ...(a.decidedBy === undefined ? [] : [a.decidedBy])]);
    return {
      text: withMoments(cutText(`${escape(what)}: ${mentions(end, people)}`, LIMITS.messageText)),
      blocks: [rich(line(words(`${what}: `), ...timed(named(end, people))))],
    };
  }
  const asks = a.votes.length === 0 ? "nobody has decided yet" : "another approval is needed";
  const late =
    lateMs === undefined
      ? ""
      : ` :hourglass: ${Math.round(lateMs / 60_000)} minutes late, because Slack could not be reached.`;
  return {
    text: cutText(`<!subteam^${body.group}> ${asks}: ${escape(what)}`, LIMITS.messageText),
    blocks: [
      rich(
        line(
          { type: "usergroup", usergroup_id: body.group },
          words(` ${asks}: `),
          words(what, { bold: true }),
        ),
      ),
      context(
        `${asSentence(mentions(sayVotes(a)))} Asked by ${person(a.requestedBy)}, expires ${dateMark(a.expiresAt, MINUTES)}.${late}`,
      ),
      ...actions(
        `call:${a.id}`,
        lateMs === undefined
          ? [
              { actionId: ACTIONS.approve, value: a.id, text: "Review and approve", style: "primary" },
              { actionId: ACTIONS.deny, value: a.id, text: "Deny", style: "danger" },
            ]
          : [{ actionId: ACTIONS.checkAgain, value: a.runId, text: "Check again" }],
      ),
    ],
  };
}
