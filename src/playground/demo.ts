import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Bot, startBot } from "../bot.ts";
import { readSettings } from "../config.ts";
import { makeLog } from "../log.ts";
import { readRecordings, type Recording } from "./replayed-host/recording.ts";
import { startReplayedHosts } from "./replayed-host/start.ts";
import { startWorkspace, type Workspace } from "./workspace/start.ts";

/** Everything on this machine alone: the workspace, the hosts, the bot. */
export interface Demo {
  readonly workspace: Workspace;
  readonly bot: Bot;
  readonly hosts: readonly Recording[];
  /** Ends everything and removes what was written. */
  stop(): Promise<void>;
}

/** The recorded hosts that the project brings along. */
const HOSTS = join(import.meta.dirname, "hosts");

/** What a demo is started with, beside what it brings along. */
export interface DemoOptions {
  readonly port?: number;
  /** Hosts of the configuration beside the recorded ones. */
  readonly more?: Readonly<Record<string, object>>;
  /** The configuration's section of this name. */
  readonly fixes?: object;
  /** Folders of playbooks of one's own, as `playbooks:` of 502.yml. */
  readonly playbooks?: readonly string[];
  /** What Slack's network does, as `POST /_sim/faults` takes it. @throws ZodError for anything else */
  readonly faults?: unknown;
}

/**
 * Starts the simulated workspace, the recorded hosts behind real SSH servers, and the real bot between them. All
 * listen on 127.0.0.1; keys, known_hosts, configuration and state live in a temporary folder.
 */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), "fiveohtwo-demo-"));
  const undo: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const step of undo) await step();
  };
  try {
    const workspace = await startWorkspace(options.port === undefined ? {} : { port: options.port });
    undo.unshift(() => workspace.close());
    const hosts = readRecordings(HOSTS);
    const replayed = await startReplayedHosts(join(folder, "hosts"), hosts);
    undo.unshift(() => replayed.stop());
    const hosted = { ...replayed.entries, ...options.more };
    const config = writeConfig(folder, workspace, hosted, options);
    const log: string[] = [];
    const bot = await startBot(
      readSettings(config, {}),
      makeLog("info", { write: (line) => keepLast(log, line) }),
    );
    undo.unshift(() => bot.stop());
    await workspace.waitForConnections(2);
    if (options.faults !== undefined) workspace.faults.set(options.faults);
    return { workspace, bot, hosts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A configuration as a team would write it, for invented people. */
function writeConfig(
  folder: string,
  workspace: Workspace,
  hosts: object,
  { fixes = {}, playbooks = [] }: DemoOptions,
): string {
  const secrets = join(folder, "secrets");
  mkdirSync(secrets, { mode: 0o700 });
  writeFileSync(join(secrets, "bot"), workspace.botToken, { mode: 0o600 });
  writeFileSync(join(secrets, "app"), workspace.appToken, { mode: 0o600 });
  const path = join(folder, "502.yml");
  writeFileSync(
    path,
    stringify({
      name: "demo",
      // Nothing of the demo leaves its folder.
      audit: { syslog: false },
      hosts,
      fixes,
      playbooks,
      policy: [
        { who: ["members"], may: ["diagnose", "schedule", "silence"] },
        {
          who: [ON_CALL],
          may: ["approve:safe", "approve:disruptive", "approve:edit", "approve:dangerous"],
        },
      ],
      slack: {
        botToken: "file:secrets/bot",
        appToken: "file:secrets/app",
        apiUrl: workspace.apiUrl,
        onCallGroup: ON_CALL,
      },
      sshConfig: false,
      state: "state",
      http: { listen: "127.0.0.1:0" },
    }),
  );
  return path;
}

/** The group @oncall of the simulated workspace: ada and lin. */
const ON_CALL = "S0ONCALL01";

function keepLast(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > 1_000) lines.shift();
}
