import { parseArgs } from "node:util";
import { type Demo, startDemo } from "./demo.ts";
import { playOnce } from "./once.ts";

const PORT = 5021;

/** `npm run demo`: serves the page until Ctrl-C. `npm run demo -- --once`: plays by itself, exit code 0 when fixed. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      once: { type: "boolean", default: false },
      host: { type: "string", default: "shop-1" },
      port: { type: "string" },
    },
  });
  // Not the demo's: it has its own state and asks nobody's agent.
  for (const name of ["DATABASE_URL", "SSH_AUTH_SOCK", "FIVEOHTWO_CONFIG"]) delete process.env[name];
  // Before anything is written, so that nothing is left behind.
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve("interrupted"));
  });
  const demo = values.once ? await startDemo() : await startOn(values.port);
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
async function startOn(asked: string | undefined): Promise<Demo> {
  if (asked !== undefined) return startDemo({ port: Number(asked) });
  try {
    return await startDemo({ port: PORT });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    return startDemo();
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
  process.stderr.write(`The demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
// A start that failed half-way may have left a timer behind.
process.exit(exitCode);
