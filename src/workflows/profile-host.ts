import type { BundledCommand } from "../domain/bundle.ts";
import type { HostProfile } from "../domain/host-profile.ts";
import { parseGetenforce } from "../parsers/getenforce.ts";
import { parseGetsebool } from "../parsers/getsebool.ts";
import { parseNginxVersion } from "../parsers/nginx-version.ts";
import { parseSsTcp } from "../parsers/ss-tcp.ts";
import { parseSystemctlShow } from "../parsers/systemctl-show.ts";

type Facet = Readonly<Record<string, string>>;

/**
 * What of a host should be the same on its peers: the nginx configuration file by file, nginx's version, units,
 * ports, SELinux and packages. A facet that could not be looked at is left out: it differs from nothing.
 */
export function profileOf(commands: readonly BundledCommand[]): HostProfile {
  const facets: [string, Facet | undefined][] = [
    ["nginx configuration", configuration(commands)],
    ["nginx", version(commands)],
    ["unit", units(commands)],
    ["port", ports(commands)],
    ["SELinux", selinux(commands)],
    ["package", packages(commands)],
  ];
  return Object.fromEntries(facets.filter((f): f is [string, Facet] => f[1] !== undefined));
}

function of(commands: readonly BundledCommand[], check: string): readonly BundledCommand[] {
  return commands.filter((c) => c.id === check || c.id.startsWith(`${check}#`));
}

function configuration(commands: readonly BundledCommand[]): Facet | undefined {
  const lines = of(commands, "config-hashes").flatMap((c) => [
    ...c.stdout.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm),
  ]);
  if (lines.length === 0) return undefined;
  return Object.fromEntries(lines.map((m) => [m[2] ?? "", `sha256 ${(m[1] ?? "").slice(0, 12)}…`]));
}

function version(commands: readonly BundledCommand[]): Facet | undefined {
  const [seen] = of(commands, "nginx-version");
  const build = seen?.end === "exited" ? parseNginxVersion(seen.stderr + seen.stdout) : undefined;
  return build === undefined ? undefined : { version: build.numbers.join(".") };
}

/** Services that are meant to run, or do, or have failed: what comes and goes by itself is left out. */
function units(commands: readonly BundledCommand[]): Facet | undefined {
  const [seen] = of(commands, "units");
  const show = seen === undefined ? undefined : parseSystemctlShow(seen);
  if (show === undefined) return undefined;
  const steady = show.units.filter(
    (u) =>
      u.id.endsWith(".service") && u.type !== "oneshot" && !u.id.includes("@") && u.loadState === "loaded",
  );
  const told = steady.flatMap((u): [string, string][] => {
    const enabled =
      u.unitFileState === "enabled" || u.unitFileState === "disabled" || u.unitFileState === "masked";
    const state = u.activeState === "active" || u.activeState === "failed" ? u.activeState : "inactive";
    if (state === "inactive" && u.unitFileState !== "enabled") return [];
    return [[u.id, enabled ? `${state}, ${u.unitFileState}` : state]];
  });
  return Object.fromEntries(told);
}

/** Below the ephemeral range, which differs by nature. */
const EPHEMERAL = 32_768;

function ports(commands: readonly BundledCommand[]): Facet | undefined {
  const [seen] = of(commands, "tcp-listeners");
  const listening = seen === undefined ? undefined : parseSsTcp(seen);
  if (listening === undefined) return undefined;
  const named = listening.listeners
    .filter((l) => l.port < EPHEMERAL)
    .map((l): [string, string] => [`${wide(l.address)}:${l.port}`, l.owners?.[0]?.name ?? "listening"]);
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A host's own addresses differ by nature; "any" and loopback do not. */
function wide(address: string): string {
  return /^(127\.|::1$|\[::1\]|0\.0\.0\.0$|\*$|::$|\[::\])/.test(address) ? address : "own address";
}

function selinux(commands: readonly BundledCommand[]): Facet | undefined {
  const [mode] = of(commands, "selinux-mode");
  const enforced = mode === undefined ? undefined : parseGetenforce(mode);
  const all = [...of(commands, "peer-booleans"), ...of(commands, "selinux-booleans")];
  const booleans = all.map((c) => parseGetsebool(c)).find((b) => b !== undefined);
  if (enforced === undefined && booleans === undefined) return undefined;
  const set = Object.entries(booleans?.booleans ?? {}).map(([k, v]): [string, string] => [
    k,
    v ? "on" : "off",
  ]);
  return Object.fromEntries([...(enforced === undefined ? [] : [["mode", enforced.mode] as const]), ...set]);
}

function packages(commands: readonly BundledCommand[]): Facet | undefined {
  const listed = [...of(commands, "peer-packages-deb"), ...of(commands, "peer-packages-rpm")]
    .filter((c) => c.end === "exited" && c.exitCode === 0)
    .flatMap((c) => c.stdout.split("\n"))
    .map((line) => line.trim().split(" "))
    .filter((words): words is [string, string] => words.length === 2);
  return listed.length === 0 ? undefined : Object.fromEntries(listed);
}
