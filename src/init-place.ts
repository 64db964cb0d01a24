import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { terminalDialogue } from "./cli/dialogue.ts";
import type { InitPlace } from "./cli/init-place.ts";
import { loginName, readSettings, ROOT, stateDir } from "./config.ts";
import { realSurroundings } from "./inventory/files.ts";
import { hostNames } from "./inventory/resolve.ts";
import { askSlack } from "./slack-doctor.ts";

/** What `502 init` is given. */
export function initPlace(): InitPlace {
  return {
    root: ROOT,
    around: realSurroundings(process.env["HOME"] ?? homedir(), loginName()),
    talk: terminalDialogue(),
    look: (file) => {
      const directory = dirname(file);
      if (!existsSync(file))
        return { slack: undefined, hosts: [], stateDir: stateDir(undefined, directory), directory };
      const settings = readSettings(file);
      return {
        slack: settings.config.slack,
        hosts: hostNames(settings.inventory, settings.around),
        stateDir: settings.stateDir,
        directory,
      };
    },
    askSlack: ({ SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken }, apiUrl, patience) =>
      askSlack({ botToken, appToken, apiUrl, patience }),
    wait: (ms) => setTimeout(ms),
    diagnose,
  };
}

/** As `502 HOST` does. */
async function diagnose(file: string, host: string): ReturnType<InitPlace["diagnose"]> {
  const { compose } = await import("./compose.ts");
  const { callOf } = await import("./cli/call.ts");
  const { streamRest } = await import("./compose-audit.ts");
  const { diagnoseCommand } = await import("./cli/diagnose.ts");
  const settings = readSettings(file);
  const entry = { ...settings.inventory.foreign, ...settings.inventory.hosts }[host];
  const playbook = entry?.playbook ?? "502";
  const product = await compose(settings, { instance: `terminal-${process.pid}`, playbook });
  try {
    const { runs, store } = product;
    const call = callOf({ verb: "diagnose", args: { host }, options: {} });
    const actor = { id: `local:${loginName()}`, via: "terminal", fullMember: true } as const;
    const answer = await diagnoseCommand({ ...runs, store }, actor, call, { kind: "host", host });
    await streamRest(product);
    const [latest] = await store.runs({ host, limit: 1 });
    const verdict = latest?.diagnosis?.verdict;
    return {
      said: answer.out ?? answer.err ?? "",
      reached: verdict !== undefined && verdict !== "unreachable",
    };
  } finally {
    await product.close();
  }
}
