import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BoundFix } from "../../src/domain/fix.ts";
import { SshShell } from "../../src/ssh/ssh-shell.ts";
import { RunningClock } from "../support/fake-clock.ts";
import { aBoundFix, aCause, aDiagnosisOf, Stage } from "../support/fix-stage.ts";
import { until } from "../support/place.ts";
import { startTestSshd, type TestSshd } from "../support/sshd.ts";
import { lockFile, withOwnLock } from "../support/own-lock.ts";

const LOCK = `over-ssh-${process.pid}`;

/** The whole way over real SSH, a real shell and a real curl; the site behind answers by what a file says. */

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

describe.skipIf(!hasCurl)("a fix over SSH (needs curl)", () => {
  let dir: string;
  let sshd: TestSshd;
  let site: Server;
  const file = (name: string): string => join(dir, name);

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "fiveohtwo-fixssh-"));
    mkdirSync(file("bin"));
    // The machine's own syslog and sudo are left alone.
    script("logger", `shift 2; printf '%s\\n' "$*" >>"${file("syslog")}"`);
    script("sudo", 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"');
    writeFileSync(file("state"), "inactive\n");
    writeFileSync(file("site.conf"), "listen 3001;\n");
    site = createServer((request, response) => {
      response.statusCode = isUp() ? 200 : 502;
      response.end(request.method);
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    sshd = await startTestSshd({
      env: { PATH: [file("bin"), process.env["PATH"]].join(delimiter), HOME: dir },
    });
  });
  afterEach(async () => {
    await sshd.stop();
    await new Promise((resolve) => site.close(resolve));
    rmSync(dir, { recursive: true, force: true });
    rmSync(lockFile(LOCK), { force: true });
  });

  function isUp(): boolean {
    return existsSync(file("up")) || readFileSync(file("site.conf"), "utf8").includes("3000");
  }

  function script(name: string, body: string): void {
    writeFileSync(file(`bin/${name}`), `#!/bin/sh\n${body}\n`);
    chmodSync(file(`bin/${name}`), 0o755);
  }

  async function hostKey(): Promise<string> {
    const session = await new SshShell().open(sshd.host("web-1"), { purpose: "fix", deadlineMs: 10_000 });
    await session.close();
    return session.hostKey;
  }

  async function run(
    change: Partial<BoundFix>,
  ): Promise<{ readonly outcome: string | undefined; readonly why: string | undefined }> {
    const base = aBoundFix();
    const address = site.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const [front] = base.verify.fronts;
    const bound = {
      hostKey: await hostKey(),
      verify: {
        ...base.verify,
        fronts: [{ ...front!, port }],
        unit: undefined,
        target: null,
        everyMs: 20,
        withinMs: 1_500,
        stableMs: 20,
      },
      ...change,
    };
    const s = new Stage(bound, new RunningClock());
    await s.set();
    s.after = () => aDiagnosisOf(isUp() ? [] : [aCause()]);
    const world = s.world({ shell: withOwnLock(new SshShell(), LOCK), findHost: (name) => sshd.host(name) });
    const id = await s.press(world);
    await s.approve(id, world);
    await s.work(0, world);
    const a = await s.store.approval(id);
    return { outcome: a?.outcome, why: a?.why };
  }

  const command = (argv: readonly string[], sudo: "always" | "never"): BoundFix["commands"][number] => ({
    id: argv[0] ?? "",
    argv: [...argv],
    sudo,
    timeoutMs: 10_000,
    maxBytes: 4_096,
  });

  test("preconditions, command with hostile words, verification, syslog", async () => {
    const evil = file('it\'s $(touch pwned) `x` \n"up"');
    const done = await run({
      preconditions: [
        { name: "state", command: command(["cat", file("state")], "never"), value: "inactive" },
      ],
      commands: [command(["cp", file("state"), evil], "always"), command(["cp", evil, file("up")], "never")],
    });
    expect(done).toMatchObject({ outcome: "fixed", why: "shop.example.test answers 200." });
    expect(existsSync(evil)).toBe(true);
    expect(existsSync(file("pwned"))).toBe(false);
    const syslog = readFileSync(file("syslog"), "utf8").trim().split("\n");
    expect(syslog).toHaveLength(2);
    expect(syslog[0]).toMatch(/^run=run-1 fix=start-shop-api .* digest=[0-9a-f]{64}: begins$/);
    expect(syslog[1]).toMatch(/: fixed$/);
    await until("the connections are closed", () => sshd.connections() === 0);
  });

  test("drift: refused in the very shell, nothing runs", async () => {
    const done = await run({
      preconditions: [{ name: "state", command: command(["cat", file("state")], "never"), value: "failed" }],
      commands: [command(["touch", file("up")], "never")],
    });
    expect(done).toEqual({
      outcome: "refused",
      why: "The host has changed since the diagnosis: state was failed, is now inactive.",
    });
    expect(existsSync(file("up"))).toBe(false);
  });

  test("an edit that helps stays; one that does not is taken back to the very bytes", async () => {
    const text = readFileSync(file("site.conf"), "utf8");
    const edit = (to: string): Partial<BoundFix> => ({
      preconditions: [],
      commands: [command(["touch", file("reloaded")], "always")],
      edit: {
        path: file("site.conf"),
        sha256: createHash("sha256").update(text).digest("hex"),
        edits: [{ line: 1, oldText: "listen 3001;", newText: `listen ${to};` }],
        test: command(["grep", "-q", "listen", file("site.conf")], "always"),
      },
    });
    expect(await run(edit("4000"))).toMatchObject({ outcome: "rolled-back" });
    expect(readFileSync(file("site.conf"), "utf8")).toBe(text);
    expect(await run(edit("3000"))).toMatchObject({ outcome: "fixed" });
    expect(readFileSync(file("site.conf"), "utf8")).toBe("listen 3000;\n");
  });
});
