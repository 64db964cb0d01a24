import { parseNginxDump, parseNginxGrep, type NginxConfig } from "../parsers/nginx-config.ts";
import { nginxRoutes, type NginxRoutes } from "../parsers/nginx-routes.ts";
import { type Shadowed, shadowedServers } from "../parsers/nginx-shadowed.ts";
import { parseNginxTest, type NginxTest } from "../parsers/nginx-test.ts";
import { parseNginxVersion, type NginxBuild } from "../parsers/nginx-version.ts";
import { nginxProcesses, type NginxProcess } from "../parsers/ps-roles.ts";
import type { Processes } from "../parsers/ps.ts";
import type { FactSet } from "./facts.ts";
import { routesOf, type Route } from "./topology.ts";

/** nginx as it was seen: its processes, configuration and routes; undefined where it could not be looked at. */
export interface NginxView {
  readonly processes?: readonly NginxProcess[];
  readonly config?: NginxConfig;
  readonly routes?: NginxRoutes;
  readonly all: readonly Route[];
  /** Servers of the configuration that are not among the routes: nginx never asks them. */
  readonly shadowed: readonly Shadowed[];
  readonly build?: NginxBuild;
  readonly test?: NginxTest;
}

/** Joins `nginx -T`, or the files where it is not permitted, with the process list. */
export function nginxView(facts: FactSet): NginxView {
  const processes = facts.one<Processes>("processes");
  const version = facts.results("nginx-version")[0];
  const build = version?.end === "exited" ? parseNginxVersion(version.stderr + version.stdout) : undefined;
  const dump = facts.results("nginx-config")[0];
  const ran = dump?.end === "exited" || dump?.end === "cut";
  const test = ran ? parseNginxTest(dump.stderr) : undefined;
  const config = configOf(facts);
  const paths = {
    ...(build?.prefix === undefined ? {} : { prefix: build.prefix }),
    errorLogPath: build?.errorLogPath ?? "/var/log/nginx/error.log",
    accessLogPath: build?.accessLogPath ?? "/var/log/nginx/access.log",
  };
  const each = [
    ...(config && config.directives.length > 0 ? [nginxRoutes(config, paths)] : []),
    ...otherRoutes(facts),
  ].map((one) => ({ routes: one, shadowed: shadowedServers(one.servers) }));
  const routes = joined(each.map(asked));
  return {
    ...(processes ? { processes: nginxProcesses(processes.processes) } : {}),
    ...(config ? { config } : {}),
    ...(routes ? { routes } : {}),
    all: routes ? routesOf(routes) : [],
    shadowed: each.flatMap(({ shadowed }) => shadowed),
    ...(build ? { build } : {}),
    ...(test ? { test } : {}),
  };
}

/** The routes of masters that run another configuration than the default one. */
function otherRoutes(facts: FactSet): NginxRoutes[] {
  return ["nginx-config-other", "nginx-config-local", "nginx-config-openresty", "nginx-config-angie"]
    .flatMap((check) => facts.results(check))
    .filter((r) => r.end === "exited" || r.end === "cut")
    .map((r) => parseNginxDump(r.stdout))
    .filter((c) => c.directives.length > 0)
    .map((c) => nginxRoutes(c));
}

/** The routes without the servers that are never chosen. */
function asked({ routes, shadowed }: { routes: NginxRoutes; shadowed: readonly Shadowed[] }): NginxRoutes {
  const never = new Set(shadowed.map(({ server }) => server));
  return never.size === 0 ? routes : { ...routes, servers: routes.servers.filter((s) => !never.has(s)) };
}

function joined([main, ...rest]: readonly NginxRoutes[]): NginxRoutes | undefined {
  if (!main) return undefined;
  return {
    main: main.main,
    servers: [...main.servers, ...rest.flatMap((r) => r.servers)],
    upstreams: [...main.upstreams, ...rest.flatMap((r) => r.upstreams)],
    logFormats: [...main.logFormats, ...rest.flatMap((r) => r.logFormats)],
  };
}

function configOf(facts: FactSet): NginxConfig | undefined {
  const dump = facts.results("nginx-config")[0];
  if (dump && (dump.end === "exited" || dump.end === "cut")) {
    const parsed = parseNginxDump(dump.stdout);
    if (parsed.files.length > 0) return parsed;
  }
  const text = ["nginx-files", "nginx-sites"]
    .flatMap((check) => facts.results(check))
    .filter((r) => r.end === "exited" || r.end === "cut")
    .map((r) => r.stdout)
    .join("\n");
  return text.trim() === "" ? undefined : parseNginxGrep(text, { main: "/etc/nginx/nginx.conf" });
}
