import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseNginxDump, parseNginxGrep } from "../../src/parsers/nginx-config.ts";
import type { NginxDirective } from "../../src/parsers/nginx-directives.ts";
import { matchesGlob } from "../../src/parsers/nginx-include.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/nginx/${name}`, import.meta.url), "utf8");
const dump = (files: Record<string, string>) =>
  Object.entries(files)
    .map(([path, text]) => `# configuration file ${path}:\n${text}\n`)
    .join("");
const grep = (files: Record<string, string>) =>
  Object.entries(files)
    .flatMap(([path, text]) =>
      text
        .replace(/\n$/, "")
        .split("\n")
        .map((line, at) => `${path}:${at + 1}:${line}`),
    )
    .join("\n");
const outline = (directives: readonly NginxDirective[]): unknown[] =>
  directives.map(({ name, args, block }) => [
    name,
    ...args,
    ...(block === undefined ? [] : [outline(block)]),
  ]);

describe("nginx -T", () => {
  it("reads Debian 12's own configuration", () => {
    const config = parseNginxDump(fixture("debian-12-dump.txt"));
    expect(config.problems).toEqual([]);
    expect(config.missingIncludes).toEqual([]);
    expect(config.main).toBe("/etc/nginx/nginx.conf");
    expect(config.files.map(({ path, lines }) => [path, lines.length])).toEqual([
      ["/etc/nginx/nginx.conf", 83],
      ["/etc/nginx/mime.types", 96],
      ["/etc/nginx/sites-enabled/default", 91],
    ]);
    const http = config.directives.find(({ name }) => name === "http");
    const server = http?.block?.find(({ name }) => name === "server");
    expect(server).toMatchObject({ file: "/etc/nginx/sites-enabled/default", line: 21 });
    const lines = config.files[2]?.lines ?? [];
    expect(lines[20]).toBe("server {");
    expect(http?.block?.find(({ name }) => name === "types")?.block?.length).toBeGreaterThan(80);
  });

  it("keeps every line of a file, with and without a last line end", () => {
    const text = dump({ "/e/nginx.conf": "a b;\n\n\n", "/e/x": "c d;", "/e/y": "e f;\n\n" });
    expect(parseNginxDump(text).files.map(({ lines }) => lines)).toEqual([
      ["a b;", "", ""],
      ["c d;"],
      ["e f;", ""],
    ]);
  });

  it("passes over standard error before the dump, and is not fooled by a marker in a comment", () => {
    const text = `nginx: the configuration file /e/nginx.conf syntax is ok\n${dump({ "/e/nginx.conf": "# configuration file /e/nginx.conf:\na b;\n" })}`;
    const config = parseNginxDump(text);
    expect(config.files).toHaveLength(1);
    expect(config.directives[0]).toMatchObject({ name: "a", line: 2 });
  });

  it("says that nothing was dumped", () => {
    expect(parseNginxDump("")).toMatchObject({ main: undefined, files: [], directives: [], problems: [] });
  });
});

describe("includes", () => {
  const files = {
    "/e/nginx.conf":
      "events {}\nhttp { include conf.d/*.conf; include /abs/one; include nowhere; include none/*.x; }",
    "/e/conf.d/b.conf": "server { include snip; }",
    "/e/conf.d/a.conf": "upstream u { server 127.0.0.1; }",
    "/e/conf.d/.hidden.conf": "bad bad;",
    "/e/conf.d/deeper/c.conf": "bad bad;",
    "/e/snip": "listen 80;",
    "/abs/one": "gzip on;",
  };
  const expected = [
    ["events", []],
    [
      "http",
      [
        ["upstream", "u", [["server", "127.0.0.1"]]],
        ["server", [["listen", "80"]]],
        ["gzip", "on"],
      ],
    ],
  ];

  it("are resolved alike in both kinds of dump, in nginx's order", () => {
    expect(outline(parseNginxDump(dump(files)).directives)).toEqual(expected);
    expect(outline(parseNginxGrep(grep(files)).directives)).toEqual(expected);
  });

  it("not found are reported: patterns only where nginx did not look itself", () => {
    expect(parseNginxDump(dump(files)).missingIncludes).toEqual([
      { pattern: "nowhere", path: "/e/nowhere", file: "/e/nginx.conf", line: 2, glob: false },
    ]);
    expect(parseNginxGrep(grep(files)).missingIncludes.map(({ path, glob }) => [path, glob])).toEqual([
      ["/e/nowhere", false],
      ["/e/none/*.x", true],
    ]);
  });

  it("keep the file and line of each directive", () => {
    const server = parseNginxDump(dump(files)).directives[1]?.block?.[1];
    expect(server).toMatchObject({ file: "/e/conf.d/b.conf", line: 1 });
    expect(server?.block?.[0]).toMatchObject({ name: "listen", file: "/e/snip", line: 1 });
  });

  it("of themselves, doubling at each level, or one in the other, end", () => {
    expect(parseNginxDump(dump({ "/e/nginx.conf": "a b;\ninclude nginx.conf;" })).problems).toEqual([
      { message: "/e/nginx.conf includes itself", file: "/e/nginx.conf", line: 2 },
    ]);
    const doubling = (last: string): Record<string, string> => ({
      "/e/nginx.conf": "include f0;",
      ...Object.fromEntries(
        Array.from({ length: 40 }, (_, n) => [`/e/f${n}`, `include f${n + 1}; include f${n + 1};`]),
      ),
      "/e/f40": last,
    });
    for (const last of ["a b;", ""]) {
      const { problems, directives } = parseNginxDump(dump(doubling(last)));
      expect(problems.map(({ message }) => message)).toEqual([
        "more than 200000 directives: the rest is not read",
      ]);
      expect(directives.length).toBeLessThan(200_000);
    }
    const chain = Array.from({ length: 20_000 }, (_, n) => [`/e/f${n}`, `include f${n + 1};`]);
    const { problems } = parseNginxDump(
      dump({ "/e/nginx.conf": "include f0;", ...Object.fromEntries(chain) }),
    );
    expect(problems).toEqual([
      { message: "includes nested too deeply: the rest is not read", file: "/e/f254", line: 1 },
    ]);
  });

  it.each([
    ["/e/*.conf", "/e/a.conf", true],
    ["/e/*.conf", "/e/.conf", false],
    ["/e/*", "/e/a/b", false],
    ["/e/?.conf", "/e/a.conf", true],
    ["/e/[a-c]x", "/e/bx", true],
    ["/e/[!a-c]x", "/e/bx", false],
    ["/e/[^a-c]x", "/e/dx", true],
    ["/e/[]x", "/e/[]x", true],
    ["/*/sites-*/*", "/e/sites-on/x", true],
    ["/e/a*b*c", "/e/aXbYbZc", true],
    ["/e/a*b*c", "/e/aXbYbZ", false],
  ])("glob %s on %s: %s", (pattern, path, expected) => {
    expect(matchesGlob(pattern, path)).toBe(expected);
  });
});

