import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Host } from "../../src/domain/host.ts";
import { SshShell } from "../../src/ssh/ssh-shell.ts";
import { lockFile } from "../support/own-lock.ts";
import { startTestSshd } from "../support/sshd.ts";
import { lockOf } from "./orders.ts";

/** A host whose commands are counted in a file, and the site behind it. */
export interface CountingHost {
  readonly host: Host;
  readonly hostKey: string;
  readonly sitePort: number;
  /** "RUN COMMAND" for every time a command of a fix was run. */
  counted(): readonly string[];
  stop(): Promise<void>;
}

/** Runs real shells behind a real SSH server; only the programs that fixes call are the test's own. */
export async function startCountingHost(): Promise<CountingHost> {
  const dir = mkdtempSync(join(tmpdir(), "fiveohtwo-crash-"));
  const file = (name: string): string => join(dir, name);
  mkdirSync(file("bin"));
  const script = (name: string, body: string): void => {
    writeFileSync(file(`bin/${name}`), `#!/bin/sh\n${body}\n`);
    chmodSync(file(`bin/${name}`), 0o755);
  };
  // A command that takes its time, so that a kill finds it at work.
  script("act", `printf '%s %s\\n' "$1" "$2" >>'${file("counter")}'; sleep 0.05; : >'${dir}/'"$2-$1"`);
  script("state", "echo known");
  script("logger", ":");
  const site = createServer((request, response) => {
    const [, kind = "", run = ""] = (request.url ?? "").split("/");
    const well = existsSync(file(`mend-${run}`)) || (kind === "worse" && !existsSync(file(`spoil-${run}`)));
    response.statusCode = well ? 200 : 502;
    response.end();
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  const address = site.address();
  const sitePort = typeof address === "object" && address !== null ? address.port : 0;
  const sshd = await startTestSshd({
    env: { PATH: [file("bin"), process.env["PATH"]].join(delimiter), HOME: dir },
  });
  const host = sshd.host("web-1");
  const session = await new SshShell().open(host, { purpose: "fix", deadlineMs: 10_000 });
  await session.close();
  return {
    host,
    hostKey: session.hostKey,
    sitePort,
    counted: () =>
      existsSync(file("counter")) ? readFileSync(file("counter"), "utf8").split("\n").filter(Boolean) : [],
    stop: async () => {
      await sshd.stop();
      site.closeAllConnections();
      await new Promise((resolve) => site.close(resolve));
      rmSync(dir, { recursive: true, force: true });
      rmSync(lockFile(lockOf(sitePort)), { force: true });
    },
  };
}
