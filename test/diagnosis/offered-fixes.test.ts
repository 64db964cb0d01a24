import { describe, expect, test } from "vitest";
import type { Bundle } from "../../src/domain/bundle.ts";
import type { Diagnosis, Fix } from "../../src/domain/diagnosis.ts";
import type { Permits } from "../../src/diagnosis/fixes.ts";
import { executeRun } from "../../src/workflows/execute-run.ts";
import type { Clock } from "../../src/workflows/ports.ts";
import { WEB_1 } from "../support/fix-stage.ts";
import { replayedShell } from "../support/replayed-shell.ts";
import { recorded, shippedPlaybooks } from "../support/recorded.ts";

type Said = Bundle["commands"][number];

const books = shippedPlaybooks();
const bundles = new Map(recorded().map((s) => [s.name, s.bundle]));
const ALL: Permits = { dangerous: true, edits: true, selinux: true, managedFiles: false };

function at(now: number): Clock {
  return { now: () => now, wait: async () => undefined };
}

/** What is offered on a recorded host, with what some of its commands printed put otherwise, or answers that it had not. */
async function offered(
  name: string,
  change: {
    readonly said?: (c: Said) => Partial<Said>;
    readonly more?: readonly Said[];
    readonly permits?: Permits;
  } = {},
): Promise<Diagnosis> {
  const bundle = bundles.get(name);
  const playbook = books.get(bundle?.playbook ?? "");
  if (bundle === undefined || playbook === undefined) throw new Error(`no scenario ${name}`);
  const commands = [...bundle.commands.map((c) => ({ ...c, ...change.said?.(c) })), ...(change.more ?? [])];
  const shell = replayedShell(() => ({ ...bundle, commands }));
  const input = { runId: "run-1", host: WEB_1, runMs: 60_000, permits: change.permits ?? ALL };
  return (await executeRun(input, playbook, { shell, clock: at(bundle.startedAt) })).diagnosis;
}

const fixOf = (d: Diagnosis, id: string): Fix | undefined => d.fixes.find((f) => f.id === id);
const added = (fix: Fix | undefined): string[] =>
  (fix?.diff ?? "")
    .split("\n")
    .filter((l) => /^[+-](?![+-])/.test(l))
    .map((l) => l.replace(/\s+/g, " "));

/** An answer that the recorded host had not been asked for. */
function answer(like: Said, id: string, argv: readonly string[], stdout: string): Said {
  return { ...like, id, argv: [...argv], stdout, stderr: "", exitCode: 0, end: "exited" };
}

function anyCommand(name: string): Said {
  const [first] = bundles.get(name)?.commands ?? [];
  if (first === undefined) throw new Error(`no scenario ${name}`);
  return first;
}

describe("edits of nginx's configuration", () => {
  test.each([
    [
      "response-header-too-big",
      "edit-buffers",
      ["+ proxy_buffer_size 16k;", "+ proxy_buffers 8 16k;", "+ proxy_busy_buffers_size 32k;"],
    ],
    [
      "response-header-too-big-php",
      "edit-buffers",
      ["+ fastcgi_buffer_size 16k;", "+ fastcgi_buffers 8 16k;", "+ fastcgi_busy_buffers_size 32k;"],
    ],
    [
      "tls-sni-missing",
      "edit-sni",
      ["+ proxy_ssl_server_name on;", "+ proxy_ssl_name tenants.example.test;"],
    ],
    ["nginx-nofile", "edit-nginx-files", ["-worker_rlimit_nofile 24;", "+worker_rlimit_nofile 65536;"]],
    [
      "nginx-worker-connections",
      "edit-worker-connections",
      ["- worker_connections 13;", "+ worker_connections 8192;"],
    ],
  ])("%s: %s changes these lines and no others", async (name, id, lines) => {
    const fix = fixOf(await offered(name), id);
    expect(fix).toMatchObject({ risk: "disruptive", offered: true });
    expect(added(fix)).toEqual(lines);
  });

  test("a directive of main that is not there yet is added behind one that is", async () => {
    const said = (c: Said): Partial<Said> => ({
      stdout: c.stdout.replace(/^worker_rlimit_nofile 24;$/m, "#"),
    });
    const d = await offered("nginx-nofile", { said });
    expect(fixOf(d, "edit-nginx-files")).toBeUndefined();
    expect(added(fixOf(d, "add-nginx-files"))).toEqual(["+worker_rlimit_nofile 65536;"]);
  });

  test("a time-out is offered where a backend that answers is given up on too soon", async () => {
    const d = await offered("504-read-timeout-short");
    const fix = fixOf(d, "edit-read-timeout") ?? fixOf(d, "add-read-timeout");
    expect(d.causes[0]?.id).toBe("read-timeout-short");
    expect(added(fix).at(-1)).toContain("proxy_read_timeout 60s;");
  });
});

