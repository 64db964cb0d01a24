import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseNginxDirectives } from "../../src/parsers/nginx-directives.ts";
import { lexNginx } from "../../src/parsers/nginx-lexer.ts";

const words = (text: string) =>
  lexNginx(text)
    .tokens.filter(({ kind }) => kind === "word")
    .map((token) => token.text);
const faults = (text: string) =>
  parseNginxDirectives(text, "f").errors.map(({ message, line }) => `${message} ${line}`);

describe("words", () => {
  it.each([
    ["a b;", ["a", "b"]],
    ["a\tb\r\nc;", ["a", "b", "c"]],
    ['a "b c" \'d "e\';', ["a", "b c", 'd "e']],
    ["a b#c; # comment ; {\n", ["a", "b#c"]],
    ["a #x\n b;", ["a", "b"]],
    [String.raw`a \"b "c\"d" 'e\'f' g\ h \t\n;`, ["a", '"b', 'c"d', "e'f", "g\\ h", "\t\n"]],
    [String.raw`a \d+\.php$ "\\x";`, ["a", String.raw`\d+\.php$`, "\\x"]],
    ["a http://${host}:80/${uri}x;", ["a", "http://${host}:80/${uri}x"]],
    ["a $x{b;", ["a", "$x", "b"]],
    ['a "b;{}c";', ["a", "b;{}c"]],
    ['if ($a = "b") {}', ["if", "($a", "=", "b", ")"]],
    ["a b}c;", ["a", "b}c"]],
    ['a "";', ["a", ""]],
    ['a "x\ny";', ["a", "x\ny"]],
  ])("%j", (text, expected) => {
    expect(words(text)).toEqual(expected);
    expect(lexNginx(text).errors).toEqual([]);
  });
});

describe("random texts, as nginx 1.22.1 answered", () => {
  // [text, the first word it did not know as a directive, or its complaint and line]
  type Answer = readonly [
    string,
    { readonly word?: string; readonly fault?: string; readonly line?: number },
  ];
  const answers: readonly Answer[] = JSON.parse(
    readFileSync(new URL("fixtures/nginx/lexer-answers.json", import.meta.url), "utf8"),
  );
  it("there are enough of them", () => {
    expect(answers.length).toBeGreaterThan(150);
  });
  it.each(answers)("%j", (text, { word, fault, line }) => {
    const { tokens, errors } = lexNginx(text);
    const first = errors[0];
    const found =
      word === undefined ? { fault: first?.message, line: first?.line } : { word: tokens[0]?.text };
    expect(found).toEqual(word === undefined ? { fault, line } : { word });
  });
});

describe("trees", () => {
  it("keeps lines and ends", () => {
    const { directives } = parseNginxDirectives(
      "user\n  nginx;\nhttp {\n\n server { listen\n80; }\n}\n",
      "/n.conf",
    );
    expect(directives).toEqual([
      { name: "user", args: ["nginx"], file: "/n.conf", line: 1, endLine: 2 },
      {
        name: "http",
        args: [],
        file: "/n.conf",
        line: 3,
        endLine: 7,
        block: [
          {
            name: "server",
            args: [],
            file: "/n.conf",
            line: 5,
            endLine: 6,
            block: [{ name: "listen", args: ["80"], file: "/n.conf", line: 5, endLine: 6 }],
          },
        ],
      },
    ]);
  });

  it("passes over Lua as Lua reads itself", () => {
    const lua =
      " local a = \"}\" -- }\n --[[ } ]] local b = [==[ } ]] ]==] local c = '\\'}' if x then t = { {} } end ";
    const { directives, errors } = parseNginxDirectives(
      `content_by_lua_block {${lua}}\nset_by_lua_block $x { return 1 }\nlisten 80;`,
      "f",
    );
    expect(errors).toEqual([]);
    expect(directives.map(({ name, args, line }) => [name, args, line])).toEqual([
      ["content_by_lua_block", [], 1],
      ["set_by_lua_block", ["$x"], 3],
      ["listen", ["80"], 4],
    ]);
    expect(directives[0]?.lua).toBe(lua);
  });

  it("reads on behind faults, and names them with nginx's words and line", () => {
    expect(faults("a b;\n}\nc d;")).toEqual(['unexpected "}" 2']);
    expect(faults("a b\n}\n")).toEqual(['unexpected "}" 2', 'unexpected "}" 2']);
    expect(faults("a {\n b c;\n")).toEqual(['unexpected end of file, expecting "}" 2']);
    expect(faults("a b")).toEqual(['unexpected end of file, expecting ";" or "}" 1']);
    expect(faults('a "b\nc;')).toEqual(['unexpected end of file, expecting ";" or "}" 2']);
    expect(faults('a "b"c;')).toEqual(['unexpected "c" 1']);
    expect(faults(";")).toEqual(['unexpected ";" 1']);
    expect(faults("{ a b; }")).toEqual(['unexpected "{" 1']);
    const { directives } = parseNginxDirectives("a b;\n}\nserver { listen 80; ", "f");
    expect(directives.map(({ name }) => name)).toEqual(["a", "server"]);
  });

  it("does not take half a statement at the end of a cut file for a whole one", () => {
    expect(parseNginxDirectives("a b; proxy_pass http://127.0.0.1:30", "f").directives).toHaveLength(1);
  });
});

describe("robustness", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(
      "{",
      "}",
      ";",
      '"',
      "'",
      "\\",
      "$",
      "${",
      "#",
      "\n",
      " ",
      "[[",
      "]]",
      "--",
      "x_by_lua_block {",
    ),
  );
  it("never throws, and keeps lines within the text", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        const last = text.split("\n").length;
        for (const { line } of lexNginx(text).tokens) expect(line >= 1 && line <= last).toBe(true);
        parseNginxDirectives(text, "f");
      }),
    );
  });

  it("gives back what is written with quotes", () => {
    const word = fc.string({
      unit: fc.constantFrom("a", " ", ";", "{", "}", "#", "$", "'", '"', "\\", "\n"),
    });
    const quote = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (list) => {
        expect(words(`x ${list.map(quote).join(" ")};`)).toEqual(["x", ...list]);
      }),
    );
  });

  it.each([
    ["{ "],
    ["a{"],
    ['"'],
    ["x_by_lua_block {"],
    ["x_by_lua_block {[["],
    ["x_by_lua_block { --[["],
    ["a;}"],
    ["\\"],
    ["${"],
  ])("reads %j a hundred thousand times", (unit) => {
    expect(parseNginxDirectives(unit.repeat(100_000), "f").directives).toBeInstanceOf(Array);
  });
});
