import { describe, expect, test } from "vitest";
import { bindEdit } from "../../src/diagnosis/edit.ts";

const SHA = "a".repeat(64);
const LINES = [
  "server {",
  "    listen 80;",
  "    location / {",
  "        proxy_pass http://127.0.0.1:3000;",
  "    }",
  "}",
];
const files = (lines: readonly string[] = LINES) =>
  new Map([["/etc/nginx/conf.d/shop.conf", { lines, sha256: SHA }]]);
const edit = (over: Readonly<Record<string, unknown>> = {}) => ({
  file: "/etc/nginx/conf.d/shop.conf",
  line: 4,
  old: "127.0.0.1:3000",
  new: "127.0.0.1:3100",
  ...over,
});

describe("an edit is bound to the file as it is", () => {
  test("by its hash, and the line as it reads", () => {
    expect(bindEdit(edit(), files())?.bound).toMatchObject({
      path: "/etc/nginx/conf.d/shop.conf",
      sha256: SHA,
      edits: [{ line: 4, oldText: LINES[3], newText: "        proxy_pass http://127.0.0.1:3100;" }],
      test: { argv: ["nginx", "-t"] },
    });
  });

  test("and shown as a unified diff that changes that line alone", () => {
    expect(bindEdit(edit(), files())?.diff.split("\n")).toEqual([
      "--- /etc/nginx/conf.d/shop.conf",
      "+++ /etc/nginx/conf.d/shop.conf",
      "@@ -1,6 +1,6 @@",
      " server {",
      "     listen 80;",
      "     location / {",
      "-        proxy_pass http://127.0.0.1:3000;",
      "+        proxy_pass http://127.0.0.1:3100;",
      "     }",
      " }",
    ]);
  });

  test("a $ in the new text is a dollar", () => {
    expect(bindEdit(edit({ old: "3000", new: "4000" }), files())?.bound.edits[0]?.newText).toContain(
      "127.0.0.1:4000",
    );
    expect(bindEdit(edit({ new: "$&" }), files())).toBeUndefined();
  });
});

describe("a file that a tool owns", () => {
  test.each(["# Ansible managed", "# managed by Certbot", "# This file is generated"])("%s", (header) => {
    const shown = bindEdit(edit({ line: 5 }), files([header, ...LINES]));
    expect(shown).toMatchObject({ managed: header, diff: expect.stringContaining("127.0.0.1:3100") });
    expect(shown?.bound).not.toHaveProperty("managed");
    expect(bindEdit(edit({ line: 5 }), files([header, ...LINES]), true)?.bound.managed).toBe("allowed");
  });

  test("is not one for what stands further down", () => {
    const lines = [...LINES, ...LINES, "# Ansible managed"];
    expect(bindEdit(edit(), files(lines))).not.toHaveProperty("managed");
  });
});

describe("no edit", () => {
  test.each([
    ["of a file that was not read", edit({ file: "/etc/nginx/other.conf" }), LINES],
    ["of a line that is not there", edit({ line: 40 }), LINES],
    ["of a line that reads otherwise", edit({ line: 2 }), LINES],
    ["of a line that was redacted", edit({ line: 1, old: "x" }), ["x [redacted]"]],
    ["that writes a second directive", edit({ new: "127.0.0.1:1; } evil" }), LINES],
    ["that writes a newline", edit({ new: "127.0.0.1:1\n" }), LINES],
    ["without an old text", edit({ old: "" }), LINES],
    ["at line 0", edit({ line: 0 }), LINES],
    ["that is none", "rm -rf", LINES],
  ])("%s", (_, rule, lines) => {
    expect(bindEdit(rule, files(lines))).toBeUndefined();
  });
});
