import { expect, test } from "vitest";
import { forbidden, forbiddenEdit } from "../../src/playbook/forbidden.ts";
import { shippedPlaybooks } from "../support/recorded.ts";
import { load, said } from "./small-model.ts";

test.each([
  "setenforce 0",
  "/usr/sbin/setenforce Permissive",
  "semanage permissive -a httpd_t",
  "chmod 777 /run/shop.sock",
  "chmod -R 0777 /srv",
  "chmod 666 /run/shop.sock",
  "chmod o+w /run/shop.sock",
  "chmod a=rwx /run/shop.sock",
  "install -d -m 0777 -- /run/shop",
  "kill -9 4711",
  "kill -KILL 4711",
  "kill -s SIGKILL 4711",
  "pkill -9 node",
  "systemctl kill --signal=KILL shop.service",
  "docker kill shop",
  "pm2 kill",
  "pm2 restart all",
  "env PM2_HOME=/home/app/.pm2 pm2 restart all",
  "pm2 reload all",
  "supervisorctl restart all",
  "supervisorctl reload",
  "systemctl restart 'php*'",
  "sudo systemctl restart *",
  "curl -k https://127.0.0.1/",
  "curl -sk https://127.0.0.1/",
  "env NODE_TLS_REJECT_UNAUTHORIZED=0 pm2 start shop",
  "git -c http.sslVerify=false pull",
  "apt-get install -y nginx",
  "dnf upgrade",
  "sudo -- apt-get install nginx",
  "npm ci",
  "pip3 install flask",
  "docker compose up -d shop",
  "docker compose --file=/srv/compose.yml up --detach --no-deps --no-build shop",
])("%s is run by no fix", (line) => {
  expect(forbidden(line.split(" "))).toBeDefined();
});

test.each([
  [["sh", "-c", "systemctl stop a; kill -9 $1", "sh", "1"]],
  [["bash", "-ec", 'chmod 777 "$1"', "bash", "/run/x"]],
])("%j hides it in a shell's text", (argv) => {
  expect(forbidden(argv)).toBeDefined();
});

test.each([
  "systemctl restart -- all-in-one.service",
  "systemctl start -- shop.service",
  "systemctl reload -- nginx.service",
  "pm2 restart shop",
  "supervisorctl start shop",
  "kill 4711",
  "kill -CONT 4711",
  "install -d -o app -m 0755 -- /run/shop",
  "chmod 0660 /run/shop.sock",
  "setenforce 1",
  "apt-get clean",
  "dnf clean packages",
  "docker compose --file=/srv/compose.yml up --detach --no-deps --no-build --pull never shop",
  "journalctl --vacuum-size=200M",
  "env PM2_HOME=/home/app/.pm2 PATH=/usr/bin:/opt/k8s pm2 start shop",
])("%s may be one", (line) => {
  expect(forbidden(line.split(" "))).toBeUndefined();
});

test("an edit never leaves TLS unverified", () => {
  expect(forbiddenEdit('{"file": location.file, "add": ["proxy_ssl_verify off"]}')).toBeDefined();
  expect(forbiddenEdit('{"file": location.file, "add": ["proxy_ssl_server_name on"]}')).toBeUndefined();
});

test("a playbook with such a command is not loaded, and the place is named", () => {
  const errors = said(
    load(`
fixes:
  - id: fast
    title: "x"
    risk: safe
    commands:
      - { argv: [kill, "-9", "4711"] }
`),
  );
  expect(errors).toEqual([
    expect.stringMatching(/^p\/playbook.yml:7:.*no process is ever ended without being asked/),
  ]);
});

const books = [...shippedPlaybooks().values()].map((loaded) => loaded.playbook);
const fixes = books.flatMap((book) => book.fixes);

