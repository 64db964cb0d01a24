import { join } from "node:path";
import type { Call } from "./cli/call.ts";
import type { Answer } from "./cli/output.ts";
import type { Product } from "./compose.ts";
import type { Settings } from "./config.ts";
import type { Actor } from "./domain/run.ts";

// What each verb of the terminal is given. A verb's modules are loaded when it is asked for.

/** Verbs that need no configuration. */
export const ALONE: Readonly<Record<string, (call: Call) => Promise<Answer>>> = {
  help: async (call) => (await import("./cli/help.ts")).helpCommand(call),
  completion: async (call) => (await import("./cli/completion.ts")).completionCommand(call),
  init: async (call) => {
    const { initPlace } = await import("./init-place.ts");
    return (await import("./cli/init.ts")).initCommand(initPlace(), call);
  },
  lint: async (call) => {
    const { playbookEnvironment, playbookFolders, ROOT } = await import("./config.ts");
    const folders = playbookFolders([call.args["folder"] ?? join(ROOT, "playbooks")]);
    return (await import("./cli/lint.ts")).lintCommand(folders, playbookEnvironment().load, call);
  },
  schema: async (call) => {
    const { playbookEnvironment } = await import("./config.ts");
    return (await import("./cli/schema.ts")).schemaCommand(playbookEnvironment().load, call);
  },
  scenario: async (call) => {
    const { ROOT } = await import("./config.ts");
    const { scenarioCommand } = await import("./cli/scenario.ts");
    return scenarioCommand(await bundled(), join(ROOT, "test", "scenarios"), call);
  },
  replay: async (call) => (await import("./cli/replay.ts")).replayCommand(await bundled(), call),
};

/** Verbs that need the configuration only. */
export const CONFIGURED: Readonly<Record<string, (settings: Settings, call: Call) => Promise<Answer>>> = {
  hosts: async ({ inventory, around }, call) => {
    const { hostNames } = await import("./inventory/resolve.ts");
    return (await import("./cli/hosts.ts")).hostsCommand(hostNames(inventory, around), call);
  },
};

type WithState = (product: Product, call: Call, actor: Actor) => Promise<Answer>;

/** Verbs that need state, too; `diagnose` stands for a host's name. */
export const WITH_STATE: Readonly<Record<string, WithState>> = {
  diagnose: async ({ runs, store, channels }, call, actor) => {
    const { askedFor } = await import("./workflows/asked-for.ts");
    const asked = askedFor(runs, call.args["host"] ?? "", call.text("url"));
    if (asked.kind === "unknown-site") {
      const { failure, USAGE } = await import("./cli/output.ts");
      const hint = `name the host too: 502 ${asked.instead}, or add to sites: in 502.yml:  ${asked.site}`;
      return failure(call.json, asked.kind, asked.text, hint, USAGE);
    }
    if (asked.kind === "group") {
      const { groupCommand } = await import("./cli/group.ts");
      return groupCommand({ ...channels, store }, actor, call, asked);
    }
    return (await import("./cli/diagnose.ts")).diagnoseCommand({ ...runs, store }, actor, call, asked);
  },
  schedule: async ({ channels, settings, clock }, call, actor) => {
    const { channelFinder } = await import("./channel-finder.ts");
    const world = { ...channels, ...channelFinder(settings, clock) };
    return (await import("./cli/schedule.ts")).scheduleVerb(world, actor, call);
  },
  silence: async ({ channels }, call, actor) =>
    (await import("./cli/schedule.ts")).silenceVerb(channels, actor, call),
  fix: async ({ fixes, store, settings }, call, actor) => {
    const place = { call, state: settings.stateDir, interactive: process.stdin.isTTY && !call.json };
    return (await import("./cli/fix.ts")).fixCommand({ ...fixes, store }, actor, place);
  },
  runs: async ({ store }, call) => (await import("./cli/runs.ts")).runsCommand(store, call),
  approvals: async ({ store }, call) => (await import("./cli/approvals.ts")).approvalsCommand(store, call),
  playbooks: async ({ runs }, call) =>
    (await import("./cli/playbooks.ts")).playbooksCommand(runs.playbooks, call),
  doctor: async (product, call) => {
    const { settings, store, runs } = product;
    const { secretTroubles } = await import("./config.ts");
    const { selfFindings } = await import("./cli/doctor-self.ts");
    const { hostNames } = await import("./inventory/resolve.ts");
    const { streamRest } = await import("./compose-audit.ts");
    const self = {
      ...settings,
      hosts: hostNames(settings.inventory, settings.around).length,
      playbooks: runs.playbooks.size,
      secrets: secretTroubles(settings),
      unsent: await streamRest(product),
    };
    const { slackFindings } = await import("./slack-doctor.ts");
    const own = [
      ...(await selfFindings(self, store)),
      ...(await slackFindings(settings, await store.schedules())),
    ];
    return (await import("./cli/doctor.ts")).doctorCommand(runs, own, call);
  },
  sudoers: async ({ runs }, call) => (await import("./cli/sudoers.ts")).sudoersCommand(runs, call),
  audit: async ({ store }, call) => (await import("./cli/audit.ts")).auditCommand(store, call),
};

async function bundled(): Promise<Product["runs"]["playbooks"]> {
  const { loadPlaybooks, ROOT } = await import("./config.ts");
  return loadPlaybooks([join(ROOT, "playbooks")]).byName;
}
