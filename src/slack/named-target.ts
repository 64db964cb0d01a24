/** What a text speaks of: a host, the address that was complained about, or both. */
export interface NamedTarget {
  readonly host?: string;
  readonly url?: string;
}

/** What is known of the inventory. */
export interface Known {
  /** The listed names. */
  readonly names: readonly string[];
  /** Whether the inventory knows a name that is not among them. */
  host(name: string): boolean;
  /** The hosts behind a URL's name; undefined: no site of ours, as the link to a dashboard. */
  site(url: string): readonly string[] | undefined;
}

/**
 * Finds the host that a text speaks of: a name of the inventory as a word of its own, else any word that the inventory
 * knows, such as the name in a URL. Of several hosts the first one named counts, and the first URL at a site of ours; a
 * URL that the named host does not serve is left out.
 */
export function namedTarget(text: string, known: Known): NamedTarget | undefined {
  const words = [...text.matchAll(/[A-Za-z0-9][A-Za-z0-9._-]*/g)].map(([w]) => w.replace(/[._-]+$/, ""));
  const listed = new Set(known.names);
  const host = words.find((w) => listed.has(w)) ?? words.find((w) => known.host(w));
  const urls = [...text.matchAll(/https?:\/\/[^\s<>|"'`)\]]+/gi)].map(([u]) => u.replace(/[.,;:!?]+$/, ""));
  const ours = urls
    .filter((u) => URL.canParse(u))
    .flatMap((url) => {
      const hosts = known.site(url);
      return hosts === undefined ? [] : [{ url, hosts }];
    });
  if (host === undefined) return ours[0] === undefined ? undefined : { url: ours[0].url };
  const url = ours.find(({ hosts }) => hosts.includes(host))?.url;
  return { host, ...(url === undefined ? {} : { url }) };
}
