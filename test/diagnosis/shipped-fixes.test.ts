import { describe, expect, test } from "vitest";
import type { Bundle } from "../../src/domain/bundle.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import type { Fix } from "../../src/domain/diagnosis.ts";
import type { Permits } from "../../src/diagnosis/fixes.ts";
import { drawRun } from "../../src/slack/draw/run.ts";
import { executeRun, replayRun } from "../../src/workflows/execute-run.ts";
import type { Clock } from "../../src/workflows/ports.ts";
import { WEB_1 } from "../support/fix-stage.ts";
import { replayedShell } from "../support/replayed-shell.ts";
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

/** The moment at which the bundle was recorded: what it says of the time must fit. */
function at(now: number): Clock {
  return { now: () => now, wait: async () => undefined };
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

describe("an edit of nginx's configuration", () => {
  const bundle = bundleOf("port-mismatch");
  const edited = async (permits: Permits, header = ""): Promise<Fix | undefined> => {
    if (playbook === undefined) throw new Error("the playbook is not shipped");
    const commands = bundle.commands.map((c) =>
      c.id === "nginx-config"
        ? { ...c, stdout: c.stdout.replace(/^(# configuration file \S*crm\S*:\n)/m, `$1${header}`) }
        : c,
    );
    const shell = replayedShell(() => ({ ...bundle, commands }));
    const input = { runId: "run-1", host: WEB_1, runMs: 60_000, permits };
    const { diagnosis } = await executeRun(input, playbook, { shell, clock: at(bundle.startedAt) });
    return diagnosis.fixes.find((f) => f.id === "edit-proxy-port");
  };
  const all: Permits = { dangerous: false, edits: true, selinux: false, managedFiles: false };

  test("is a button where the policy has approve:edit, else a diff to be applied by hand", async () => {
    expect(await edited(all)).toMatchObject({ offered: true, diff: expect.stringContaining("+++ ") });
    const byHand = await edited({ ...all, edits: false });
    expect(byHand).toMatchObject({ offered: false, because: expect.stringContaining("approve:edit") });
    expect(byHand?.diff).toContain("127.0.0.1:3301;");
    const drawn = drawRun(
      {
        kind: "run",
        runId: "run-1",
        host: "web-1",
        actor: "U0000000ANN",
        state: "done",
        diagnosis: { ...(await diagnosed(bundle, () => ({}))), fixes: byHand === undefined ? [] : [byHand] },
      },
      { open: new Set(), decided: [] },
    );
    expect(JSON.stringify(drawn.blocks)).toContain("127.0.0.1:3301;");
  });

  test("of a file that a tool owns is one to be made there, unless the configuration allows it", async () => {
    const header = "# Ansible managed\n";
    expect(await edited(all, header)).toMatchObject({
      offered: false,
      because: expect.stringContaining('says "# Ansible managed": change it where it comes from'),
    });
    expect(await edited({ ...all, managedFiles: true }, header)).toMatchObject({ offered: true });
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

describe("an edit that points nginx elsewhere", () => {
  test.each([
    ["port-mismatch", "edit-proxy-port"],
    ["socket-path-mismatch", "edit-socket-path"],
  ])("is verified at the backend it points to: %s", async (name, id) => {
    if (playbook === undefined) throw new Error("the playbook is not shipped");
    const { bound } = await replayRun(bundleOf(name), playbook);
    const edit = bound.find((b) => b.fix.id === id);
    expect(edit?.verify.target).not.toBe(edit?.fix.target);
    const address = edit?.verify.target?.replace(/^unix:/, "") ?? "no target";
    expect(edit?.edit?.edits[0]?.newText).toContain(address);
  });
});
