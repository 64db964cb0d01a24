import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../src/config.ts";
import { errorText, loadConfig } from "../src/inventory/load-config.ts";

const README = readFileSync(join(ROOT, "README.md"), "utf8");
/** Also those that stand in a list. */
const BLOCKS = [...README.matchAll(/^( *)```yaml\n([^]*?)^\1```/gm)].map(([, indent = "", text = ""]) =>
  text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
);

test("every YAML of README is a part of 502.yml that is taken as it stands there", () => {
  expect(BLOCKS.length).toBeGreaterThan(2);
  for (const text of BLOCKS) {
    // Hosts of a group are written elsewhere.
    const hosts = /^hosts:/m.test(text) ? "" : "hosts: { web-1: { groups: [web] } }\n";
    const loaded = loadConfig(hosts + text, "README.md");
    expect(loaded.ok ? [] : [text, ...loaded.errors.map(errorText)]).toEqual([]);
  }
});

test("the way without Socket Mode is what the bot reads", () => {
  const text = BLOCKS.find((b) => b.includes("mode: http")) ?? "";
  const loaded = loadConfig(text, "README.md");
  expect(loaded).toMatchObject({
    ok: true,
    config: { slack: { mode: "http", listen: "127.0.0.1:3000", signingSecret: { kind: "file" } } },
  });
  for (const word of ["SLACK_SIGNING_SECRET", "/slack/events", "options load URL"])
    expect(README).toContain(word);
});
