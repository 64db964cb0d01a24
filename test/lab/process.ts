import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { z } from "zod";

/** One process, named by pid and start time so that a reused pid is not mistaken for it. */
export const ProcessName = z.object({ pid: z.number(), ticks: z.string().nullable() });
export type ProcessName = z.infer<typeof ProcessName>;

/** What a finished program left: its exit code (null when it was killed) and its output. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** How to run a program: its standard input, a time-out in ms, environment additions. */
export interface RunOptions {
  input?: string;
  timeoutMs?: number;
  cwd?: string;
  env?: Record<string, string>;
}

/** Runs a program to its end without a shell. Never throws for an exit code. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const [program, ...rest] = argv;
  if (program === undefined) throw new Error("run() needs a program");
  return await new Promise<Finished>((resolve, reject) => {
    const child = spawn(program, rest, {
      stdio: ["pipe", "pipe", "pipe"],
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    });
    let stdout = "";
    let stderr = "";
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, options.timeoutMs ?? 480_000);
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    const finish = (code: number | null): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      if (late) stderr += `\n${program} was killed after ${options.timeoutMs ?? 480_000} ms`;
      resolve({ code, stdout, stderr });
    };
    child.on("close", finish);
    // A background process inside the host may keep the pipes open: its parent's end is enough.
    child.on("exit", (code) => setTimeout(() => finish(code), 500).unref());
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}

/** Runs a program and gives its standard output. Throws with its last words when it fails. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const done = await run(argv, options);
  if (done.code === 0) return done.stdout;
  const words = `${done.stdout}\n${done.stderr}`.trim().split("\n").slice(-15).join("\n");
  throw new Error(`${argv.slice(0, 4).join(" ")} ended with ${done.code}:\n${words}`);
}

/** The start time of a process in clock ticks: with the pid it names one process for ever (proc(5)). */
export async function startTicks(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

/** True when the process that was recorded with these start ticks is still the one with this pid. */
export async function isSame(pid: number, ticks: string | null): Promise<boolean> {
  return ticks !== null && (await startTicks(pid)) === ticks;
}

/** Seconds are meant for an idle machine; on a busy one everything takes longer, and a wait that is met ends at once. */
const PATIENCE = 4;

/** Waits until `look` gives something, or throws a sentence that names what was awaited. */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined | null | false>,
): Promise<T> {
  const end = Date.now() + seconds * PATIENCE * 1000;
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 1.2, 1000)) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    if (Date.now() > end) throw new Error(`waited ${seconds * PATIENCE} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
