import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { HostName } from "../inventory/hosts.ts";
import { foreignHosts } from "../inventory/inventory-of.ts";
import type { SecretPlace } from "../inventory/secret.ts";
import { sshNames } from "../inventory/ssh-config.ts";
import type { Call } from "./call.ts";
import type { InitPlace } from "./init-place.ts";
import { type Answer, failure, USAGE } from "./output.ts";
import type { TokenName } from "./slack-tokens.ts";

/** Where the hosts are taken from. */
interface Sources {
  readonly ssh: readonly string[];
  readonly ansible: readonly string[];
  /** Typed as after ssh, by name. */
  readonly typed: Readonly<Record<string, object>>;
}

/**
 * Writes 502.yml from an SSH configuration, an Ansible inventory, or a host that is typed.
 * @returns what went wrong; undefined: it is written
 */
export async function writeHosts(
  place: InitPlace,
  call: Call,
  output: string,
  slack: string,
): Promise<Answer | undefined> {
  const { around, talk } = place;
  for (;;) {
    const sources = await sourcesOf(place, call);
    if ("exitCode" in sources) return sources;
    const { hosts, problems } = foreignHosts(sources.ansible, process.cwd(), around);
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
      writeFileSync(output, text, { mode: 0o600, flag: "wx" });
      return undefined;
    }
    const where = [...sources.ssh, ...sources.ansible].join(" and ") || "no file";
    if (!talk.interactive || hasSource(call)) {
      const hint = "name another: --ssh-config FILE or --ansible FILE, or write hosts: by hand (README.md)";
      return failure(false, "no-hosts", `${where} names no host`, hint, USAGE);
    }
    talk.say(
      `  ${where} names no host. Name another file, or one host as you type it after ssh: ops@198.51.100.6`,
    );
  }
}

const SOURCES = ["ssh-config", "ansible"] as const;

function hasSource(call: Call): boolean {
  return SOURCES.some((name) => call.text(name) !== undefined);
}

/** The files that the call names, absolute. */
export function namedSources(call: Call): string[] {
  return SOURCES.flatMap((name) => {
    const file = call.text(name);
    return file === undefined ? [] : [resolve(file)];
  });
}

async function sourcesOf({ around, talk }: InitPlace, call: Call): Promise<Sources | Answer> {
  const files = namedSources(call);
  const absent = files.find((file) => !existsSync(file));
  if (absent !== undefined)
    return failure(false, "no-file", `${absent} cannot be found`, "correct --ssh-config or --ansible", USAGE);
  const list = (name: string): string[] => {
    const file = call.text(name);
    return file === undefined ? [] : [resolve(file)];
  };
  if (files.length > 0) return { ssh: list("ssh-config"), ansible: list("ansible"), typed: {} };
  const usual = join(around.home, ".ssh", "config");
  if (!talk.interactive) return { ssh: [usual], ansible: [], typed: {} };
  const asked = await talk.ask(
    `Hosts from which file? An SSH configuration [${usual}], an Ansible inventory, or one host as after ssh: `,
  );
  const file = asked === "" ? usual : resolve(asked);
  if (!existsSync(file)) return { ssh: [], ansible: [], typed: typedHost(asked) };
  const isSsh = /^\s*(?:Host|Match|Include)\s/im.test(around.read(file) ?? "");
  return isSsh ? { ssh: [file], ansible: [], typed: {} } : { ssh: [], ansible: [file], typed: {} };
}

/** `[USER@]HOST[:PORT]`; nothing for a path or a word that is no host. */
function typedHost(text: string): Record<string, object> {
  const [, user, hostName, port] = /^(?:([\w.-]+)@)?([A-Za-z0-9][\w.-]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (hostName === undefined) return {};
  const entry = {
    hostName,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
  return { [hostName]: entry };
}

/** An empty entry takes everything from the named files, so that nothing is written down twice. */
function configText(
  names: readonly string[],
  { ssh, ansible, typed }: Sources,
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
