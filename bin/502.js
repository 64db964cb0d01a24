#!/usr/bin/env node
// Runs src/cli.ts with the Node that the project pins, whatever Node started this file. Plain JavaScript, so
// that an older Node can read it, and that nothing of TypeScript is loaded once the compiled modules are kept.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, "src", "cli.ts");

/** The folder of the package `node`, wherever npm has put it. */
function pinnedNode() {
  try {
    return dirname(module.createRequire(import.meta.url).resolve("node/package.json"));
  } catch {
    return undefined;
  }
}

function pass(program) {
  const child = spawn(program, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  // A signal to this process alone is passed on; one to the whole group (Ctrl-C) has reached the child already,
  // and this process waits for its answer.
  for (const signal of ["SIGTERM", "SIGHUP", "SIGQUIT"]) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => {});
  child.on("error", (error) => {
    process.stderr.write(`${program} cannot be run: ${error.message}\n`);
    process.exit(3);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 3);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

const folder = pinnedNode();
if (folder === undefined) {
  process.stderr.write(`The packages are not installed. Run: npm ci   (in ${root})\n`);
  process.exitCode = 3;
} else if (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version === process.versions.node) {
  // The folder is the user's own: code that others could write must not be run.
  module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "fiveohtwo", "compiled"));
  await import(pathToFileURL(cli).href);
} else {
  const places = [join(folder, "bin", "node"), join(folder, "..", ".bin", "node")];
  const program = places.find((path) => existsSync(path));
  if (program !== undefined) pass(program);
  else {
    process.stderr.write(`The package node is incomplete. Run: npm ci   (in ${root})\n`);
    process.exitCode = 3;
  }
}
