import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compose, type Product } from "../src/compose.ts";
import { readSettings } from "../src/config.ts";
import { policyChannels } from "../src/inventory/access.ts";

let folder: string;
let product: Product;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fiveohtwo-compose-"));
  const file = join(folder, "502.yml");
  writeFileSync(
    file,
    `hosts: { web-1: { groups: [web] }, db-1: {} }
state: state
sshConfig: false
slack: { botToken: file:bot, onCallGroup: S0ONCALL01 }
policy:
  - { who: [members], in: [C0OPS00001], may: [diagnose, silence] }
  - { who: [S0ONCALL01], in: [C0OPS00001, C0MORE0001], may: [approve:safe] }
`,
  );
  product = await compose(readSettings(file, { HOME: folder }), { instance: "test", playbook: "502" });
});

afterEach(async () => {
  await product.close();
  rmSync(folder, { recursive: true, force: true });
});

test("the on-call group of 502.yml is whom an approval is brought to", () => {
  expect(product.fixes.onCall).toEqual({ group: "S0ONCALL01" });
});

test("the audit log's key is the secret that 502.yml names; one that cannot be read is said", async () => {
  const file = join(folder, "keyed.yml");
  writeFileSync(
    file,
    "hosts: { web-1: {} }\nstate: keyed\nsshConfig: false\naudit: { key: file:audit-secret }\n",
  );
  const start = () => compose(readSettings(file, { HOME: folder }), { instance: "test", playbook: "502" });
  await expect(start()).rejects.toMatchObject({
    name: "UsageError",
    message: expect.stringContaining("audit-secret is empty or cannot be read"),
  });
  const write = (secret: string) =>
    writeFileSync(join(folder, "audit-secret"), secret.repeat(32), { mode: 0o600 });
  write("a");
  const first = await start();
  await first.store.transaction((tx) => tx.audit({ at: 1, actor: "a", via: "v", action: "x", detail: {} }));
  expect(await first.store.auditVerify()).not.toHaveProperty("brokenAt");
  await first.close();
  write("b");
  const second = await start();
  expect(await second.store.auditVerify()).toHaveProperty("brokenAt", 1);
  await second.close();
});

test("a silence of a host or of its group holds back what is said of it", async () => {
  const silenced = (host: string): Promise<boolean> | undefined => product.fixes.silenced?.(host);
  expect(await silenced("web-1")).toBe(false);
  const [now, until] = [product.clock.now(), product.clock.now() + 60_000];
  await product.store.transaction((tx) =>
    tx.putSilence({ id: "sil-1", target: "@web", until, reason: "known", by: "U0ADA00001", createdAt: now }),
  );
  expect(await silenced("web-1")).toBe(true);
  expect(await silenced("db-1")).toBe(false);
});

test("channels that rules are bound to are known, each once; elsewhere the rule does not hold", () => {
  expect(policyChannels(product.settings.config.policy)).toEqual(["C0OPS00001", "C0MORE0001"]);
  const host = product.runs.findHost("web-1");
  const ada = { id: "U0ADA00001", via: "slack", fullMember: true } as const;
  const may = (channel: string): boolean | undefined =>
    host && product.runs.mayDiagnose({ ...ada, channel }, host).allowed;
  expect([may("C0OPS00001"), may("C0GENERAL1")]).toEqual([true, false]);
});