/** What starts, restarts or enables something, with the facts that say whose it is. */
const STARTS = /\b(?:start|restart|enable|unmask|resurrect|unpause|up|reload)\b/;
/** nginx, the resolver and docker's daemon are named by the rule itself; the others are whatever is meant to listen. */
const ANY_SERVICE = /\$\{(?:unit\.|app\.|container\.|service\.)/;

test("no fix starts or enables a database, a broker or a member of a cluster", () => {
  const starting = fixes.filter((fix) =>
    fix.commands.some(({ argv }) => STARTS.test(argv.join(" ")) && ANY_SERVICE.test(argv.join(" "))),
  );
  expect(starting.length).toBeGreaterThan(15);
  expect(starting.filter((fix) => !fix.when.includes("!service.protected")).map((fix) => fix.id)).toEqual([]);
});

test("no fix that starts an application is safe where the start may migrate its database", () => {
  const safe = fixes.filter(
    (fix) =>
      fix.risk === "safe" &&
      fix.commands.some(
        ({ argv }) => /\b(?:start|resurrect)\b/.test(argv.join(" ")) && ANY_SERVICE.test(argv.join(" ")),
      ),
  );
  expect(safe.length).toBeGreaterThan(8);
  expect(
    safe.filter((fix) => !fix.riskWhen.some((r) => r.when === "service.migrates")).map((f) => f.id),
  ).toEqual([]);
});

/** Point 6 of the issue, by what each changes: every one of them has a fix, with the risk that is asked for. */
const ASKED: Readonly<Record<string, readonly [fix: string, risk: string]>> = {
  start: ["start-unit", "safe"],
  "reset-failed and start": ["reset-unit", "safe"],
  restart: ["restart-unit", "disruptive"],
  "restart for relief": ["restart-active-unit", "disruptive"],
  "reload of a pool": ["reload-pool", "disruptive"],
  enable: ["start-enable-unit", "safe"],
  unmask: ["unmask-unit", "disruptive"],
  "daemon-reload": ["daemon-reload-start", "disruptive"],
  "pm2 start": ["pm2-start", "safe"],
  "pm2 restart": ["pm2-restart", "disruptive"],
  "pm2 reload": ["pm2-reload", "disruptive"],
  "pm2 resurrect": ["pm2-resurrect", "safe"],
  "pm2 save": ["pm2-start-save", "safe"],
  "pm2 startup": ["pm2-resurrect-startup", "disruptive"],
  "docker start": ["docker-start", "safe"],
  "docker restart": ["docker-restart", "disruptive"],
  "compose up": ["compose-up", "disruptive"],
  "nginx reload": ["nginx-reload", "disruptive"],
  "nginx reload for a name": ["nginx-resolve-anew", "disruptive"],
  "nginx start": ["nginx-start", "safe"],
  setsebool: ["selinux-boolean", "disruptive"],
  "semanage port": ["selinux-port", "disruptive"],
  restorecon: ["restore-context", "disruptive"],
  "socket ACL": ["socket-acl", "safe"],
  "pool mode": ["edit-pool-mode", "disruptive"],
  "pool group": ["edit-pool-group", "disruptive"],
  "runtime directory": ["runtime-dir", "safe"],
  "temp-dir owner": ["temp-dir-owner", "safe"],
  "journal vacuum": ["vacuum-journal", "safe"],
  "log reopen": ["reopen-logs", "safe"],
  "file descriptors of a backend": ["raise-files", "safe"],
  "file descriptors of nginx": ["add-nginx-files", "disruptive"],
  backlog: ["raise-backlog", "disruptive"],
  "port range": ["widen-ports", "disruptive"],
  firewall: ["open-firewall", "dangerous"],
  "kill of an orphan": ["kill-orphan", "dangerous"],
  "port mismatch": ["edit-proxy-port", "disruptive"],
  "socket path": ["edit-socket-path", "disruptive"],
  "time-outs": ["add-read-timeout", "disruptive"],
  buffers: ["edit-buffers", "disruptive"],
  SNI: ["edit-sni", "disruptive"],
};

test.each(Object.entries(ASKED))("%s has its fix, as a button, offered by a cause", (_what, [id, risk]) => {
  const fix = fixes.find((f) => f.id === id);
  expect(fix).toMatchObject({ risk, byHand: false });
  expect(books.some((b) => b.causes.some((c) => c.fixes.includes(id)))).toBe(true);
});

test("what changes SELinux is guarded: dangerous, unless the policy names who may approve it", () => {
  const selinux = fixes.filter((f) =>
    f.commands.some(({ argv }) => /^(?:setsebool|semanage|restorecon|chcon)$/.test(argv[0] ?? "")),
  );
  expect(new Set(selinux.map((f) => f.id)).size).toBe(3);
  for (const fix of selinux) expect(fix.guard).toBe("selinux");
});
