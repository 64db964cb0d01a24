import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startDemo } from "../../src/playground/demo.ts";

const folder = mkdtempSync(join(tmpdir(), "fiveohtwo-own-playbooks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a playbook of one's own is seen on a recorded host, while Slack loses a reply", async () => {
  mkdirSync(join(folder, "mine"));
  writeFileSync(
    join(folder, "mine", "playbook.yml"),
    `name: mine
title: Ours
about: 502
extends: "502"
causes:
  - id: ours-is-asleep
    title: "\${unit.id} sleeps, as our own rule has it"
    suspect: 'service.kind == "systemd"'
    when: 'unit.activeState == "inactive" && !listener.present'
    otherwise: "it is awake"
    headline: "\${unit.id} sleeps, as our own rule has it"
    provenWhen: 'unit.activeState == "inactive"'
    rank: 99
    explains: [upstream-stopped]
    evidence: [{ check: units, show: "\${unit.id} is \${unit.activeState}" }]
`,
  );
  const faults = { rules: [{ fault: "lost-reply", methods: ["chat.postMessage"], times: 1 }] };
  const demo = await startDemo({ playbooks: [folder], faults });
  try {
    const { workspace } = demo;
    await workspace.postCommand("ada", "ops", "/502 shop-1 --playbook mine");
    const verdict = await workspace.waitForMessage("ops", (m) => m.text.includes("as our own rule has it"));
    expect(verdict.text).toContain("502 now on shop-1");
    expect(workspace.faults.counts()).toMatchObject({ "lost-reply": 1 });
    expect(workspace.messages("ops")).toHaveLength(1);
  } finally {
    await demo.stop();
  }
}, 60_000);
