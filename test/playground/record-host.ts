import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { stringify } from "yaml";
import { compose } from "../../src/compose.ts";
import { readSettings } from "../../src/config.ts";
import type { Bundle, BundledCommand } from "../../src/domain/bundle.ts";
import type { Command, CommandResult } from "../../src/domain/command.ts";
import type { Actor } from "../../src/domain/run.ts";
import { SshShell } from "../../src/ssh/ssh-shell.ts";
import { applyFix } from "../../src/workflows/apply-fix.ts";
import { decideApproval } from "../../src/workflows/decide-approval.ts";
import type { Session, Shell } from "../../src/workflows/ports.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { startRun } from "../../src/workflows/start-run.ts";
import { workRun } from "../../src/workflows/work-run.ts";

/**
 * Records a demo host on a real one: `node test/playground/record-host.ts CONFIG HOST FOLDER TITLE`. The host must be
 * broken. It is diagnosed, its first offered fix is approved (a dangerous one by two people) and run, and it is
 * diagnosed again, all by the product; every command with its answer is kept, in two bundles: before the fix's first
 * own command, and after it.
 */

interface Tape {
  before: Map<string, BundledCommand>;
  after: Map<string, BundledCommand>;
  now: "before" | "after";
  fix: string[][];
}

function keep(tape: Tape, r: CommandResult, wave: number): void {
  const { id, argv, stdout, stderr, exitCode, end, durationMs, privileged } = r;
  // The bot's mark at the end of a fix is no part of what a host says.
  if (end === "unreachable" || argv[0] === "logger") return;
  const kept = { id, wave, argv: [...argv], stdout, stderr, exitCode, end, durationMs, privileged };
  const key = argv.map((w) => (w.startsWith("fiveohtwo/") ? "" : w)).join("\u001f");
  tape[tape.now].set(key, kept);
}

function recording(shell: Shell, tape: Tape): Shell {
  return {
    open: async (host, opts) => {
      const session = await shell.open(host, opts);
      let wave = 0;
      const recorded: Session = {
        hostKey: session.hostKey,
        close: () => session.close(),
        runWave: async (commands: readonly Command[], onResult) => {
          wave += 1;
          const results = await session.runWave(commands, onResult);
          for (const r of results) keep(tape, r, wave);
          return results;
        },
        runFix: async (commands, fix) => {
          const results = await session.runFix(commands, fix);
          for (const [i, r] of results.entries()) {
            keep(tape, r, 0);
            if (commands[i]?.id.startsWith("precondition") === true) continue;
            tape.fix.push([...r.argv]);
            tape.now = "after";
          }
          return results;
        },
      };
      return recorded;
    },
  };
}

const [config, name = "", folder = "", title = ""] = process.argv.slice(2);
const tape: Tape = { before: new Map(), after: new Map(), now: "before", fix: [] };
const product = await compose(readSettings(config), {
  instance: "recorder",
  shell: recording(new SshShell(), tape),
  fixProgress: (_, text) => console.error(text),
});
const actor: Actor = { id: "local:recorder", via: "terminal" };
const base = await diagnose();
const offer = (await product.store.offers(base.runId))[0];
let last = base;
if (offer === undefined) console.error("no fix is offered: one bundle only");
else {
  const pressed = await pressOffer(product.fixes, { runId: base.runId, fixId: offer.fixId, actor });
  if (!("approval" in pressed)) throw new Error(pressed.text);
  const { id } = pressed.approval;
  const vote = { approvalId: id, decide: "approve", typedHost: name } as const;
  const second: Actor = { id: "local:second", via: "terminal" };
  for (const by of pressed.approval.votesNeeded > 1 ? [second, actor] : [actor])
    console.error((await decideApproval(product.fixes, { ...vote, actor: by })).text);
  await applyFix(product.fixes, id);
  const ended = await product.store.approval(id);
  console.error(`${ended?.outcome}: ${ended?.why}`);
  if (ended?.outcome !== "fixed") throw new Error("the fix was not verified: nothing is recorded");
  last = await diagnose();
}
mkdirSync(folder, { recursive: true });
write("before", base, tape.before);
if (tape.fix.length > 0) write("after", last, tape.after);
writeFileSync(join(folder, "host.yaml"), stringify({ title, fix: tape.fix }));
await product.close();

async function diagnose(): Promise<Bundle> {
  const request = { host: name, playbook: "502" };
  const started = await startRun(product.runs, { request, actor });
  if (!("run" in started)) throw new Error(started.text);
  const diagnosis = await workRun(product.runs, started.run.id);
  console.error(diagnosis?.headline, diagnosis?.causes.map((c) => `${c.id} (${c.grade})`).join(" "));
  const bundle = await product.store.bundle(started.run.id);
  if (bundle === undefined) throw new Error("no bundle");
  return bundle;
}

function write(state: string, bundle: Bundle, commands: Map<string, BundledCommand>): void {
  const whole: Bundle = { ...bundle, commands: [...commands.values()] };
  writeFileSync(join(folder, `${state}.json.gz`), gzipSync(JSON.stringify(whole)));
}
