import type { z } from "zod";
import { isLoopback } from "./addresses.ts";
import { type FactSet, known } from "./facts.ts";
import type { PhpPool } from "./php-pools.ts";
import type { PoolFacts } from "./service-schema.ts";
import type { Service } from "./service.ts";
import type { Services } from "./services.ts";
import type { Peer } from "./topology.ts";

/**
 * The php-fpm pool that listens where nginx asks.
 * @param source the address that nginx's connections come from, where it is known
 */
export function poolFacts(
  peer: Peer | null,
  service: Service | undefined,
  all: Services,
  facts: FactSet,
  source: string | undefined,
): z.infer<typeof PoolFacts> {
  const pool =
    all.pools.find(
      (p) =>
        peer !== null &&
        (p.listen === peer.path || p.listen === String(peer.port) || p.listen.endsWith(`:${peer.port}`)),
    ) ?? all.pools.find((p) => p.unit === service?.unit?.id);
  if (!pool) {
    const read = facts.results("php-pools").some((r) => r.end === "exited" || r.end === "cut");
    return read ? { configTest: "none", refusesNginx: false } : {};
  }
  const setting = (key: string): string | undefined => pool.settings.get(key);
  const number = (key: string): number | undefined => {
    const value = Number.parseInt(setting(key) ?? "", 10);
    return Number.isNaN(value) ? undefined : value;
  };
  return known<z.infer<typeof PoolFacts>>({
    name: pool.name,
    listen: pool.listen,
    listenMode: setting("listen.mode"),
    listenOwner: setting("listen.owner"),
    listenGroup: setting("listen.group"),
    maxChildren: number("pm.max_children"),
    terminateTimeoutS: number("request_terminate_timeout"),
    file: pool.file,
    manager: setting("pm"),
    allowedClients: setting("listen.allowed_clients"),
    nginxFrom: source,
    unit: pool.unit,
    program: /^(?:php(\d+\.\d+)-fpm|php-fpm)\.service$/.test(pool.unit)
      ? pool.unit.replace(/^php([\d.]*)-fpm\.service$/, "php-fpm$1").replace(/\.service$/, "")
      : undefined,
    groupLine: pool.lines.get("listen.group"),
    modeLine: pool.lines.get("listen.mode"),
    slowlog: setting("slowlog")?.replaceAll("$pool", pool.name),
    ...configTest(pool.unit, facts),
    ...slowest(setting("slowlog")?.replaceAll("$pool", pool.name), facts),
    refusesNginx: peer?.kind === "tcp" ? refuses(setting("listen.allowed_clients"), source) : false,
  });
}

/** listen.allowed_clients names single addresses, or "any" (fpm_sockets.c); undefined: nginx's is not known. */
function refuses(allowed: string | undefined, source: string | undefined): boolean | undefined {
  if (allowed === undefined) return false;
  const list = allowed.split(/[\s,]+/);
  if (list.includes("any")) return false;
  if (source === undefined) return undefined;
  return !list.some((a) => a === source || (isLoopback(a) && isLoopback(source)));
}

/** The newest entry of a slow log (fpm_php_trace.c): its script, and the innermost function with its place. */
function slowest(
  path: string | undefined,
  facts: FactSet,
): Pick<z.infer<typeof PoolFacts>, "slowScript" | "slowAt"> {
  const log =
    facts.results("slow-logs").find((r) => path !== undefined && r.argv.at(-1) === path && r.exitCode === 0)
      ?.stdout ?? "";
  const entry = /[^]*^script_filename = (.{1,1000})\n(?:\[0x[0-9a-f]+\] (.{1,300}))?/m.exec(log);
  return known<ReturnType<typeof slowest>>({ slowScript: entry?.[1], slowAt: entry?.[2] });
}

/** What `php-fpm -t` of the pool's own version says. An error about a log that the login may not open says nothing. */
function configTest(
  unit: string,
  facts: FactSet,
): Pick<z.infer<typeof PoolFacts>, "configTest" | "configError"> {
  const version = /^php(\d+)\.(\d+)-fpm/.exec(unit);
  const test = facts
    .results(version ? `php-test-${version[1]}${version[2]}` : "php-test")
    .find((r) => r.end === "exited");
  const text = `${test?.stdout ?? ""}\n${test?.stderr ?? ""}`;
  if (/test is successful/.test(text)) return { configTest: "ok" };
  const error = /(?:ERROR|ALERT): (?!FPM initialization failed)(.{1,300})/.exec(text)?.[1];
  if (error === undefined || /failed to open (?:error_log|access log)|Permission denied/.test(text))
    return {};
  return { configTest: "failed", configError: error };
}

/**
 * "php8.2-fpm.service: [pool shop] …": each php-fpm whose configuration on disk fails its own test.
 * @returns undefined where no version with pools could be tested
 */
export function brokenConfigs(pools: readonly PhpPool[], facts: FactSet): string[] | undefined {
  const units = [...new Set(pools.map((p) => p.unit))];
  const tests = units
    .map((unit) => ({ unit, ...configTest(unit, facts) }))
    .filter((t) => t.configTest !== undefined);
  if (tests.length === 0) return undefined;
  return tests.filter((t) => t.configTest === "failed").map((t) => `${t.unit}: ${t.configError}`);
}