describe("a php-fpm pool", () => {
  const POOL = "/etc/php/8.2/fpm/pool.d/gallery.conf";
  const hashes = answer(
    anyCommand("socket-permission"),
    "pool-hashes",
    ["sha256sum", "--", POOL],
    `${"b".repeat(64)}  ${POOL}\n`,
  );

  test("whose socket another group has is given to nginx's, tested by its own php-fpm", async () => {
    const fix = fixOf(await offered("socket-permission", { more: [hashes] }), "edit-pool-group");
    expect(fix).toMatchObject({ risk: "disruptive", offered: true });
    expect(added(fix)).toEqual(["-listen.group = app", "+listen.group = www-data"]);
    expect(fix?.commands).toEqual(["sudo systemctl restart -- php8.2-fpm.service"]);
  });

  test("whose socket nginx's group may not write gets its mode", async () => {
    const said = (c: Said): Partial<Said> => ({
      stdout: c.stdout
        .replace("socket|660|app:app", "socket|600|app:www-data")
        .replace(/(gallery\.conf:\d+:)listen\.owner = app/, "$1listen.mode = 0600"),
    });
    const fix = fixOf(await offered("socket-permission", { said, more: [hashes] }), "edit-pool-mode");
    expect(added(fix)).toEqual(["-listen.mode = 0600", "+listen.mode = 0660"]);
  });

  test("is not edited where its file's hash was not seen", async () => {
    expect(fixOf(await offered("socket-permission"), "edit-pool-group")).toBeUndefined();
  });
});

describe("limits and folders", () => {
  test("a backend out of file descriptors gets more without a restart, by its pid and command line", async () => {
    const fix = fixOf(await offered("backend-nofile"), "raise-files");
    expect(fix).toMatchObject({
      risk: "safe",
      offered: true,
      title: expect.stringContaining("lost when it is restarted"),
    });
    expect(fix?.commands).toEqual(["sudo prlimit '--pid=90' '--nofile=65536:65536'"]);
  });

  test("a queue that the kernel cuts short is made longer, until the next reboot", async () => {
    const like = anyCommand("tcp-listen-overflow");
    const limit = (n: number): Said =>
      answer(like, "somaxconn", ["cat", "/proc/sys/net/core/somaxconn"], `${n}\n`);
    const fix = fixOf(await offered("tcp-listen-overflow", { more: [limit(1)] }), "raise-backlog");
    expect(fix?.title).toContain("lost at the next reboot");
    expect(fix?.commands[0]).toBe("sudo sysctl -w 'net.core.somaxconn=4096'");
    // The program asked for no more than that.
    expect(
      fixOf(await offered("tcp-listen-overflow", { more: [limit(128)] }), "raise-backlog"),
    ).toBeUndefined();
  });

  test("a temp folder of another user is given back, with its owner as rollback", async () => {
    // Recorded after `nginx -T` as root had given the folder back; where that may not be run it stays somebody else's.
    const said = (c: Said): Partial<Said> => (c.id === "temp-dir" ? { stdout: "app\n" } : {});
    const fix = fixOf(await offered("nginx-temp-permission", { said }), "temp-dir-owner");
    expect(fix).toMatchObject({ risk: "safe", offered: true, rollback: "chown app /var/lib/nginx/body" });
    expect(fix?.commands).toEqual(["sudo chown --no-dereference www-data -- /var/lib/nginx/body"]);
  });
});

