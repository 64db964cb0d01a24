import { WebAPIRequestError } from "@slack/web-api";
import { sayFailed } from "../../src/slack/answer.ts";
import { ERRORS } from "../../src/slack/api-errors.ts";
import { sayNotShown } from "../../src/slack/home.ts";
import { noticeView } from "../../src/slack/draw/views.ts";
import { platformError } from "../support/slack-errors.ts";
import type { Piece } from "./piece.ts";

/** What people are told when Slack refuses a call of the bot's: each of its errors that the bot knows, and one it does not. */
export function troubles(): Piece[] {
  const others = [
    ["no-answer", new WebAPIRequestError(new Error("connect ECONNREFUSED"))],
    ["no-usable-answer", platformError("<html>a proxy's page</html>")],
    ["of-our-own", new TypeError("a fault of the bot's")],
  ] as const;
  const refused = [...ERRORS, "some_error_of_tomorrow"].map((code) => [code, platformError(code)] as const);
  const homes = ["not_enabled", "service_unavailable"].map((code): Piece => {
    const text = sayNotShown(platformError(code));
    return { name: `trouble-home-${code}`, surface: "message", payload: { text } };
  });
  const said = [...refused, ...others].map(([code, error]): Piece => {
    const text = sayFailed(error);
    return code === "fatal_error"
      ? { name: `trouble-${code}`, surface: "modal", payload: { ...noticeView("Approve a fix", text) } }
      : { name: `trouble-${code}`, surface: "message", payload: { text } };
  });
  return [...said, ...homes];
}
