import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { fixScript } from "../../src/playbook/fix-script.ts";
import { command } from "../support/wave.ts";

const LOCK = `accounts-${process.pid}`;
const SHARED = "/dev/shm";
const NONCE = "0123456789abcdef0123456789abcdef";
const script = (): string => fixScript([command("a", ["true"])], NONCE, LOCK);

/** A mount namespace of its own, in which /run/lock is root's alone, as on RHEL. */
const UNSHARE = ["-m", "sh", "-c", 'mount -t tmpfs -o mode=0755 none /run/lock && exec "$@"', "sh"];
const can = spawnSync("unshare", [...UNSHARE, "runuser", "-u", "nobody", "--", "true"]).status === 0;

const NOBODY = ["runuser", "-u", "nobody", "--"];
let holder: ChildProcess | undefined;

afterEach(async () => {
  if (holder !== undefined && holder.exitCode === null) {
    holder.stdin?.end();
    await once(holder, "close");
  }
  for (const name of readdirSync(SHARED))
    if (name.startsWith(`fiveohtwo-${LOCK}`)) rmSync(join(SHARED, name), { recursive: true });
});

/** Starts a fix that holds the lock and waits for its first command. */
async function hold(as: readonly string[]): Promise<number> {
  const child = spawn("unshare", [...UNSHARE, ...as, "sh", "-s"], { stdio: ["pipe", "pipe", "ignore"] });
  holder = child;
  child.stdin.write(script());
  let out = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    out += String(chunk);
    if (out.includes("W:0")) return child.pid ?? 0;
  }
  throw new Error(`it does not hold the lock: ${out}`);
}

function another(pid: number, as: readonly string[]): string {
  const tried = spawnSync("nsenter", ["-t", String(pid), "-m", ...as, "sh", "-s"], {
    input: script(),
    encoding: "utf8",
  });
  return tried.stdout;
}

describe.skipIf(!can)(
  "the lock on the host, where /run/lock is root's alone (needs root and unshare)",
  () => {
    test.each([
      ["root keeps another account out", [], NOBODY],
      ["another account keeps root out", NOBODY, []],
    ])("%s", async (_, first, second) => {
      const pid = await hold(first);
      expect(another(pid, second)).toContain(`L:held:${SHARED}/fiveohtwo-${LOCK}.lock`);
      holder?.stdin?.end();
      if (holder !== undefined) await once(holder, "close");
      expect(spawnSync("sh", ["-s"], { input: script(), encoding: "utf8" }).stdout).toContain("W:0");
    });
  },
);
