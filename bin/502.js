#!/usr/bin/env node
// Runs src/cli.ts with the Node that the project pins, whatever Node started this file.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The binary of the package `node`, wherever npm has put it. */
function pinnedNode() {
  let folder;
  try {
    folder = dirname(createRequire(import.meta.url).resolve("node/package.json"));
  } catch {
    return undefined;
  }
  return [join(folder, "bin", "node"), join(folder, "..", ".bin", "node")].find((path) => existsSync(path));
}

const node = pinnedNode();
if (node === undefined) {
  process.stderr.write(`The packages are not installed. Run: npm ci   (in ${root})\n`);
  process.exit(3);
}

const child = spawn(node, [join(root, "src", "cli.ts"), ...process.argv.slice(2)], { stdio: "inherit" });
// A signal to this process alone is passed on; one to the whole group (Ctrl-C) has reached the child already,
// and this process waits for its answer.
for (const signal of ["SIGTERM", "SIGHUP", "SIGQUIT"]) process.on(signal, () => child.kill(signal));
process.on("SIGINT", () => {});
child.on("error", (error) => {
  process.stderr.write(`${node} cannot be run: ${error.message}\n`);
  process.exit(3);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 3);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
