import type { RunWorld, SiteHosts } from "./run-world.ts";

/** What the word behind `/502` means: one host, several as a group, or a site that nobody has written down. */
export type AskedFor =
  | {
      readonly kind: "host";
      readonly host: string;
      readonly url?: string;
      /** The public address to ask from here. */
      readonly site?: string;
    }
  | { readonly kind: "group"; readonly group: string; readonly site?: SiteHosts }
  | {
      readonly kind: "unknown-site";
      readonly text: string;
      /** What to type instead, behind the bot's own name, and what to add to 502.yml's `sites:`. */
      readonly instead: string;
      readonly site: string;
    };

/** Reads a host's name, "@group", a site's name or a URL. @param url the path that was complained about, said beside it */
export function askedFor(world: Pick<RunWorld, "findHost" | "site">, word: string, url?: string): AskedFor {
  if (word.startsWith("@")) return { kind: "group", group: word };
  const isUrl = /^https?:\/\//i.test(word) && URL.canParse(word);
  const plain = { kind: "host", host: word, ...(url === undefined ? {} : { url }) } as const;
  if (!isUrl && world.findHost(word) !== undefined) return plain;
  const site = world.site?.(word);
  if (site === undefined && !isUrl) return plain;
  const complaint = bare(isUrl ? word : (url ?? site?.url ?? ""));
  if (site === undefined) {
    const { hostname } = new URL(word);
    if (world.findHost(hostname) !== undefined) return { kind: "host", host: hostname, url: complaint };
    return {
      kind: "unknown-site",
      text: `Which hosts serve ${hostname} is not written in 502.yml.`,
      instead: `HOST --url ${complaint}`,
      site: `${hostname}: { hosts: [HOST] }`,
    };
  }
  const [host, ...more] = site.hosts;
  if (host !== undefined && more.length === 0) return { kind: "host", host, url: complaint, site: complaint };
  return { kind: "group", group: site.name, site: { ...site, url: complaint } };
}

/** Without what the bot never sends: credentials, query string and fragment. */
function bare(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
