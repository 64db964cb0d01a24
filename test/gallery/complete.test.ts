import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allPieces } from "./pieces.ts";

const src = join(import.meta.dirname, "../../src");
const own = readdirSync(join(src, "slack")).filter((f) => f.endsWith(".ts"));
const drawing = readdirSync(join(src, "slack/draw"));
const code = (path: string): string =>
  readFileSync(join(src, path), "utf8").replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
/** The workflows behind presses and forms. */
const PRESSED = ["press-offer", "decide-approval", "cancel-fix", "claim-host"];
const FILES = [...own.map((f) => `slack/${f}`), ...PRESSED.map((f) => `workflows/${f}.ts`)];
const pieces = await allPieces();
/** All that a person reads in the gallery, without what Slack's markup makes of it. */
const shown = plain(pieces.map(({ payload, errors }) => JSON.stringify([payload, errors])).join("\n"));

function plain(text: string): string {
  return text
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** Sentences of the adapter that no message or form of the gallery holds, each with where it is seen instead. */
const ELSEWHERE: readonly (readonly [begins: string, seen: string])[] = [
  ["Slack gave no usable answer about", "readiness"],
  ["Slack has not been asked yet", "readiness"],
  ["No connection to Slack is open", "readiness"],
  ["It is being opened.", "readiness"],
  ["Slack does not accept the app-level token", "readiness and 502 doctor"],
  ["No app-level token is sent", "readiness and 502 doctor"],
  ["The app-level token", "readiness and 502 doctor"],
  ["This machine must reach https://slack.com", "502 doctor and 502 init"],
  [", which says nothing of the token.", "502 doctor and 502 init"],
  [") could not be drawn: the log says why", "readiness"],
  [". It stood in for one whose own channel", "readiness"],
  [", and nobody asked for it who could be told", "readiness"],
  ["Paste manifest.yml on the app's page", "channel-names.test.ts"],
  ["Private channels I could not look through", "channel-names.test.ts"],
  ["The picture could not be drawn", "where the drawing library is missing"],
  ["Slack does not say now whether", "new-run.test.ts"],
  ["I cannot write to you directly", "new-run.test.ts"],
  ["This takes a moment", "new-run.test.ts"],
  ["This form is of another version", "a form of an older bot"],
  ["Somebody else has it by now", "two forms at once"],
  ["Submit it again.", "a form that failed"],
  ["Go back and submit it again.", "a form that failed"],
  ["Nothing was scheduled: type", "a form that came too late"],
  ["Choose the shortcut again", "new-run.test.ts"],
  ["Nothing was scheduled yet", "a form that could not wait"],
  ["Open the form again.", "a form that could not wait"],
  ["|see there>.", "a second command while a run is open: conversation.test.ts"],
  [": reach, rights and tools.", "conversation.test.ts"],
  ["You may diagnose", "listings, whose sentences are put together"],
  ["There is no host you may diagnose", "listings, whose sentences are put together"],
  ["The latest", "listings, whose sentences are put together"],
  ["These are more names", "a workspace with more hosts than a form takes"],
];

/** Of the workflows, each with why no press and no form of Slack's says it. */
const NOT_BY_HAND: readonly (readonly [says: string, why: string])[] = [
  ["A dangerous fix is never approved by --yes.", "the terminal"],
  ["Run it by hand:", "the terminal: in Slack such a fix has no button"],
  ["Approved: it starts now.", "the terminal: in Slack the message says it"],
  ["Denied. Nothing was run.", "the terminal: in Slack the message says it"],
  ["Approve within", "the terminal: in Slack the form says until when"],
  ["There is no such approval. Diagnose the host again.", "gone between form and submission"],
  ["Not offered any more:", "a fix stored by a newer version of the bot"],
  ["It cannot be decided:", "a fix stored by a newer version of the bot"],
  ["Only who approved it may stop it.", "a fix stored by a newer version of the bot"],
  [
    "Somebody else is pressing the same button. Press it again in a few seconds.",
    "two presses within milliseconds",
  ],
];

/** The longest run of fixed words in each text that the code says to a person. */
function sentences(text: string): string[] {
  const literals = [...text.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map(
    (m) => m[1] ?? m[2] ?? "",
  );
  return literals
    .filter((l) => /^[A-Z`•$][^]* /.test(l) && /[a-z]{2}.* [a-z]/i.test(l) && /[.?!:]`?$|[.?!] /.test(l))
    .map((l) => l.replaceAll("\\`", "`").split(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/))
    .map((parts) => parts.reduce((a, b) => (b.length > a.length ? b : a), "").trim())
    .filter((part) => / /.test(part));
}

describe("the gallery is whole", () => {
  test.each(drawing)("it draws with everything that %s offers", (file) => {
    const gallery = ["pieces.ts", "presses.ts", "troubles.ts", "answers.ts"]
      .map((f) => readFileSync(join(import.meta.dirname, f), "utf8"))
      .join("\n");
    const offered = [...code(`slack/draw/${file}`).matchAll(/export function (draw\w+|\w+View)\b/g)].map(
      (m) => m[1] ?? "",
    );
    expect(offered.filter((name) => !new RegExp(`\\b${name}\\(`).test(gallery))).toEqual([]);
  });

  test.each(FILES)("each sentence of %s stands in it", (path) => {
    const said = sentences(code(path));
    const missing = said.filter(
      (s) =>
        !shown.includes(s) &&
        !ELSEWHERE.some(([b]) => s.startsWith(b)) &&
        !NOT_BY_HAND.some(([says]) => s === says),
    );
    expect(missing).toEqual([]);
  });

  test("each exception is of a sentence that is said, and that the gallery lacks", () => {
    const all = FILES.flatMap((path) => sentences(code(path))).filter((s) => !shown.includes(s));
    expect(ELSEWHERE.filter(([begins]) => !all.some((s) => s.startsWith(begins)))).toEqual([]);
    expect(NOT_BY_HAND.filter(([says]) => !all.includes(says))).toEqual([]);
  });
});
