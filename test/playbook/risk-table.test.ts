import { describe, expect, test } from "vitest";
import { celEvaluator } from "../../src/diagnosis/cel-evaluator.ts";
import type { Scope } from "../../src/diagnosis/evaluator.ts";
import { riskOf, type Permits } from "../../src/diagnosis/fixes.ts";
import type { Risk } from "../../src/domain/diagnosis.ts";
import type { FixRule } from "../../src/domain/playbook.ts";
import { forbidden } from "../../src/playbook/forbidden.ts";
import { shippedPlaybooks } from "../support/recorded.ts";

/** The risk of every fix that is shipped where nothing raises it; "by hand" has no button at all. */
const TABLE: Readonly<Record<string, Risk | "by hand">> = {
  // starts of what is down
  "start-unit": "safe",
  "start-unit-once": "safe",
  "start-enable-unit": "safe",
  "enable-unit": "by hand",
  "reset-unit": "safe",
  "reset-start-socket": "safe",
  "unmask-unit": "disruptive",
  "daemon-reload-start": "disruptive",
  "runtime-dir": "safe",
  "pm2-start": "safe",
  "pm2-start-once": "safe",
  "pm2-start-save": "safe",
  "pm2-resurrect": "safe",
  "pm2-resurrect-startup": "disruptive",
  "supervisor-start": "safe",
  "docker-start": "safe",
  "compose-up": "disruptive",
  "docker-unpause": "disruptive",
  "start-docker": "safe",
  "start-resolver": "safe",
  "nginx-start": "safe",
  "continue-process": "disruptive",
  // what interrupts something that runs
  "restart-unit": "disruptive",
  "restart-active-unit": "disruptive",
  "pm2-restart": "disruptive",
  "pm2-reload": "disruptive",
  "docker-restart": "disruptive",
  "reload-pool": "disruptive",
  "nginx-reload": "disruptive",
  "nginx-resolve-anew": "disruptive",
  "kill-orphan": "dangerous",
  // who may what
  "socket-acl": "safe",
  "dir-acl": "safe",
  "temp-dir-owner": "safe",
  "selinux-boolean": "disruptive",
  "selinux-port": "disruptive",
  "restore-context": "disruptive",
  "open-firewall": "dangerous",
  // limits and space
  "raise-backlog": "disruptive",
  "raise-files": "safe",
  "widen-ports": "disruptive",
  "vacuum-journal": "safe",
  "reopen-logs": "safe",
  "apt-clean": "safe",
  "dnf-clean": "safe",
  // edits, each with approve:edit besides
  "edit-proxy-port": "disruptive",
  "edit-proxy-address": "disruptive",
  "edit-socket-path": "disruptive",
  "edit-buffers": "disruptive",
  "edit-sni": "disruptive",
  "edit-pool-mode": "disruptive",
  "edit-pool-group": "disruptive",
  "edit-nginx-files": "disruptive",
  "add-nginx-files": "disruptive",
  "edit-worker-connections": "disruptive",
  "edit-read-timeout": "disruptive",
  "add-read-timeout": "disruptive",
};

const loaded = [...shippedPlaybooks().values()];
const fixes = new Map<string, FixRule>(
  loaded.flatMap(({ playbook }) => playbook.fixes.map((f): [string, FixRule] => [f.id, f])),
);
const every = [...fixes.values()];
const acts = (f: FixRule): string[] => f.commands.map((c) => c.argv.join(" "));
const undoes = (f: FixRule): string[] => f.rollback.map((c) => c.argv.join(" "));
const doing = (pattern: RegExp): FixRule[] => every.filter((f) => acts(f).some((a) => pattern.test(a)));
const ids = (list: readonly FixRule[]): string[] => list.map((f) => f.id).toSorted();

/** Starts an application, whoever manages it. */
const STARTS =
  /^systemctl (?:start|restart|unmask)|(?:^| )pm2 (?:start|resurrect|restart|reload)|^supervisorctl start|^docker (?:start|restart|unpause|compose)/;
