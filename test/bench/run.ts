import { say } from "./measure.ts";

/**
 * `npm run bench [-- cold|fleet]`: measures, and prints one JSON line last. The cold part needs root and the lab's
 * packages, the fleet part an OpenSSH server; what cannot be measured is said and left out.
 */
const wanted = process.argv.slice(2);
const parts: Readonly<Record<string, () => Promise<object>>> = {
  cold: async () => (await import("./cold.ts")).cold(),
  fleet: async () => (await import("./fleet.ts")).fleet(),
};
for (const name of wanted)
  if (!Object.hasOwn(parts, name)) {
    say(`bench: there is no part "${name}"; there are: ${Object.keys(parts).join(", ")}`);
    process.exit(64);
  }
let line: Record<string, unknown> = {};
for (const [name, part] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  say(`bench: ${name}`);
  try {
    line = { ...line, ...(await part()) };
  } catch (error) {
    say(`bench: ${name} could not be measured: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
process.stdout.write(`${JSON.stringify(line)}\n`);
