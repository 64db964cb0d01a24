import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { LabHost } from "./host.ts";
import { here } from "./paths.ts";
import { run } from "./process.ts";

/** What the lab reads of `502/diagnosis@1`; the contract may grow, so unknown fields are fine. */
const Diagnosis = z.looseObject({
  runId: z.string(),
  verdict: z.string(),
  headline: z.string(),
  causes: z.array(
    z.looseObject({
      id: z.string(),
      grade: z.string(),
      target: z.string().nullable(),
      host: z.string().optional(),
      fixes: z.array(z.string()),
    }),
  ),
  blindSpots: z.array(z.looseObject({ because: z.string() })),
  fixes: z.array(z.looseObject({ id: z.string(), commands: z.array(z.string()) })),
});
export type Diagnosis = z.infer<typeof Diagnosis>;

const Outcome = z.looseObject({ outcome: z.string(), why: z.string().optional() });

/** Another host of the inventory. */
export interface Neighbour {
  readonly host: LabHost;
  readonly addresses: readonly string[];
  readonly contact?: string;
}

function entryOf({ host, addresses, contact }: Neighbour, user: string): string {
  const extra = { addresses, ...(contact === undefined ? {} : { contact }) };
  return host.entry(host.hostname, user, extra);
}

/** The product as a user meets it: its command line, with a state of its own per host. */
export class Product {
  readonly #dir: string;
  readonly #host: LabHost;

  private constructor(dir: string, host: LabHost) {
    this.#dir = dir;
    this.#host = host;
  }

  /** Writes a 502.yml for this host, and its neighbour where there is one, into a temporary folder. */
  static async on(host: LabHost, user: string, second?: Neighbour): Promise<Product> {
    const dir = await mkdtemp(join(tmpdir(), "fiveohtwo-lab-"));
    await mkdir(join(dir, "state"), { mode: 0o700 });
    await writeFile(
      join(dir, "502.yml"),
      [
        host.config(host.hostname, user),
        ...(second === undefined ? [] : [entryOf(second, user)]),
        // What a busy machine cannot do within a run's usual minute says nothing about the diagnosis.
        "limits: { runSeconds: 300 }\n",
      ].join(""),
    );
    return new Product(dir, host);
  }

  /** `502 HOST --json`. `save`: also writes the evidence bundle there. Throws when it is no diagnosis. */
  async diagnose(save?: string): Promise<{ diagnosis: Diagnosis; exit: number | null; ms: number }> {
    const began = performance.now();
    const extra = save === undefined ? [] : ["--save", save];
    const done = await this.#cli([this.#host.hostname, "--json", ...extra]);
    const ms = Math.round(performance.now() - began);
    return { diagnosis: Diagnosis.parse(json(done)), exit: done.code, ms };
  }

  /** `502 fix RUN FIX --yes --json`. Gives the outcome and its reason. */
  async fix(runId: string, fixId: string): Promise<{ outcome: string; why: string }> {
    const done = await this.#cli(["fix", runId, fixId, "--yes", "--json"]);
    const { outcome, why } = Outcome.parse(json(done));
    return { outcome, why: why ?? "" };
  }

  /** `502 sudoers HOST`: the rules for an account, as text. Throws when they were not printed. */
  async sudoers(user: string, rootEqual: boolean): Promise<string> {
    const extra = rootEqual ? ["--enable-root-equal"] : [];
    const done = await this.#cli(["sudoers", this.#host.hostname, "--user", user, ...extra]);
    if (done.code !== 0) throw new Error(`502 sudoers ended with ${done.code}: ${done.stderr.slice(-600)}`);
    return done.stdout;
  }

  /** Removes its state. */
  async close(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #cli(args: string[]): ReturnType<typeof run> {
    return await run([process.execPath, "bin/502.js", ...args, "--config", join(this.#dir, "502.yml")], {
      cwd: join(here, "../.."),
      env: { XDG_STATE_HOME: join(this.#dir, "state") },
      timeoutMs: 480_000,
    });
  }
}

function json(done: { code: number | null; stdout: string; stderr: string }): unknown {
  try {
    return JSON.parse(done.stdout);
  } catch {
    const words = `${done.stdout}\n${done.stderr}`.trim().split("\n").slice(-6).join(" | ");
    throw new Error(`the CLI printed no JSON (exit ${done.code}): ${words.slice(0, 600)}`);
  }
}
