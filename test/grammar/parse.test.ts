import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseWords } from "../../src/grammar/parse.ts";
import { VERBS, wordsOf } from "../../src/grammar/verbs.ts";

const read = (line: string, where: "terminal" | "slack" = "terminal") =>
  parseWords(line === "" ? [] : line.split(" "), where);

const request = (
  verb: string,
  args: Record<string, string> = {},
  options: Record<string, string | true> = {},
) => ({
  ok: true,
  request: { verb, args, options },
});

describe("what is understood", () => {
  test.each([
    ["web-1", request("diagnose", { host: "web-1" })],
    ["@web --json", request("diagnose", { host: "@web" }, { json: true })],
    ["--config x.yml web-1", request("diagnose", { host: "web-1" }, { config: "x.yml" })],
    [
      "--vhost=a=b web-1 --url http://x/?q=1",
      request("diagnose", { host: "web-1" }, { vhost: "a=b", url: "http://x/?q=1" }),
    ],
    [
      "fix run-1 start --yes --reason --now",
      request("fix", { run: "run-1", fix: "start" }, { yes: true, reason: "--now" }),
    ],
    ["hosts --json", request("hosts", {}, { json: true })],
    ["--json runs web-1", request("runs", { host: "web-1" }, { json: true })],
    ["audit verify", request("audit", { what: "verify" })],
    ["silence web-1 2h new  disk", request("silence", { what: "web-1", words: "2h new  disk" })],
    ["schedule list", request("schedule", { what: "list" })],
    ["", request("help")],
    ["-h", request("help")],
    ["fix --help", request("help", { about: "fix" })],
    ["web-1 --help --config x", request("help", {}, { config: "x" })],
    ["-- hosts", request("hosts")],
    ["doctor", request("doctor")],
  ])("%s", (line, expected) => {
    expect(read(line)).toEqual(expected);
  });
});

describe("what is refused, with what to do", () => {
  test.each([
    ["web-1 web-2", '"web-2" is one word too many', "usage: 502 HOST"],
    ["fix run-1", "FIX is missing", "usage: 502 fix RUN FIX"],
    ["schedule", '"schedule" alone says too little', "usage: 502 schedule add"],
    ["web-1 --vhots x", "there is no option --vhots here", "did you mean --vhost?"],
    ["web-1 -x", "there is no option --x here", "it takes --vhost"],
    ["web-1 --vhost", "--vhost needs a value", "usage: 502 HOST"],
    ["web-1 --json=yes", "--json takes no value", "usage: 502 HOST"],
    ["sudoers", "a host is missing", "usage: 502 sudoers HOST"],
    ["docter web-1", '"docter" is no command', "did you mean: 502 doctor web-1"],
    ["shedule add @web --quiet", '"shedule" is no command', "did you mean: 502 schedule add @web --quiet"],
    ["--json docter web-1", '"docter" is no command', "did you mean: 502 --json doctor web-1"],
    ["help docter", '"docter" is no command', "did you mean: 502 help doctor"],
  ])("%s", (line, message, hint) => {
    const parsed = read(line);
    expect(parsed).toMatchObject({ ok: false, message: expect.stringContaining(message) });
    expect(parsed.ok ? "" : parsed.hint).toContain(hint);
  });

  test("in Slack the same word is misspelt the same way, and words with blanks are quoted again", () => {
    const words = ["shedule", "add", "weekdays 09:00 UTC", "web-1"];
    expect(parseWords(words, "slack")).toMatchObject({
      ok: false,
      hint: 'did you mean: /502 schedule add "weekdays 09:00 UTC" web-1',
    });
    // Nobody is sent to a command that takes no such words.
    expect(parseWords(["host", "web-1"], "slack")).toMatchObject({ hint: expect.stringMatching(/^usage/) });
    // A command of the terminal is none that is meant in Slack.
    expect(parseWords(["sudoer", "web-1"], "slack")).toMatchObject({ hint: expect.stringMatching(/^usage/) });
  });

  test("a word alone may be a host, whatever it looks like", () => {
    for (const host of ["docter", "hist", "host"])
      expect(read(`${host} --vhost x`)).toEqual(request("diagnose", { host }, { vhost: "x" }));
    expect(read("help web-1")).toEqual(request("help", { about: "web-1" }));
  });

  test.each(["fix a b", "replay x", "init", "sudoers web-1", "lint"])("in Slack: %s", (line) => {
    expect(read(line, "slack")).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^the command \w+ is for the terminal, not for Slack$/),
    });
  });
});

test("every verb is known by its own word on its side, with the arguments it needs", () => {
  for (const where of ["terminal", "slack"] as const)
    for (const name of wordsOf(where)) {
      const needed = VERBS.find((v) => v.name === name)?.args.filter((a) => a.required) ?? [];
      const parsed = parseWords([name, ...needed.map((a) => a.name)], where);
      expect(parsed).toMatchObject({ ok: true, request: { verb: name } });
    }
});

test("no words make it throw or lose a word", () => {
  const word = fc.oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.constantFrom("--json", "--vhost", "--config", "--", "-h", "fix", "hosts", "web-1", "--url=x", "@web"),
  );
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 8 }),
      fc.constantFrom("terminal" as const, "slack" as const),
      (words, where) => {
        const parsed = parseWords(words, where);
        const said = parsed.ok
          ? [...Object.values(parsed.request.args), ...Object.values(parsed.request.options)]
          : [parsed.message, parsed.hint];
        expect(said.every((text) => text !== "")).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
});
