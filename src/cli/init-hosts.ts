import { writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { HostName } from "../inventory/hosts.ts";
import { foreignHosts } from "../inventory/inventory-of.ts";
import type { SecretPlace } from "../inventory/secret.ts";
import { sshNames } from "../inventory/ssh-config.ts";
import type { Call } from "./call.ts";
import { withFile } from "./file-trouble.ts";
import { type HostSources, hostSources, namedSources, OTHERWISE } from "./host-sources.ts";
import { ELSEWHERE, type Goal, goesOn, type InitPlace } from "./init-place.ts";
import { type Answer, failure, USAGE } from "./output.ts";
import type { TokenName } from "./slack-tokens.ts";

/**
 * Writes 502.yml from an SSH configuration, an Ansible inventory, or a host that is typed.
 * @param slack - the lines that say where the tokens lie
 * @returns what went wrong, or what is left to do; undefined: it is written
 */
export async function writeHosts(
  place: InitPlace,
  call: Call,
  { output, again }: Goal,
  slack: string,
): Promise<Answer | undefined> {
  const { around, talk } = place;
  for (;;) {
    const sources = await hostSources(place, call);
    if (sources === "later") {
      const out = `Hosts are left for later: without one, ${output} is not written.\n  ${goesOn(again)}\n`;
      return { exitCode: 0, out };
    }
    if ("exitCode" in sources) return sources;
    const alone = !talk.interactive || namedSources(place, call).length > 0;
    const { hosts, problems, unread } = foreignHosts(sources.ansible, process.cwd(), around);
    if (unread.length > 0) {
      if (alone) return failure(false, "inventory", problems.join("\n"), `correct it, then: ${again}`, USAGE);
      talk.say(problems.map((problem) => `  ${problem}`).join("\n"));
      talk.say(`  ${OTHERWISE}`);
      continue;
    }
    const names = [
      ...new Set([...sshNames(sources.ssh, around), ...Object.keys(hosts), ...Object.keys(sources.typed)]),
    ].toSorted();
    const good = names.filter((name) => HostName.safeParse(name).success);
    const left = names
      .filter((name) => !good.includes(name))
      .map((name) => `${name} is left out: it is named like a command of 502.`);
    for (const problem of [...problems, ...left]) talk.say(`warning: ${problem}`);
    if (good.length > 0) {
      const text = `${configText(good, sources, call.text("user"))}${slack}`;
      withFile(output, "written", ELSEWHERE, () => writeFileSync(output, text, { mode: 0o600, flag: "wx" }));
      return undefined;
    }
    const where = [...sources.ssh, ...sources.ansible].join(" and ");
    if (alone) {
      const hint = "name another: --ssh-config FILE or --ansible FILE, or write hosts: by hand (README.md)";
      return failure(false, "no-hosts", `${where} names no host`, hint, USAGE);
    }
    talk.say(`  ${where} names no host. ${OTHERWISE}`);
  }
}

/** An empty entry takes everything from the named files, so that nothing is written down twice. */
function configText(
  names: readonly string[],
  { ssh, ansible, typed }: HostSources,
  user: string | undefined,
): string {
  const own = user === undefined ? {} : { user };
  const hosts = Object.fromEntries(names.map((name) => [name, { ...own, ...typed[name] }]));
  const config = {
    ...(ssh.length === 0 ? {} : { sshConfig: ssh }),
    ...(ansible.length === 0 ? {} : { ansible }),
    hosts,
  };
  const head = [
    "# Written by 502 init. A host takes what it does not say from the files named here (OpenSSH's option names in",
    "# camel case: hostName, port, user, identityFile, proxyJump …). Secrets stand in files of their own, never here.",
  ];
  return `${head.join("\n")}\n${stringify(config)}`;
}

/** The lines of 502.yml that say where the tokens lie. */
export function slackText(
  places: Readonly<Record<TokenName, SecretPlace>> | undefined,
  apiUrl: string | undefined,
): string {
  if (places === undefined) return "";
  const says = (p: SecretPlace): string => (p.kind === "env" ? `\${${p.name}}` : `file:${p.path}`);
  const { SLACK_BOT_TOKEN: bot, SLACK_APP_TOKEN: app } = places;
  const slack = { botToken: says(bot), appToken: says(app), ...(apiUrl === undefined ? {} : { apiUrl }) };
  return stringify({ slack }, { lineWidth: 0 });
}
