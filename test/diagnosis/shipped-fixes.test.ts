import { describe, expect, test } from "vitest";
import type { Bundle } from "../../src/domain/bundle.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import { replayRun } from "../../src/workflows/execute-run.ts";
import { recorded, shippedPlaybooks } from "../support/recorded.ts";

const playbook = shippedPlaybooks().get("502");
const scenarios = recorded();

function bundleOf(name: string): Bundle {
  const found = scenarios.find((s) => s.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found.bundle;
}

/** The recorded host with what some of its commands printed put otherwise. */
async function diagnosed(
  bundle: Bundle,
  said: (command: Bundle["commands"][number]) => Partial<Bundle["commands"][number]>,
): Promise<Diagnosis> {
  if (playbook === undefined) throw new Error("the playbook is not shipped");
  const commands = bundle.commands.map((c) => ({ ...c, ...said(c) }));
  return (await replayRun({ ...bundle, commands }, playbook)).diagnosis;
}

const saving = (d: Diagnosis) => d.fixes.find((f) => f.id === "pm2-start-save");

describe("pm2 save", () => {
  const bundle = bundleOf("pm2-app-stopped");
  const savedAs = (names: readonly string[]) => (c: Bundle["commands"][number]) =>
    c.id === "pm2-saved" ? { stdout: JSON.stringify(names.map((name) => ({ name }))) } : {};

  test("is not offered where the list would stay as it is", async () => {
    expect(saving(await diagnosed(bundle, () => ({})))).toBeUndefined();
  });

  test("says what it would add to the list, and what it would drop", async () => {
    const adds = saving(await diagnosed(bundle, savedAs([])));
    expect(adds?.title).toBe(
      "Start pm2's storefront and save pm2's list (it adds: storefront, cart-worker; it drops: none)",
    );
    expect(adds).toMatchObject({ risk: "safe", offered: true });
    expect(adds?.commands.map((c) => c.split(" ").slice(-2).join(" "))).toEqual([
      "start storefront",
      "pm2 save",
    ]);
    const drops = saving(await diagnosed(bundle, savedAs(["old-api", "mailer"])));
    expect(drops?.title).toContain("it adds: storefront, cart-worker; it drops: old-api, mailer");
    // What is dropped does not come back after a reboot.
    expect(drops?.risk).toBe("disruptive");
  });

  test("is no button where the saved list could not be read", async () => {
    const d = await diagnosed(bundle, (c) =>
      c.id === "pm2-saved" ? { stdout: "", exitCode: 1, stderr: "Permission denied", end: "denied" } : {},
    );
    expect(saving(d)?.offered).not.toBe(true);
  });
});

describe("the range of local ports", () => {
  test("is widened until the next reboot only, and that is said", async () => {
    const d = await diagnosed(bundleOf("ephemeral-port-exhaustion"), () => ({}));
    const fix = d.fixes.find((f) => f.id === "widen-ports");
    expect(fix?.title).toContain("to 15000-65000 (lost at the next reboot)");
    expect(fix?.rollback).toContain("sysctl -w 'net.ipv4.ip_local_port_range=40000 40011'");
  });

  test("is left as it is where it is that wide", async () => {
    const d = await diagnosed(bundleOf("ephemeral-port-exhaustion"), (c) =>
      c.id === "port-range" ? { stdout: "1024\t65000\n" } : {},
    );
    expect(d.fixes.map((f) => f.id)).not.toContain("widen-ports");
  });
});
