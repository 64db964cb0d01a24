import { isIP } from "node:net";
import type { Config } from "./config-schema.ts";

/** A public name with the hosts whose nginx serves it. */
export interface Site {
  readonly name: string;
  readonly hosts: readonly string[];
  /** What is asked when nobody names a path. */
  readonly url: string;
}

/**
 * The site of `sites:` that a word means: its name, or a URL at its name or at the host of its `url:`.
 * @param membersOf the hosts of a group, without "@"
 */
export function siteOf(
  word: string,
  sites: Config["sites"],
  membersOf: (group: string) => readonly string[],
): Site | undefined {
  const asked = URL.canParse(word) ? new URL(word).hostname : word;
  const wanted = asked.toLowerCase().replace(/\.$/, "");
  const entry = Object.entries(sites).find(
    ([name, site]) =>
      name.toLowerCase() === wanted || (site.url !== undefined && new URL(site.url).hostname === wanted),
  );
  if (entry === undefined) return undefined;
  const [name, site] = entry;
  const hosts = site.hosts.flatMap((h) => (h.startsWith("@") ? membersOf(h.slice(1)) : [h]));
  const url = site.url ?? `https://${isIP(name) === 6 ? `[${name}]` : name}/`;
  return { name, hosts: [...new Set(hosts)], url };
}
