import type { Hop } from "../domain/host.ts";
import { absolute, type Surroundings } from "./files.ts";
import type { HostEntry } from "./hosts.ts";
import type { SshSettings } from "./ssh-config.ts";

export interface HopContext {
  readonly around: Surroundings;
  /** Where the configuration's relative paths start. */
  readonly directory: string;
  readonly entry: (name: string) => HostEntry | undefined;
  readonly settings: (name: string) => SshSettings;
}

const DEFAULT_IDENTITIES = ["id_ed25519", "id_ecdsa", "id_rsa"];
const DEFAULT_CONNECT_MS = 10_000;
const DEFAULT_ALIVE_MS = 5000;

/** `[user@]host[:port]` or `ssh://…`, as ProxyJump writes it. */
export function parseJump(spec: string): { name: string; user?: string; port?: number } {
  const text = spec.replace(/^ssh:\/\//, "").replace(/\/$/, "");
  const at = text.lastIndexOf("@");
  const user = at > 0 ? { user: text.slice(0, at) } : {};
  const rest = text.slice(at + 1);
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(rest);
  const plain = /^([^:]+):(\d+)$/.exec(rest);
  const [, name = rest, port] = bracketed ?? plain ?? [];
  return { name, ...user, ...(port === undefined ? {} : { port: Number(port) }) };
}

/** One hop by name or jump specification, and the specifications of the hops before it. */
export function hopOf(spec: string, context: HopContext): { hop: Hop; jumps: string[] } {
  const { name, ...given } = parseJump(spec);
  const { around } = context;
  const own = context.entry(name);
  const ssh = context.settings(name);
  const first = (keyword: string): string | undefined => ssh.values.get(keyword)?.[0];
  const user = given.user ?? own?.user ?? first("user") ?? around.user;
  const port = given.port ?? own?.port ?? integer(first("port")) ?? 22;
  const named = own?.hostName ?? first("hostname") ?? name;
  const hostName = named.replaceAll("%h", name).replaceAll("%%", "%");
  const expand = (text: string): string => expandTokens(text, { name, hostName, user, port }, around);
  const ownPath = (text: string): string => absolute(expand(text), context.directory, around.home);
  // ssh_config's relative paths start at the directory ssh is run in; ~/.ssh is what is meant.
  const sshPath = (text: string): string => absolute(expand(text), `${around.home}/.ssh`, around.home);
  const sshPaths = (keyword: string): string[] | undefined =>
    ssh.values.get(keyword)?.flatMap((value) => value.split(/[ \t]+/).map(sshPath));
  const identities = own?.identityFile?.map(ownPath) ?? ssh.values.get("identityfile")?.map(sshPath);
  const certificates = own?.certificateFile?.map(ownPath) ?? ssh.values.get("certificatefile")?.map(sshPath);
  const alias = own?.hostKeyAlias ?? first("hostkeyalias");
  const jumpSpec = own?.proxyJump ?? first("proxyjump")?.split(",");
  const jumps = (jumpSpec ?? []).flatMap((jump) => jump.split(",")).map((jump) => expand(jump.trim()));
  const direct = jumps.some((jump) => jump.toLowerCase() === "none");
  // Its own proxyJump takes the place of a ProxyCommand.
  const overruled = own?.proxyJump !== undefined && /ProxyCommand/.test(ssh.refused ?? "");
  const aliveSeconds = integer(first("serveraliveinterval"));
  const hop: Hop = {
    name,
    hostName,
    port,
    user,
    identityFiles: (identities ?? DEFAULT_IDENTITIES.map((file) => `${around.home}/.ssh/${file}`)).filter(
      (file) => !/(^|\/)none$/i.test(file),
    ),
    identitiesNamed: identities !== undefined,
    identitiesOnly: own?.identitiesOnly ?? first("identitiesonly")?.toLowerCase() === "yes",
    identityAgent: agentOf(own?.identityAgent, first("identityagent"), ownPath, sshPath, around),
    knownHostsFiles: [
      ...(own?.userKnownHostsFile?.map(ownPath) ??
        sshPaths("userknownhostsfile") ?? [
          `${around.home}/.ssh/known_hosts`,
          `${around.home}/.ssh/known_hosts2`,
        ]),
      ...(own?.globalKnownHostsFile?.map(ownPath) ??
        sshPaths("globalknownhostsfile") ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]),
    ],
    connectTimeoutMs: own?.connectTimeout ?? (integer(first("connecttimeout")) ?? 0) * 1000,
    serverAliveIntervalMs: own?.serverAliveInterval ?? (aliveSeconds ?? 0) * 1000,
    serverAliveCountMax: own?.serverAliveCountMax ?? integer(first("serveralivecountmax")) ?? 3,
    ...(certificates === undefined ? {} : { certificateFiles: certificates }),
    ...(alias === undefined ? {} : { hostKeyAlias: alias }),
    ...(ssh.refused === undefined || overruled ? {} : { refused: ssh.refused }),
  };
  if (hop.connectTimeoutMs <= 0) hop.connectTimeoutMs = DEFAULT_CONNECT_MS;
  if (hop.serverAliveIntervalMs <= 0) hop.serverAliveIntervalMs = DEFAULT_ALIVE_MS;
  return { hop, jumps: direct ? [] : jumps };
}

interface Tokens {
  readonly name: string;
  readonly hostName: string;
  readonly user: string;
  readonly port: number;
}

/** The tokens of ssh_config(5) that need no program: %h %n %r %p %d %u %%, and ${VARIABLE}. */
function expandTokens(text: string, tokens: Tokens, around: Surroundings): string {
  const table: Record<string, string> = {
    "%": "%",
    h: tokens.hostName,
    n: tokens.name,
    r: tokens.user,
    p: String(tokens.port),
    d: around.home,
    u: around.user,
  };
  return text
    .replaceAll(/%([%hnrpdu])/g, (_, letter: string) => table[letter] ?? "")
    .replaceAll(/\$\{(\w+)\}/g, (whole, variable: string) => around.env[variable] ?? whole);
}

function agentOf(
  own: string | undefined,
  ssh: string | undefined,
  ownPath: (text: string) => string,
  sshPath: (text: string) => string,
  around: Surroundings,
): string | null {
  const given = own ?? ssh;
  if (given?.toLowerCase() === "none") return null;
  if (given === undefined || given === "SSH_AUTH_SOCK") return around.env["SSH_AUTH_SOCK"] || null;
  if (given.startsWith("$")) return around.env[given.replaceAll(/[${}]/g, "")] || null;
  return own === undefined ? sshPath(given) : ownPath(given);
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
