import type { Plain } from "../parsers/plain.ts";
import type { FactSet } from "./facts.ts";

/** One php-fpm pool as configured. */
export interface PhpPool {
  readonly name: string;
  readonly file: string;
  /** "/run/php/php8.2-fpm.sock", "127.0.0.1:9000" or "9000". */
  readonly listen: string;
  readonly settings: ReadonlyMap<string, string>;
  /** Line of each setting. */
  readonly lines: ReadonlyMap<string, number>;
  /** The unit that runs it: "php8.2-fpm.service", or "php-fpm.service" on RHEL. */
  readonly unit: string;
}

/** Pools from `grep -rn ''` over php-fpm's configuration: `[name]` sections with a `listen`. */
export function phpPools(facts: FactSet): PhpPool[] {
  const pools: PhpPool[] = [];
  let file = "";
  let name = "";
  let settings = new Map<string, string>();
  let lines = new Map<string, number>();
  const flush = (): void => {
    const listen = settings.get("listen");
    if (listen !== undefined && name !== "")
      pools.push({
        name,
        file,
        listen: listen.replaceAll("$pool", name),
        settings,
        lines,
        unit: unitOf(file),
      });
    settings = new Map();
    lines = new Map();
  };
  for (const line of facts.one<Plain>("php-pools")?.lines ?? []) {
    const match = /^([^:]+):(\d+):(.*)$/.exec(line);
    if (!match) continue;
    const [, path = "", number, content = ""] = match;
    if (path !== file) {
      flush();
      file = path;
      name = "";
    }
    if (/^\s*;/.test(content)) continue;
    const section = /^\s*\[([^\]]+)\]/.exec(content)?.[1];
    if (section !== undefined) {
      flush();
      name = section === "global" ? "" : section;
    }
    const setting = /^\s*([\w.]+(?:\[[^\]]*\])?)\s*=\s*(.*?)\s*$/.exec(content);
    if (setting && !path.replace(/pool\.d.*/, "").endsWith("fpm.conf")) {
      settings.set(setting[1] ?? "", (setting[2] ?? "").replace(/^"(.*)"$/, "$1"));
      lines.set(setting[1] ?? "", Number(number));
    }
  }
  flush();
  return pools;
}

function unitOf(file: string): string {
  const version = /^\/etc\/php\/(\d+\.\d+)\/fpm\//.exec(file)?.[1];
  if (version !== undefined) return `php${version}-fpm.service`;
  const remi = /^\/etc\/opt\/remi\/(php\d+)\//.exec(file)?.[1];
  return remi === undefined ? "php-fpm.service" : `${remi}-php-fpm.service`;
}
