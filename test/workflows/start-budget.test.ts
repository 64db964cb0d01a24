import { expect, test } from "vitest";
import type { BoundFix } from "../../src/domain/fix.ts";
import { startedBy } from "../../src/workflows/start-budget.ts";
import { aBoundFix } from "../support/fix-stage.ts";

function fix(argv: readonly string[], runAs?: string): BoundFix {
  const [base] = aBoundFix().commands;
  return aBoundFix({ commands: [{ ...base!, argv: [...argv], ...(runAs === undefined ? {} : { runAs }) }] });
}

test.each([
  [["systemctl", "start", "--", "shop-api.service"], undefined, "systemctl shop-api.service"],
  [["systemctl", "restart", "shop-api.service"], undefined, "systemctl shop-api.service"],
  [["/usr/bin/systemctl", "--no-block", "restart", "a.service"], undefined, "systemctl a.service"],
  [["env", "PM2_HOME=/home/app/.pm2", "PATH=/opt/pm2", "pm2", "start", "shop"], "app", "pm2 app shop"],
  [["docker", "restart", "shop"], undefined, "docker shop"],
  [["systemctl", "enable", "--", "shop-api.service"], undefined, undefined],
  [["systemctl", "reset-failed", "shop-api.service"], undefined, undefined],
  [["systemctl", "reload", "nginx.service"], undefined, undefined],
  [["setfacl", "-m", "u:www-data:rw", "--", "/run/app.sock"], undefined, undefined],
])("%j starts %s → %s", (argv, runAs, service) => {
  expect(startedBy(fix(argv, runAs))).toBe(service);
});
