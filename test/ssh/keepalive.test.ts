import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SshShell } from "../../src/ssh/ssh-shell.ts";
import { hasSshd, type RealSshd, startSshd } from "../support/openssh.ts";
import { command } from "../support/wave.ts";

describe.skipIf(!hasSshd)("a frozen connection (where there is no sshd, skipped: needs sshd)", () => {
  let server: RealSshd;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(() => server.stop());

  test(
    "is noticed by its silence, long before the command's own time is over",
    { timeout: 70_000 },
    async () => {
      const host = server.host("web-1", { serverAliveIntervalMs: 300, serverAliveCountMax: 2 });
      const session = await new SshShell().open(host, { purpose: "diagnose", deadlineMs: 60_000 });
      // The shell's grandparent is sshd's process of this connection; it is woken again afterwards.
      const freeze =
        "s=$(ps -o ppid= -p $PPID); s=$(ps -o ppid= -p $s); echo frozen; (sleep 6; kill -CONT $s) & kill -STOP $s; sleep 50";
      const began = performance.now();
      const results = await session.runWave([
        command("freeze", ["sh", "-c", freeze], { timeoutMs: 60_000 }),
        command("after", ["echo", "after"]),
      ]);
      expect(results.map((result) => result.end)).toEqual(["unreachable", "unreachable"]);
      expect(results[1]?.stderr).toMatch(/keepalive/i);
      expect(performance.now() - began).toBeLessThan(30_000);
      await session.close();
    },
  );
});
