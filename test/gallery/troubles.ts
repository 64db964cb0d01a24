import { troubleText } from "../../src/slack/answer.ts";
import { ERRORS } from "../../src/slack/api-errors.ts";
import { noticeView } from "../../src/slack/draw/views.ts";
import { platformError } from "../support/slack-errors.ts";
import type { Piece } from "./piece.ts";

/** What people are told when Slack refuses a call of the bot's: each of its errors that the bot knows, and one it does not. */
export function troubles(): Piece[] {
  return [...ERRORS, "some_error_of_tomorrow"].map((code) => {
    const text = `That did not work. ${troubleText(platformError(code))}`;
    return code === "fatal_error"
      ? { name: `trouble-${code}`, surface: "modal", payload: { ...noticeView("Approve a fix", text) } }
      : { name: `trouble-${code}`, surface: "message", payload: { text } };
  });
}