const ENABLES = /^systemctl enable|pm2 startup/;
/** They start no application anew: docker's daemon brings back the containers that ran under it. */
const NO_APPLICATION = ["nginx-start", "start-resolver", "start-docker"];

test("every shipped fix has its row, with the risk that the playbook gives it", () => {
  const shipped = Object.fromEntries(every.map((f) => [f.id, f.byHand ? "by hand" : f.risk]));
  expect(shipped).toEqual(TABLE);
});

describe("a fix that", () => {
  test("starts or enables asks first whether that is a database, a broker or a cluster's", () => {
    for (const f of [...doing(STARTS), ...doing(ENABLES)])
      expect({ [f.id]: /!service\.protected|in host\.clusterUnits\)/.test(f.when) }).toEqual({
        [f.id]: true,
      });
    expect(doing(STARTS).length).toBeGreaterThan(20);
  });

  test("starts what is down is not safe where the start may run a migration", () => {
    for (const f of doing(STARTS).filter((one) => !NO_APPLICATION.includes(one.id))) {
      const raised = f.riskWhen.some((r) => r.when === "service.migrates" && r.risk === "disruptive");
      expect({ [f.id]: raised || f.risk !== "safe" }).toEqual({ [f.id]: true });
    }
  });

  test("starts is never rolled back by a stop: the application may still be booting", () => {
    for (const f of doing(STARTS))
      expect({ [f.id]: undoes(f).filter((a) => /\b(?:stop|kill|down|rm|delete)\b/.test(a)) }).toEqual({
        [f.id]: [],
      });
  });

  test("reloads nginx or systemd is disruptive and names the files that are newer than what is loaded", () => {
    const reloads = doing(/^systemctl (?:daemon-reload|reload -- \$\{nginx)/);
    for (const f of reloads) {
      const named = /\$\{(?:nginx\.pendingFiles|host\.changedUnits)\}/.test(f.title);
      // An edit's title says so where there are any (edit.ts).
      expect({ [f.id]: [f.risk, named || f.edit !== undefined] }).toEqual({ [f.id]: ["disruptive", true] });
    }
    expect(ids(reloads)).toContain("nginx-reload");
    expect(ids(reloads)).toContain("daemon-reload-start");
  });

  test("brings pm2's applications back does so where no daemon runs, and ends none", () => {
    const all = doing(/pm2 resurrect/);
    expect(ids(all)).toEqual(["pm2-resurrect", "pm2-resurrect-startup"]);
    for (const f of all) expect(f.when).toContain("!app.daemon && app.dumped");
    for (const f of every) expect([...acts(f), ...undoes(f)].join("\n")).not.toMatch(/pm2 (?:kill|delete)/);
  });

  test("saves pm2's list says before what it adds and what it drops", () => {
    const all = doing(/pm2 save/);
    expect(ids(all)).toEqual(["pm2-start-save"]);
    for (const f of all) expect(f.title).toMatch(/\$\{app\.saves\}.*\$\{app\.drops\}/);
  });

  test("shrinks the journal keeps what it says first", () => {
    const all = doing(/--vacuum/);
    expect(ids(all)).toEqual(["vacuum-journal"]);
    for (const f of all) {
      const [first, ...rest] = f.commands;
      expect(first).toMatchObject({ keep: true });
      expect(first?.argv.join(" ")).toMatch(/^journalctl -r --since=/);
      expect(rest.map((c) => c.argv.join(" "))).toEqual(["journalctl --vacuum-size=200M"]);
    }
  });

  test("changes what the kernel or a process has until it ends says that it is lost", () => {
    const all = [...doing(/^sysctl /), ...doing(/^prlimit /)];
    expect(ids(all)).toEqual(["raise-backlog", "raise-files", "widen-ports"]);
    for (const f of all) expect(f.title).toMatch(/\(lost (?:at the next reboot|when it is restarted)\)/);
  });

  test("changes what SELinux allows needs an approver whom the policy names, else it is dangerous", () => {
    const all = doing(/^(?:setsebool|semanage|restorecon|chcon) /);
    expect(ids(all)).toEqual(["restore-context", "selinux-boolean", "selinux-port"]);
    for (const f of all) expect(f.guard).toBe("selinux");
  });

  test("ends a process or opens a firewall is dangerous", () => {
    for (const f of doing(/^(?:kill (?!-CONT)|iptables |nft |firewall-cmd |ufw )/))
      expect({ [f.id]: f.risk }).toEqual({ [f.id]: "dangerous" });
  });

  test("brings up a compose project brings up one service, and builds and pulls nothing", () => {
    for (const f of doing(/^docker compose/))
      expect(acts(f).join()).toMatch(
        / up --detach --no-deps --no-build --pull never \$\{container\.service\}$/,
      );
  });

  test("does what is never done is none of them, not to take something back either", () => {
    for (const f of every)
      for (const c of [...f.commands, ...f.rollback])
        expect({ [f.id]: forbidden(c.argv)?.because }).toEqual({ [f.id]: undefined });
  });
});

