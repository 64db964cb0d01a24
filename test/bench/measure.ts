import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

export interface Measured {
  readonly ms: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and measures its wall-clock time. @param input its standard input */
export function measure(
  argv: readonly string[],
  o: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Measured> {
  const [program = "", ...args] = argv;
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...o.env }, stdio: "pipe" });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ ms: performance.now() - began, code, stdout, stderr }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(o.input ?? "");
  });
}

/** `502 …` in a process of its own, as a user starts it. @param peak a file for its peak memory */
export function product(words: readonly string[], peak?: string): Promise<Measured> {
  const bin = join(ROOT, "bin", "502.js");
  const hook = join(import.meta.dirname, "peak.ts");
  const env = peak === undefined ? {} : { FIVEOHTWO_BENCH_PEAK: peak, NODE_OPTIONS: `--import ${hook}` };
  return measure([process.execPath, bin, ...words], { env });
}

/** Peak memory as the hook wrote it, in kB. */
export function peakOf(file: string): number {
  if (!existsSync(file)) throw new Error("the measured process did not say its peak memory");
  return Number(readFileSync(file, "utf8"));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
