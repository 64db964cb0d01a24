import { sudoRules } from "../../src/playbook/sudo-rules.ts";
import { shippedPlaybooks } from "../support/recorded.ts";
import type { LabHost } from "./host.ts";
import { Product } from "./product.ts";
import type { Scenario } from "./scenario.ts";

/** Fixes that need a rule of the block which equals root. */
const ROOT_EQUAL = sudoRules([...shippedPlaybooks().values()].map(({ playbook }) => playbook))
  .filter((rule) => rule.block === "root-equal")
  .flatMap((rule) => rule.neededBy);

/**
 * Gives the account `plain`, which has no sudo of its own, exactly what `502 sudoers` prints for it; the block
 * that equals root only where the scenario's fix needs it.
 */
export async function grantRights(host: LabHost, scenario: Scenario): Promise<Product> {
  const { expect, docker, stacks } = scenario;
  const needsRoot =
    docker ||
    (expect.fix !== undefined && ROOT_EQUAL.some((by) => by.startsWith(`fix ${expect.fix}`))) ||
    // Its applications are another user's: looking at them needs all his rights.
    stacks.some(({ use }) => use === "node-pm2");
  const printer = await Product.on(host, "ops");
  try {
    const text = await printer.sudoers("plain", needsRoot);
    await host.sh(`cat > /etc/sudoers.d/fiveohtwo <<'LAB_EOF'
${text}
LAB_EOF
chmod 0440 /etc/sudoers.d/fiveohtwo
visudo -c >/dev/null`);
  } finally {
    await printer.close();
  }
  return await Product.on(host, "plain");
}
