import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CHECK_SCOPE, PEER_SCOPE } from "../../src/model/schema.ts";
import { PARSERS } from "../../src/parsers/registry.ts";
import { celEnvironment } from "../../src/playbook/cel.ts";
import type { PlaybookFolder } from "../../src/playbook/load-all.ts";
import type { LoadEnvironment } from "../../src/playbook/load-environment.ts";
import { lintPlaybooks } from "../../src/playbook/lint.ts";
import { loadPlaybook } from "../../src/playbook/load.ts";
import { commandRefusal } from "../../src/playbook/read-only-table.ts";

const root = join(import.meta.dirname, "../../playbooks");

const env: LoadEnvironment = {
  environment: celEnvironment({ ...PEER_SCOPE, ...CHECK_SCOPE }),
  parsers: new Set(Object.keys(PARSERS)),
  refusal: commandRefusal(),
  scopes: {
    check: Object.keys(CHECK_SCOPE),
    host: ["host", "nginx"],
    vhost: ["host", "nginx", "vhost"],
    peer: Object.keys(PEER_SCOPE),
  },
};

function folders(): PlaybookFolder[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      name,
      files: readdirSync(join(root, name))
        .filter((file) => /\.ya?ml$/.test(file))
        .map((file) => ({
          path: `playbooks/${name}/${file}`,
          text: readFileSync(join(root, name, file), "utf8"),
        })),
    }));
}

test("every playbook we ship has no mistake", () => {
  const all = folders();
  expect(all.map((folder) => folder.name)).toContain("502");
  const report = lintPlaybooks(all, env);
  expect(report.ok ? "" : report.text).toBe("");
});

test("the examples of playbooks/README.md are true", () => {
  const examples = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^```yaml\n([^]*?)^```/gm)]
    .map((m) => m[1] ?? "")
    .filter((text) => /^(?:checks|causes|fixes):/.test(text));
  expect(examples.length).toBe(3);
  const also =
    "checks:\n  - { id: units, tells: x, argv: [ss], parser: ss-tcp }\n  - { id: tcp-listeners, tells: x, argv: [ss], parser: ss-tcp }\ncauses:\n  - { id: no-live-upstreams, title: t, headline: h, suspect: false }\n";
  const files = [...examples, also].map((text, i) => ({ path: `example-${i + 1}.yml`, text }));
  const loaded = loadPlaybook("examples", files, env);
  expect(loaded.ok ? [] : loaded.errors).toEqual([]);
});
