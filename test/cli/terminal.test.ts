import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { Bundle } from "../../src/domain/bundle.ts";

const bin = join(import.meta.dirname, "../../bin/502.js");
let dir: string;

// Each call is a process of its own, several to a test.
vi.setConfig({ testTimeout: 90_000 });

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "fiveohtwo-cli-"));
  writeFileSync(
    join(dir, "502.yml"),
    "sshConfig: false\naudit: { syslog: false }\nhosts:\n  web-1: { hostName: 127.0.0.1, port: 1 }\n  web-2: { hostName: 127.0.0.1, port: 1, groups: [web] }\nsites:\n  shop.example.test: { hosts: ['@web'], url: 'http://127.0.0.1:1/' }\n",
  );
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

function environment(): NodeJS.ProcessEnv {
  const { DATABASE_URL: _url, FIVEOHTWO_CONFIG: _config, ...others } = process.env;
  return { ...others, XDG_STATE_HOME: join(dir, "state"), HOME: dir };
}

function cli(...args: string[]): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [bin, ...args], {
    cwd: dir,
    env: environment(),
    encoding: "utf8",
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

const json = (text: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(text));

describe("exit codes and documents", () => {
  test("help is 0, and says what there is", () => {
    const { code, out, err } = cli("help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("502 HOST|@GROUP");
  });

  test("wrong usage is 64: a sentence on standard error, or one document on standard output", () => {
    const said = cli("web-1", "--vhots", "x");
    expect(said).toMatchObject({ code: 64, out: "" });
    expect(said.err).toContain("did you mean --vhost?");
    const document = cli("web-1", "--vhots", "x", "--json");
    expect(document).toMatchObject({ code: 64, err: "" });
    expect(json(document.out)).toMatchObject({ schema: "502/error@1", code: "usage" });
  });

  test("no configuration is 64, and says how to write one", () => {
    const { code, err } = cli("web-1", "--config", "other.yml");
    expect(code).toBe(64);
    expect(err).toContain("502 init");
  });

  test("a mistake in the configuration names file, line and path", () => {
    writeFileSync(join(dir, "bad.yml"), "hosts:\n  web-1: { hostNam: x }\n");
    const { code, out } = cli("hosts", "--config", "bad.yml", "--json");
    expect(code).toBe(64);
    expect(json(out)["message"]).toMatch(/bad\.yml:2:12: hosts\.web-1\.hostNam/);
  });

  test("a word that is neither host nor command finds both", () => {
    const host = cli("web-3");
    expect(host).toMatchObject({ code: 64, out: "" });
    expect(host.err).toContain("web-1");
    expect(cli("hsots").err).toContain("502 hosts");
  });

  test("an unreachable host is a diagnosis with exit 3, and is remembered", () => {
    const { code, out, err } = cli("web-1", "--json");
    expect({ code, err }).toEqual({ code: 3, err: "" });
    const document = json(out);
    expect(document).toMatchObject({
      schema: "502/diagnosis@1",
      host: "web-1",
      verdict: "unreachable",
      causes: [],
      fixes: [],
    });
    expect(document["runId"]).toMatch(/^[a-z0-9][a-z0-9-]*$/);
    expect(cli("runs").out).toContain(String(document["runId"]));
    expect(cli("audit", "verify")).toMatchObject({
      code: 0,
      out: expect.stringContaining("the chain holds"),
    });
    const lines = cli("audit", "export").out.trimEnd().split("\n").map(json);
    expect(lines.map((entry) => entry["seq"])).toEqual(lines.map((_entry, i) => i + 1));
    // Without a bot, a command of the terminal passes on what is in the log.
    writeFileSync(
      join(dir, "streamed.yml"),
      "sshConfig: false\nhosts: { web-1: {} }\naudit: { file: audit.jsonl, syslog: false }\n",
    );
    expect(cli("runs", "--config", "streamed.yml")).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(join(dir, "audit.jsonl"), "utf8")).toBe(cli("audit", "export").out);
    writeFileSync(
      join(dir, "away.yml"),
      "sshConfig: false\nhosts: { web-1: {} }\naudit: { file: none/audit.jsonl, syslog: false }\n",
    );
    const away = cli("runs", "--config", "away.yml");
    expect(away.code).toBe(0);
    expect(away.err).toMatch(
      /^warning: the audit log is kept, but was not passed on: .*its folder does not exist/,
    );
    expect(cli("fix", "run-of-elsewhere", "start", "--yes", "--json").code).toBe(1);
  });

  test("a site is its host, and what its public address answers from here", () => {
    const { code, out } = cli("shop.example.test", "--json");
    expect(code).toBe(3);
    expect(json(out)).toMatchObject({
      host: "web-2",
      fromHere: {
        url: "http://127.0.0.1:1/",
        answers: [{ address: "127.0.0.1", status: 0, error: "ECONNREFUSED" }],
      },
    });
    const unknown = cli("https://other.example.test/cart?id=1");
    expect(unknown).toMatchObject({ code: 64, out: "" });
    expect(unknown.err).toContain("add to sites: in 502.yml");
  });

  test("a group is one table", () => {
    const { code, out } = cli("@web");
    expect(code).toBe(3);
    expect(out).toContain("web-2");
  });

  test("hosts, playbooks, approvals", () => {
    expect(JSON.parse(cli("hosts", "--json").out)).toEqual(["web-1", "web-2"]);
    expect(cli("playbooks").out).toMatch(/^502 {2}/m);
    expect(cli("approvals").out).toBe("no approval waits\n");
  });
});

describe("without a host", () => {
  test("replay gives the same bytes as what recorded it", () => {
    const file = join(dir, "web-1.json.gz");
    const recorded = cli("web-1", "--json", "--save", file);
    const replayed = cli("replay", file, "--json");
    expect(replayed).toEqual(recorded);
    expect(cli("replay", join(dir, "502.yml"), "--json")).toMatchObject({
      code: 64,
      out: expect.stringContaining("bad-bundle"),
    });
  });

  test("a scenario needs a cause that exists, and never replaces another", () => {
    const file = join(dir, "empty.json");
    const bundle: Bundle = {
      schema: "502/bundle@1",
      runId: "run-1",
      host: "web-1",
      playbook: "502",
      startedAt: 0,
      durationMs: 1,
      hostKey: "SHA256:x",
      commands: [],
    };
    writeFileSync(file, JSON.stringify(bundle));
    expect(cli("scenario", "add", file, "--expect", "no-such-cause").err).toContain(
      "has no cause no-such-cause",
    );
    expect(cli("scenario", "add", file).err).toContain("--expect is missing");
    expect(cli("scenario", "remove", file).err).toContain("scenario takes add");
    expect(cli("scenario", "add", file, "--expect", "healthy", "--name", "../x").err).toContain("is no name");
  });

  test("lint is quiet about what is shipped, and 1 for a mistake", () => {
    expect(cli("lint")).toMatchObject({ code: 0, out: expect.stringContaining("0 errors") });
    const folder = mkdtempSync(join(dir, "playbooks-"));
    writeFileSync(
      join(folder, "x.yml"),
      "name: x\ntitle: x\nchecks:\n  - { id: a, argv: [rm, -rf, /], parser: text, tells: x }\n",
    );
    const { code, out } = cli("lint", folder);
    expect(code).toBe(1);
    expect(out).toMatch(/x\.yml:4:\d+: error/);
  });

  test("schema and the table of facts", () => {
    expect(json(cli("schema").out)).toMatchObject({ title: "fiveohtwo playbook", type: "object" });
    expect(cli("schema", "--facts").out).toMatch(/^unit\.activeState +string/m);
  });

  test.skipIf(spawnSync("bash", ["-c", "true"]).status !== 0)(
    "completion is a script that bash takes (needs bash)",
    () => {
      const { out } = cli("completion", "bash");
      const shell = spawnSync(
        "bash",
        [
          "-c",
          `${out}\nCOMP_WORDS=(502 sud) COMP_CWORD=1; 502() { echo web-1; }; _502; echo "\${COMPREPLY[*]}"`,
        ],
        { encoding: "utf8" },
      );
      expect(shell).toMatchObject({ stdout: "sudoers\n", stderr: "", status: 0 });
    },
  );
});

describe("init", () => {
  test("writes what SSH knows, once", () => {
    const [ssh, file] = [join(dir, "ssh_config"), join(dir, "new.yml")];
    writeFileSync(
      ssh,
      "Host shop-1 shop-2\n  User deploy\nHost *.internal\n  Port 2222\nHost audit\n  Port 22\n",
    );
    const first = cli("init", "--ssh-config", ssh, "--output", file);
    expect(first.code).toBe(0);
    expect(first.out).toContain("manifest.yml");
    expect(first.err).toContain("audit is left out");
    expect(JSON.parse(cli("hosts", "--json", "--config", file).out)).toEqual(["audit", "shop-1", "shop-2"]);
    const before = readFileSync(file, "utf8");
    const again = cli("init", "--ssh-config", ssh, "--output", file);
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining("exists already and is kept") });
    writeFileSync(join(dir, "other_config"), "Host shop-9\n");
    const other = cli("init", "--ssh-config", join(dir, "other_config"), "--output", file);
    expect(other).toMatchObject({ code: 64, err: expect.stringContaining("exists already") });
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  test("writes what an Ansible inventory knows", () => {
    const [inventory, file] = [join(dir, "inventory.ini"), join(dir, "ansible.yml")];
    writeFileSync(inventory, "[web]\nshop-3 ansible_host=192.0.2.3\n");
    expect(cli("init", "--ansible", inventory, "--output", file, "--user", "ops").code).toBe(0);
    expect(JSON.parse(cli("hosts", "--json", "--config", file).out)).toContain("shop-3");
    expect(readFileSync(file, "utf8")).toContain("user: ops");
  });

  test("writes nothing when nothing is known", () => {
    expect(cli("init", "--ssh-config", join(dir, "502.yml"), "--output", join(dir, "none.yml")).code).toBe(
      64,
    );
    expect(cli("init", "--ansible", join(dir, "absent"), "--output", join(dir, "none.yml")).err).toContain(
      "cannot be found",
    );
    expect(existsSync(join(dir, "none.yml"))).toBe(false);
  });
});

test("doctor judges the configuration and the state", () => {
  const { code, out } = cli("doctor");
  expect(out).toMatch(/^pass {5}configuration: .*2 hosts/m);
  expect(out).toMatch(/^pass {5}audit:/m);
  expect(code).toBe(0);
});

test("a signal ends it while it waits for a host", async () => {
  // A server that says nothing: the handshake waits.
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  writeFileSync(
    join(dir, "silent.yml"),
    `sshConfig: false\naudit: { syslog: false }\nhosts: { quiet: { hostName: 127.0.0.1, port: ${port}, connectTimeout: 60s } }\n`,
  );
  const connected = new Promise((resolve) => silent.once("connection", resolve));
  const child = spawn(process.execPath, [bin, "quiet", "--config", "silent.yml"], {
    cwd: dir,
    env: environment(),
    stdio: "ignore",
  });
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once("exit", (code, signal) => resolve([code, signal])),
  );
  await connected;
  child.kill("SIGTERM");
  expect(await ended).toEqual([null, "SIGTERM"]);
  silent.close();
});

describe.skipIf(!existsSync("/usr/bin/node"))("started by another Node (needs /usr/bin/node)", () => {
  test("the pinned one runs it, with its exit code", () => {
    const done = spawnSync("/usr/bin/node", [bin, "hosts", "--json", "--config", "absent.yml"], {
      cwd: dir,
      env: environment(),
      encoding: "utf8",
    });
    expect(done.status).toBe(64);
    expect(json(done.stdout)["schema"]).toBe("502/error@1");
  });
});
