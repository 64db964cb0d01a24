import { existsSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { parseJump } from "../inventory/hop.ts";
import { absolute } from "../inventory/files.ts";
import { HostEntry, HostName } from "../inventory/hosts.ts";
import { looksLikeToken } from "../inventory/secret.ts";

/** What somebody means who was asked where hosts are taken from. */
export type HostAnswer =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "absent"; readonly path: string }
  /** `sure`: it can be nothing but a host; else it may be a file's name or a word, misspelt. */
  | { readonly kind: "host"; readonly name: string; readonly entry: object; readonly sure: boolean }
  | { readonly kind: "neither" };

/** Endings of files that hold inventories; none of them ends a public name. */
const ENDS_AS_FILE = /\.(?:ini|ya?ml|json|toml|cfg|conf|config|txt|inv|inventory|hosts|bak|orig)$/i;
/** Endings of scripts and keys, some of which end public names, too. */
const MAY_END_AS_FILE = /\.(?:py|sh|pl|rb|js|ts|pub)$/i;

/** Reads the answer: a path (`~` is home), or a host as it is typed after ssh. */
export function readHostAnswer(typed: string, home: string): HostAnswer {
  const text = typed.replace(/^ssh(?: +|:\/\/)/, "");
  if (looksLikeToken(text)) return { kind: "neither" };
  const path = pathOf(text, home);
  if (existsSync(path)) return { kind: "file", path };
  const whole = text.includes("@");
  if (/^[~./]|[/\\]/.test(text) || (!whole && ENDS_AS_FILE.test(text))) return { kind: "absent", path };
  const { name: address, ...given } = isIP(text) === 0 ? parseJump(text) : { name: text };
  const name = isIP(address) === 6 ? address.replace(/^:/, "0:").replaceAll(":", "-") : address;
  const parsed = HostEntry.safeParse({ ...given, ...(name === address ? {} : { hostName: address }) });
  if (!parsed.success || !HostName.safeParse(name).success) return { kind: "neither" };
  const { groups: _groups, addresses: _addresses, ...entry } = parsed.data;
  const named = name.includes(".") && !MAY_END_AS_FILE.test(name);
  const sure = whole || entry.port !== undefined || isIP(address) !== 0 || named;
  return { kind: "host", name, entry, sure };
}

/** A path as a person names it at the prompt: a shell leaves the `~` of `--ansible=~/hosts` as it is. */
export function pathOf(text: string, home: string): string {
  return resolve(absolute(text, process.cwd(), home));
}
