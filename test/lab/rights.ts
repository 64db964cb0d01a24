import type { LabHost } from "./host.ts";
import { Product } from "./product.ts";
import type { Scenario } from "./scenario.ts";

/** Fixes and stacks that need the block of rules which equals root. */
const ROOT_EQUAL = /^(?:pm2|docker|compose|edit|add-|runtime-dir|temp-dir)/;

/**
 * Gives the account `plain`, which has no sudo of its own, exactly what `502 sudoers` prints for it; the block
 * that equals root only where the scenario's fix needs it.
 */
export async function grantRights(host: LabHost, scenario: Scenario): Promise<Product> {
  const { expect, docker, stacks } = scenario;
  const needsRoot =
    docker || ROOT_EQUAL.test(expect.fix ?? "") || stacks.some(({ use }) => use === "node-pm2");
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