describe("containers", () => {
  const labelled =
    (labels: Readonly<Record<string, string>>) =>
    (c: Said): Partial<Said> =>
      c.id.startsWith("container-details")
        ? { stdout: c.stdout.replace('"Labels": {}', `"Labels": ${JSON.stringify(labels)}`) }
        : {};
  const COMPOSE = {
    "com.docker.compose.project": "shop",
    "com.docker.compose.service": "web",
    "com.docker.compose.project.config_files": "/srv/shop/compose.yml",
    "com.docker.compose.project.working_dir": "/srv/shop",
  };

  test("one of a compose project can be brought up alone, without building or pulling", async () => {
    const fix = fixOf(await offered("docker-container-exited", { said: labelled(COMPOSE) }), "compose-up");
    expect(fix).toMatchObject({ risk: "disruptive", offered: true });
    expect(fix?.commands[0]).toMatch(/ up --detach --no-deps --no-build --pull never web$/);
  });

  test("not where several files make the project, or none", async () => {
    const several = { ...COMPOSE, "com.docker.compose.project.config_files": "/srv/a.yml,/srv/b.yml" };
    expect(
      fixOf(await offered("docker-container-exited", { said: labelled(several) }), "compose-up"),
    ).toBeUndefined();
    expect(fixOf(await offered("docker-container-exited"), "compose-up")).toBeUndefined();
  });
});

describe("what a cluster manager runs", () => {
  const starts = (d: Diagnosis): string[] =>
    d.fixes
      .filter((f) => f.commands.some((c) => / (?:start|enable|restart|unmask) /.test(c)))
      .map((f) => f.id);
  /** Another unit of the host. */
  const runs = (id: string): string => `\nId=${id}\nNames=${id}\nLoadState=loaded\nActiveState=active\n`;
  /** The host's units, the stopped one's properties put otherwise, and one more beside them. */
  const units =
    (own: string, change: (block: string) => string, more = "") =>
    (c: Said) =>
      /^(?:unloaded-)?units/.test(c.id)
        ? {
            stdout: `${c.stdout
              .split("\n\n")
              .map((block) => (block.includes(`\nId=${own}\n`) ? change(block) : block))
              .join("\n\n")}\n${more}`,
          }
        : {};
  const UNIT = "catalog-api.service";
  const disabled = (block: string): string => block.replace(/^UnitFileState=.*$/m, "UnitFileState=disabled");
  const same = (block: string): string => block;

  test("is started by a fix on a host of its own", async () => {
    expect(starts(await offered("upstream-stopped"))).toContain("start-unit");
    expect(starts(await offered("upstream-stopped", { said: units(UNIT, disabled) }))).toContain(
      "start-unit",
    );
  });

  test.each(["pacemaker.service", "keepalived.service"])(
    "%s starts it itself: no fix does",
    async (manager) => {
      const d = await offered("upstream-stopped", { said: units(UNIT, disabled, runs(manager)) });
      expect(d.causes[0]?.id).toBe("upstream-stopped");
      expect(starts(d)).toEqual([]);
    },
  );

  test("a unit that starts at boot by itself is none of a cluster's", async () => {
    const d = await offered("upstream-stopped", { said: units(UNIT, same, runs("keepalived.service")) });
    expect(starts(d)).toContain("start-unit");
  });

  test("nginx itself, too", async () => {
    expect(starts(await offered("nginx-down"))).toContain("nginx-start");
    const said = units("nginx.service", disabled, runs("pacemaker.service"));
    expect(starts(await offered("nginx-down", { said }))).toEqual([]);
  });
});

describe("what is dangerous", () => {
  test.each([
    ["port-held-by-orphan", "kill-orphan", "sudo kill 98"],
    [
      "firewall-reject-reset",
      "open-firewall",
      "sudo iptables -w 5 -I INPUT 1 -p tcp -d 127.0.0.1 --dport 8866 -j ACCEPT",
    ],
  ])(
    "%s: %s is a button only where the policy has approve:dangerous, with the exact commands",
    async (name, id, command) => {
      const by = fixOf(await offered(name), id);
      expect(by).toMatchObject({ risk: "dangerous", offered: true });
      expect(by?.commands[0]).toBe(command);
      const none = fixOf(await offered(name, { permits: { ...ALL, dangerous: false } }), id);
      expect(none).toMatchObject({ offered: false, commands: by?.commands });
    },
  );
});

test("a start that names a migration is disruptive, whoever stopped it", async () => {
  const safe = fixOf(await offered("upstream-stopped"), "start-unit");
  expect(safe?.risk).toBe("safe");
  const migrates = await offered("upstream-stopped", {
    said: (c) => ({ stdout: c.stdout.replaceAll(/(argv\[\]=\S+)/g, "$1 --migrate-database") }),
  });
  expect(fixOf(migrates, "start-unit")?.risk).toBe("disruptive");
});
