import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Bundle } from "../../src/domain/bundle.ts";
import { quoteArgv } from "../../src/playbook/quote.ts";
import { bootHost, type LabHost } from "../lab/host.ts";
import { install } from "../lab/stack.ts";
import { measure, median, product, say } from "./measure.ts";

const ROUNDS = 7;

/**
 * The verdict on a healthy host by a fresh process, beside the same commands given to one `ssh HOST sh -s`: one after another, the network
 * requests at once, as the product does it. Both in turns, so that what disturbs one disturbs the other.
 */
export async function cold(): Promise<{ coldVerdictMs: number; sshMs: number; ratio: number }> {
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
    const first = await product(["bench-1", "--json", "--config", config, "--save", save]);
    if (first.code !== 0)
      throw new Error(
        `the first verdict was not healthy (exit ${first.code}): ${first.stderr}${first.stdout.slice(0, 500)}`,
      );
    const script = scriptOf(Bundle.parse(JSON.parse(gunzipSync(readFileSync(save)).toString("utf8"))));
    const ssh = sshTo(host);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const verdict = await product(["bench-1", "--json", "--config", config]);
      if (verdict.code !== 0) throw new Error(`a verdict was another one (exit ${verdict.code})`);
      ours.push(verdict.ms);
      const plain = await measure(ssh, { input: script });
      if (plain.code !== 0 || !plain.stdout.includes("end-of-script"))
        throw new Error(`ssh failed (exit ${plain.code}): ${plain.stderr}`);
      theirs.push(plain.ms);
    }
    const [coldVerdictMs, sshMs] = [Math.round(median(ours)), Math.round(median(theirs))];
    return { coldVerdictMs, sshMs, ratio: Math.round((coldVerdictMs / sshMs) * 100) / 100 };
  } finally {
    await host.stop();
    rmSync(dir, { recursive: true, force: true });
  }
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