describe("grep -rn", () => {
  it("takes the nginx.conf nearest the root, or the one named", () => {
    const files = {
      "/etc/nginx/old/nginx.conf": "a b;",
      "/etc/nginx/nginx.conf": "c d;",
      "/etc/nginx/x.conf": "e f;",
    };
    expect(parseNginxGrep(grep(files)).main).toBe("/etc/nginx/nginx.conf");
    expect(outline(parseNginxGrep(grep(files), { main: "/etc/nginx/x.conf" }).directives)).toEqual([
      ["e", "f"],
    ]);
  });

  it("says when the main file is not there or lines are missing", () => {
    expect(parseNginxGrep("/etc/nginx/x.conf:1:a b;").problems).toMatchObject([
      { message: expect.stringContaining("main configuration file") },
    ]);
    const config = parseNginxGrep("/e/nginx.conf:1:a b;\n/e/nginx.conf:4:c d;\n/e/nginx.conf:9999999:x;");
    expect(config.problems.map(({ message, line }) => [message, line])).toEqual([
      ["2 lines are missing before this one", 4],
      ["9999994 lines are missing before this one", 9999999],
    ]);
    expect(config.directives[1]).toMatchObject({ name: "c", line: 4 });
  });

  it("keeps colons in a line and passes over grep's own notes", () => {
    const config = parseNginxGrep(
      "/e/nginx.conf:1:listen 127.0.0.1:80;\ngrep: /e/key: Permission denied\nBinary file /e/x matches",
    );
    expect(outline(config.directives)).toEqual([["listen", "127.0.0.1:80"]]);
  });
});

describe("output cut in its middle", () => {
  it("attributes nothing to the wrong file, and says so", () => {
    const text = [
      "# configuration file /e/nginx.conf:",
      "user a;",
      "include conf.d/*;",
      "http { server { listen 80; location / { proxy_pass http://127.0.0.1:30",
      "…123 bytes cut…",
      "stray 1; } } }",
      "",
      "# configuration file /e/z.conf:",
      "gzip on;",
    ].join("\n");
    const config = parseNginxDump(text);
    expect(outline(config.directives)).toEqual([["user", "a"]]);
    expect(config.files.map(({ path, lines }) => [path, lines.length])).toEqual([
      ["/e/nginx.conf", 2],
      ["/e/z.conf", 1],
    ]);
    expect(config.problems).toEqual([
      { message: "the output was cut here: the files behind are incomplete", file: "/e/nginx.conf", line: 2 },
    ]);
    expect(config.missingIncludes).toMatchObject([{ path: "/e/conf.d/*", glob: true }]);
  });
  it("drops the halves beside the cut of a grep", () => {
    const config = parseNginxGrep(
      "/e/nginx.conf:1:a b;\n/e/nginx.conf:2:c\n…9 bytes cut…\n/x:1:e;\n/e/nginx.conf:5:f g;",
    );
    expect(outline(config.directives)).toEqual([
      ["a", "b"],
      ["f", "g"],
    ]);
    expect(config.problems).toMatchObject([{ message: "3 lines are missing before this one", line: 5 }]);
  });
});

it("a dump cut at any byte is read without throwing", () => {
  const text = fixture("debian-12-dump.txt");
  const lines = text.split("\n").length;
  for (let end = 0; end <= text.length; end += 3) {
    const config = parseNginxDump(text.slice(0, end));
    expect(config.files.length).toBeLessThanOrEqual(3);
    for (const { line } of config.problems) expect(line).toBeLessThanOrEqual(lines);
  }
});
