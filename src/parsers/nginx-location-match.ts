import type { NginxLocation } from "./nginx-locations.ts";
import { matchesNginxRegex } from "./nginx-regex.ts";

export interface NginxLocationMatch {
  /** undefined: the server's own settings answer. */
  readonly location?: NginxLocation;
  /** nginx answers 301 to the same path with a slash (`location /a/ { proxy_pass … }`, request "/a"). */
  readonly redirect: boolean;
  /** Regular expressions on the way that could not be tried: each may have matched instead. */
  readonly untried: readonly NginxLocation[];
}

/**
 * Finds the location for a path (a query is cut off), after ngx_http_core_find_location: exact, longest
 * prefix with its nested locations, then regular expressions in order unless the prefix is "^~".
 */
export function matchLocation(
  server: { readonly locations: readonly NginxLocation[] },
  path: string,
): NginxLocationMatch {
  const untried: NginxLocation[] = [];
  const found = find(server.locations, normalizeNginxPath(path), untried);
  return {
    ...(found.location === undefined ? {} : { location: found.location }),
    redirect: found.redirect === true,
    untried,
  };
}

interface Found {
  location?: NginxLocation;
  redirect?: true;
  /** Regular expressions of the blocks around are not asked any more. */
  final: boolean;
}

function find(locations: readonly NginxLocation[], path: string, untried: NginxLocation[]): Found {
  const exact = locations.find((each) => each.modifier === "=" && each.path === path);
  if (exact !== undefined) return { location: exact, final: true };
  const prefix = longestPrefix(locations, path);
  const slash = locations.find((each) => isPrefix(each) && each.path === `${path}/`);
  if (prefix?.path !== path && slash?.pass !== undefined)
    return { location: slash, redirect: true, final: true };

  let location = prefix;
  if (prefix !== undefined) {
    const nested = find(prefix.locations, path, untried);
    if (nested.final) return nested;
    location = nested.location ?? prefix;
  }
  if (prefix?.modifier !== "^~") {
    for (const regex of locations) {
      if (regex.modifier !== "~" && regex.modifier !== "~*") continue;
      const matched = matchesNginxRegex(regex.path, path, regex.modifier === "~*");
      if (matched === undefined) untried.push(regex);
      else if (matched)
        return { location: find(regex.locations, path, untried).location ?? regex, final: true };
    }
  }
  return location === undefined ? { final: false } : { location, final: false };
}

const isPrefix = ({ modifier }: Modified) => modifier === "" || modifier === "^~";

type Modified = Pick<NginxLocation, "modifier">;

/** True for a location whose path is a path, exact or the beginning of one: no expression, no name. */
export const isPath = (location: Modified): boolean => location.modifier === "=" || isPrefix(location);

function longestPrefix(locations: readonly NginxLocation[], path: string): NginxLocation | undefined {
  let best: NginxLocation | undefined;
  for (const each of locations) {
    if (!isPrefix(each) || !path.startsWith(each.path)) continue;
    if (best === undefined || each.path.length > best.path.length) best = each;
  }
  return best;
}

/** The path nginx compares: without query, percent-decoded, slashes merged, "." and ".." resolved. */
export function normalizeNginxPath(path: string): string {
  const plain = path.split(/[?#]/, 1)[0] ?? "";
  const parts: string[] = [];
  const decoded = decode(plain).split("/");
  decoded.forEach((part, at) => {
    const last = at === decoded.length - 1;
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
    if (last && (part === "" || part === "." || part === "..") && decoded.length > 1) parts.push("");
  });
  const joined = `/${parts.join("/")}`;
  return joined === "//" ? "/" : joined;
}

/** Percent-decoding that leaves alone what is no UTF-8. */
function decode(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) => {
    try {
      return decodeURIComponent(bytes);
    } catch {
      return bytes;
    }
  });
}
