import { cp } from "node:fs/promises";
import { join } from "node:path";
import { here } from "./paths.ts";
import type { LabHost } from "./host.ts";
import { slotDir } from "./record.ts";

/** One application to put on a host: the name of a script in stacks/, and its variables. */
export interface StackUse {
  use: string;
  vars: Record<string, string>;
}

const SHARE = "usr/local/share/stacks";

/** Every script of a scenario runs with the helpers of stacks/lib.sh in scope. */
export const prelude = `. /${SHARE}/lib.sh\n`;

/** Puts applications and their vhosts on a host, in this order, then makes nginx serve them. */
export async function install(host: LabHost, uses: readonly StackUse[], extra = ""): Promise<void> {
  await cp(join(here, "stacks"), join(slotDir(host.record.slot), "merged", SHARE), {
    recursive: true,
  });
  const parts = uses.map(({ use, vars }) => {
    const lines = Object.entries(vars).map(([name, value]) => `${name}=${quote(value)}`);
    return `(\n${lines.join("\n")}\n. /${SHARE}/${use}.sh\n)`;
  });
  await host.sh(`${prelude}${parts.join("\n")}\n${extra}\nserve\n`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
