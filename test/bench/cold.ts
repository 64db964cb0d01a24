import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Product, compose } from "../../src/compose.ts";
import { loginName, readSettings } from "../../src/config.ts";
import { Bundle } from "../../src/domain/bundle.ts";
import { quoteArgv } from "../../src/playbook/quote.ts";
import { startRun } from "../../src/workflows/start-run.ts";
import { workRun } from "../../src/workflows/work-run.ts";
import { bootHost, type LabHost } from "../lab/host.ts";
import { install } from "../lab/stack.ts";
import { measure, median, product, say } from "./measure.ts";

const ROUNDS = 9;

export interface Cold {
  /** From the request in a running bot that is not connected to the verdict, kept in its state. */
  readonly coldVerdictMs: number;
  readonly sshMs: number;
  readonly ratio: number;
  /** `502 HOST` as a process of its own, its start included. */
  readonly terminalMs: number;
  readonly commands: number;
  /** Commands of the run that were run more than once. */
  readonly runTwice: number;
}

/**
 * The verdict on a healthy host over a new connection, beside the same commands given to one `ssh HOST sh -s`: one
 * after another, the network requests at once, as the product does it. All in turns, so that what disturbs one
 * disturbs the others.
 */
export async function cold(): Promise<Cold> {
  const dir = mkdtempSync(join(tmpdir(), "fiveohtwo-bench-"));
  const host = await bootHost({ hostname: "bench-1" }, say);
  try {
    await install(host, [
      { use: "node-systemd", vars: { UNIT: "catalog-api", PORT: "3100", VHOST: "shop.example.test" } },
    ]);
    await measure(["curl", "-s", "-o", "/dev/null", "-H", "Host: shop.example.test", `http://${host.ip}/`]);
    const config = join(dir, "502.yml");
    writeFileSync(config, `state: ${JSON.stringify(join(dir, "state"))}\n${host.config("bench-1", "ops")}`);
    const save = join(dir, "bundle.json.gz");
    // The first one compiles the modules and is not counted.
    await terminal(["bench-1", "--json", "--config", config, "--save", save]);
    const bundle = Bundle.parse(JSON.parse(gunzipSync(readFileSync(save)).toString("utf8")));
    const script = scriptOf(bundle);
    const ssh = sshTo(host);
    const bot = await compose(readSettings(config), { instance: "bench" });
    const [ours, theirs, processes]: number[][] = [[], [], []];
    try {
      await verdict(bot);
      for (let round = 0; round < ROUNDS; round += 1) {
        ours?.push(await verdict(bot));
        const plain = await measure(ssh, { input: script });
        if (plain.code !== 0 || !plain.stdout.includes("end-of-script"))
          throw new Error(`ssh failed (exit ${plain.code}): ${plain.stderr}`);
        theirs?.push(plain.ms);
        processes?.push(await terminal(["bench-1", "--json", "--config", config]));
      }
    } finally {
      await bot.close();
    }
    const [coldVerdictMs = 0, sshMs = 0, terminalMs = 0] = [ours, theirs, processes].map((list) =>
      Math.round(median(list ?? [])),
    );
    const words = bundle.commands.map(({ argv }) => JSON.stringify(argv));
    return {
      coldVerdictMs,
      sshMs,
      ratio: Math.round((coldVerdictMs / sshMs) * 100) / 100,
      terminalMs,
      commands: words.length,
      runTwice: words.length - new Set(words).size,
    };
  } finally {
    await host.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** One run of the bot's, from the request to the verdict in its state. @returns milliseconds */
async function verdict({ runs }: Product): Promise<number> {
  const began = performance.now();
  const actor = { id: `local:${loginName()}`, via: "terminal" as const, fullMember: true };
  const started = await startRun(runs, { request: { host: "bench-1", playbook: "502" }, actor });
  if (!("run" in started)) throw new Error(`the run did not start: ${started.text}`);
  const diagnosis = await workRun(runs, started.run.id);
  if (diagnosis?.verdict !== "healthy") throw new Error(`a verdict was ${String(diagnosis?.verdict)}`);
  return performance.now() - began;
}

/** One run of the terminal's. @returns milliseconds of the whole process */
async function terminal(words: readonly string[]): Promise<number> {
  const { code, ms, stderr, stdout } = await product(words);
  if (code !== 0)
    throw new Error(`a verdict was not healthy (exit ${code}): ${stderr}${stdout.slice(0, 500)}`);
  return ms;
}

/** The recorded commands as one script; what ran with sudo does so here. */
function scriptOf(bundle: Bundle): string {
  const lines = [1, 2, 3].flatMap((wave) => {
    const own = bundle.commands.filter((c) => c.wave === wave);
    return [
      ...own.map(
        (c) =>
          `${c.privileged ? "sudo -n " : ""}${quoteArgv(c.argv)} </dev/null${c.argv[0] === "curl" ? " &" : ""}`,
      ),
      "wait",
    ];
  });
  return `exec 2>&1\n${lines.join("\n")}\necho end-of-script\n`;
}

/** OpenSSH's client with nothing of this machine's own settings. */
function sshTo(host: LabHost): string[] {
  const options = ["BatchMode=yes", "IdentitiesOnly=yes", `UserKnownHostsFile=${host.knownHostsPath}`];
  const given = options.flatMap((option) => ["-o", option]);
  return ["ssh", "-F", "none", "-T", "-q", ...given, "-i", host.keyPath, `ops@${host.ip}`, "sh", "-s"];
}
