import { existsSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { stringify } from "yaml";
import { type Surroundings, realSurroundings } from "../inventory/files.ts";
import { foreignHosts } from "../inventory/inventory-of.ts";
import { HostName } from "../inventory/hosts.ts";
import { sshNames } from "../inventory/ssh-config.ts";
import type { Call } from "./call.ts";
import { type Answer, failure, USAGE } from "./output.ts";

export interface InitPlace {
  /** The project's folder, where manifest.yml is. */
  readonly root: string;
  readonly login: string;
}

/**
 * `502 init`: writes 502.yml from an SSH configuration or an Ansible inventory, and says what comes next. It
 * asks in a terminal when no source is named; it never overwrites a file.
 */
export async function initCommand(place: InitPlace, call: Call): Promise<Answer> {
  const output = resolve(call.text("output") ?? call.text("config") ?? "502.yml");
  if (existsSync(output)) {
    return failure(
      false,
      "exists",
      `${output} exists already`,
      "nothing was changed; choose another with --output FILE",
      USAGE,
    );
  }
  const around = realSurroundings(process.env["HOME"] ?? homedir(), place.login);
  const sources = await sourcesOf(call, around);
  if ("exitCode" in sources) return sources;
  const { ssh, ansible } = sources;
  const { hosts, problems } = foreignHosts(ansible, process.cwd(), around);
  const names = [...new Set([...sshNames(ssh, around), ...Object.keys(hosts)])].toSorted();
  const good = names.filter((name) => HostName.safeParse(name).success);
  if (good.length === 0) {
    const where = [...ssh, ...ansible].join(" and ") || "no file";
    const hint = "name another: --ssh-config FILE or --ansible FILE, or write hosts: by hand (README.md)";
    return failure(false, "no-hosts", `${where} names no host`, hint, USAGE);
  }
  writeFileSync(output, text(good, sources, call.text("user")), { mode: 0o600, flag: "wx" });
  const left = names
    .filter((name) => !good.includes(name))
    .map((name) => `${name} is left out: it is named like a command of 502.`);
  for (const problem of [...problems, ...left]) process.stderr.write(`warning: ${problem}\n`);
  return { exitCode: 0, out: `${steps(place, output, good).join("\n")}\n` };
}

interface Sources {
  readonly ssh: readonly string[];
  readonly ansible: readonly string[];
}

async function sourcesOf(call: Call, around: Surroundings): Promise<Sources | Answer> {
  const named = { ssh: call.text("ssh-config"), ansible: call.text("ansible") };
  const files = Object.values(named).flatMap((file) => (file === undefined ? [] : [resolve(file)]));
  const absent = files.find((file) => !existsSync(file));
  if (absent !== undefined)
    return failure(false, "no-file", `${absent} cannot be found`, "correct --ssh-config or --ansible", USAGE);
  const list = (file: string | undefined): string[] => (file === undefined ? [] : [resolve(file)]);
  if (files.length > 0) return { ssh: list(named.ssh), ansible: list(named.ansible) };
  const usual = join(around.home, ".ssh", "config");
  if (!process.stdin.isTTY) return { ssh: [usual], ansible: [] };
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const asked = await terminal.question(
    `read hosts from which file? SSH configuration [${usual}] or an Ansible inventory: `,
  );
  terminal.close();
  const file = asked.trim() === "" ? usual : resolve(asked.trim());
  const isSsh = /^\s*(?:Host|Match|Include)\s/im.test(around.read(file) ?? "");
  return isSsh ? { ssh: [file], ansible: [] } : { ssh: [], ansible: [file] };
}

/** An empty entry takes everything from the named files, so that nothing is written down twice. */
function text(names: readonly string[], { ssh, ansible }: Sources, user: string | undefined): string {
  const hosts = Object.fromEntries(names.map((name) => [name, user === undefined ? {} : { user }]));
  const config = {
    ...(ssh.length === 0 ? {} : { sshConfig: ssh }),
    ...(ansible.length === 0 ? {} : { ansible }),
    hosts,
  };
  const head = [
    "# Written by 502 init. A host takes what it does not say from the files named here (OpenSSH's option names in",
    "# camel case: hostName, port, user, identityFile, proxyJump …). Secrets stand in the environment, never here.",
  ];
  return `${head.join("\n")}\n${stringify(config)}`;
}

function steps(place: InitPlace, output: string, names: readonly string[]): string[] {
  const first = names[0] ?? "HOST";
  const other = output.endsWith("/502.yml") ? "" : ` --config ${output}`;
  return [
    `${output}: ${names.length} hosts.`,
    "",
    "In the terminal:",
    `  502 doctor ${first}${other}      what is missing there`,
    `  502 ${first}${other}             the first diagnosis`,
    "",
    "In Slack:",
    `  1. https://api.slack.com/apps → Create New App → From a manifest: paste ${join(place.root, "manifest.yml")}`,
    "  2. Install it to the workspace; copy the bot token (xoxb-…). Basic Information → App-Level Tokens: one with connections:write (xapp-…).",
    `  3. Add to ${output}:`,
    '       slack: { botToken: "${SLACK_BOT_TOKEN}", appToken: "${SLACK_APP_TOKEN}" }',
    `  4. SLACK_BOT_TOKEN=… SLACK_APP_TOKEN=… 502 doctor${other}   asks Slack about both tokens and the permissions`,
    `  5. SLACK_BOT_TOKEN=… SLACK_APP_TOKEN=… npm start   (in ${place.root})`,
    `  6. Invite the bot to a channel, and type there: /502 ${first}`,
  ];
}
