import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { until } from "./place.ts";

/** A state process under test. */
export interface Child {
  readonly pid: number;
  readonly lines: readonly string[];
  /** Waits for a line that matches. */
  saw(pattern: RegExp): Promise<string>;
  /** kill -9 */
  kill(): Promise<void>;
  /** Lets it end by itself. */
  end(): Promise<void>;
}

/** Starts test/support/state-process.ts, or another program beside it, with the given orders. */
export function startChild(orders: object, program = "state-process.ts"): Child {
  const script = new URL(`./${program}`, import.meta.url).pathname;
  const child = spawn(process.execPath, [script, JSON.stringify(orders)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    pid: child.pid ?? -1,
    lines,
    saw: async (pattern) => {
      // A process's start takes its time on a loaded machine.
      await until(`the process says ${pattern.source}`, () => lines.some((l) => pattern.test(l)), 90_000);
      return lines.find((l) => pattern.test(l)) ?? "";
    },
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
    end: async () => {
      child.stdin.end();
      await gone;
    },
  };
}
