import { basename, dirname } from "node:path";
import type { YamlSource } from "../playbook/yaml-source.ts";

/** The plain value of a file. @throws Error with the file's name */
export function valueOf(source: YamlSource): unknown {
  try {
    return source.value();
  } catch (error) {
    // An alias without its anchor, or aliases that would expand without end.
    const because = error instanceof Error ? error.message : String(error);
    throw new Error(`${source.file}: ${because}`, { cause: error });
  }
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A variable's value as text. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** True for a file or a value that only the vault's password opens, in YAML or as `ansible-inventory` prints it. */
export function isEncrypted(text: string): boolean {
  return /^\s*(?:\$ANSIBLE_VAULT;|\{"__ansible_vault")/.test(text);
}

/** True for a text that only Ansible can fill in. */
export function isTemplate(text: string): boolean {
  return /\{[{%]/.test(text);
}

/** Fills in what is known of any host: its name and the inventory's place. Other templates stay as they are. */
export function fillIn(text: string, host: string, file: string): string {
  const known: Readonly<Record<string, string>> = {
    inventory_hostname: host,
    inventory_hostname_short: host.split(".")[0] ?? host,
    inventory_dir: dirname(file),
    inventory_file: file,
  };
  return text.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(known, name) ? (known[name] ?? whole) : whole,
  );
}

/** What to do with an inventory that is no text of hosts. */
export function madeReadable(path: string, what: string): Error {
  const list = `ansible-inventory -i ${path} --list > ${basename(path).replace(/\.\w+$/, "")}.json`;
  return new Error(`${path} is ${what}: let Ansible write one file of it, and name that instead: ${list}`);
}
