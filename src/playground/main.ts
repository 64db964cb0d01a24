import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { z, ZodError } from "zod";
import { type Demo, type DemoOptions, startDemo } from "./demo.ts";
import { playOnce } from "./once.ts";

const PORT = 5021;

/** `npm run demo`: serves the page until Ctrl-C. `npm run demo -- --once`: plays by itself, exit code 0 when fixed. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      once: { type: "boolean", default: false },
      host: { type: "string", default: "shop-1" },
      port: { type: "string" },
      playbooks: { type: "string", multiple: true },
      faults: { type: "string" },
    },
  });
  // Not the demo's: it has its own state and asks nobody's agent.
  for (const name of ["DATABASE_URL", "SSH_AUTH_SOCK", "FIVEOHTWO_CONFIG"]) delete process.env[name];
  // Before anything is written, so that nothing is left behind.
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve("interrupted"));
  });
  const options: DemoOptions = {
    playbooks: (values.playbooks ?? []).map((path) => resolve(path)),
    ...(values.faults === undefined ? {} : { faults: readFaults(values.faults) }),
  };
  const demo = values.once ? await startDemo(options) : await startOn(values.port, options);
  try {
    if (!values.once) {
      process.stdout.write(page(demo.workspace.url, demo.hosts));
      await interrupted;
      return 0;
    }
    const print = (text: string): void => void process.stdout.write(`${text}\n`);
    const played = await Promise.race([playOnce(demo, values.host, print), interrupted]);
    return played === true ? 0 : 1;
  } finally {
    await demo.stop();
  }
}

/** On the port that was asked for, else on the usual one, else on any that is free. */
async function startOn(asked: string | undefined, options: DemoOptions): Promise<Demo> {
  if (asked !== undefined) return startDemo({ ...options, port: Number(asked) });
  try {
    return await startDemo({ ...options, port: PORT });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    return startDemo(options);
  }
}

/** @throws Error saying what is wrong in the file */
function readFaults(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`--faults ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function page(url: string, hosts: readonly { readonly name: string; readonly title: string }[]): string {
  const width = Math.max(...hosts.map((h) => h.name.length));
  return [
    `A workspace to try: ${url}`,
    "Type in #ops:",
    ...hosts.map((h) => `  /502 ${h.name.padEnd(width)}   ${h.title}`),
    "Ctrl-C ends everything.",
    "",
  ].join("\n");
}

const exitCode = await main().catch((error: unknown) => {
  const why =
    error instanceof ZodError
      ? `--faults is not understood.\n${z.prettifyError(error)}`
      : error instanceof Error
        ? error.message
        : String(error);
  process.stderr.write(`The demo failed: ${why}\n`);
  return 1;
});
// A start that failed half-way may have left a timer behind.
process.exit(exitCode);
