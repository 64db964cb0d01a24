import { spawnSync } from "node:child_process";

const CANDIDATES: readonly (readonly string[])[] = [
  ["sh"],
  ["dash"],
  ["bash", "--posix"],
  ["bash"],
  ["busybox", "sh"],
  ["ksh"],
  ["mksh"],
  ["zsh", "--emulate", "sh"],
];

/** The POSIX shells of this machine, each as its argument vector. */
export const SHELLS = CANDIDATES.filter(
  ([program = "", ...args]) => spawnSync(program, [...args, "-c", "exit 0"]).status === 0,
);