describe("what raises the risk", () => {
  const environment = loaded.find(({ playbook }) => playbook.name === "502")?.environment;
  if (environment === undefined) throw new Error("the playbook is not shipped");
  const evaluate = celEvaluator(environment);
  const NONE: Permits = { dangerous: false, edits: false, selinux: false, managedFiles: false };
  const risk = (id: string, scope: Scope, permits = NONE): Risk => {
    const rule = fixes.get(id);
    if (rule === undefined) throw new Error(`no fix ${id}`);
    return riskOf(rule, scope, evaluate, permits);
  };
  const plain = { migrates: false };
  const unit = { unitFileState: "enabled", stoppedByPerson: false };

  test.each<[string, string, Scope, Risk]>([
    ["start-unit", "nothing", { service: plain, unit }, "safe"],
    ["start-unit", "a migration", { service: { migrates: true }, unit }, "disruptive"],
    ["start-unit", "that it is not known", { service: {}, unit }, "disruptive"],
    ["start-unit", "a person", { service: plain, unit: { ...unit, stoppedByPerson: true } }, "disruptive"],
    [
      "start-unit",
      "retirement",
      { service: plain, unit: { ...unit, unitFileState: "disabled" } },
      "disruptive",
    ],
    ["start-unit-once", "a migration", { service: { migrates: true } }, "disruptive"],
    ["start-enable-unit", "a migration", { service: { migrates: true } }, "disruptive"],
    ["reset-unit", "a migration", { service: { migrates: true } }, "disruptive"],
    ["reset-start-socket", "a migration", { service: { migrates: true } }, "disruptive"],
    ["runtime-dir", "a migration", { service: { migrates: true } }, "disruptive"],
    ["supervisor-start", "a migration", { service: { migrates: true } }, "disruptive"],
    ["pm2-start", "a migration", { service: { migrates: true } }, "disruptive"],
    ["pm2-start-once", "a migration", { service: { migrates: true } }, "disruptive"],
    ["pm2-resurrect", "a migration", { service: { migrates: true } }, "disruptive"],
    ["pm2-start-save", "nothing", { service: plain, app: { drops: [] } }, "safe"],
    ["pm2-start-save", "what is dropped", { service: plain, app: { drops: ["old"] } }, "disruptive"],
    ["docker-start", "nothing", { service: plain, container: { exitCode: 0 } }, "safe"],
    ["docker-start", "a failure", { service: plain, container: { exitCode: 1 } }, "disruptive"],
    ["dir-acl", "nothing", { socket: { blockedAt: "/run/shop" } }, "safe"],
    ["dir-acl", "somebody's home", { socket: { blockedAt: "/home/app" } }, "disruptive"],
  ])("%s: %s", (id, _what, scope, expected) => {
    expect(risk(id, scope)).toBe(expected);
  });

  test.each(["selinux-boolean", "selinux-port", "restore-context"])("%s: nobody is named for it", (id) => {
    expect(risk(id, {})).toBe("dangerous");
    expect(risk(id, {}, { ...NONE, selinux: true })).toBe("disruptive");
  });
});
