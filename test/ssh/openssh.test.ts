import { execFileSync, spawn, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host, Hop } from "../../src/domain/host.ts";
import { ShellError } from "../../src/domain/shell-error.ts";
import { SshShell } from "../../src/ssh/ssh-shell.ts";
import { hasSshd, type RealSshd, sshKeygen, startSshd } from "../support/openssh.ts";
import { command } from "../support/wave.ts";

describe.skipIf(!hasSshd)("OpenSSH's own server (where there is none, skipped: needs sshd)", () => {
  let server: RealSshd;
  let bastion: RealSshd;
  const agents: number[] = [];
  beforeAll(async () => {
    server = await startSshd(["MaxAuthTries 3", "Banner /etc/hostname"]);
    bastion = await startSshd();
  });
  afterAll(async () => {
    for (const pid of agents) process.kill(pid);
    await server.stop();
    await bastion.stop();
  });

  async function whoami(host: Host): Promise<string> {
    const session = await new SshShell().open(host, { purpose: "diagnose", deadlineMs: 20_000 });
    try {
      const [result] = await session.runWave([command("who", ["id", "-un"])]);
      return result?.stdout.trim() ?? "";
    } finally {
      await session.close();
    }
  }
  const me = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();

  async function refusal(over: Partial<Host>): Promise<ShellError> {
    const caught: unknown = await whoami(server.host("web-1", over)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(caught instanceof ShellError)) throw new Error(`no ShellError: ${String(caught)}`);
    return caught;
  }
  const hop = (over: RealSshd, name: string): Hop => {
    const { jumps: _j, groups: _g, addresses: _a, source: _s, ...rest } = over.host(name);
    return rest;
  };
  const file = (name: string): string => join(server.directory, name);
  const plainName = (): string => `[127.0.0.1]:${server.port}`;
  const publicKey = (path: string): string =>
    readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ");

  function newKey(name: string, passphrase = ""): string {
    rmSync(file(name), { force: true });
    sshKeygen("-q", "-t", "ed25519", "-N", passphrase, "-f", file(name));
    return file(name);
  }

  async function agentWith(...keys: string[]): Promise<string> {
    const socket = file(`agent-${agents.length}`);
    const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    if (child.pid !== undefined) agents.push(child.pid);
    const env = { ...process.env, SSH_AUTH_SOCK: socket };
    // The socket's file is there a moment before anybody listens on it; 2 means that no agent answers.
    await expect.poll(() => spawnSync("ssh-add", ["-l"], { env }).status).not.toBe(2);
    for (const key of keys) execFileSync("ssh-add", ["-q", key], { env, stdio: "ignore" });
    return socket;
  }

  test("logs in with a key; the known host may be hashed, an alias or a pattern", async () => {
    expect(await whoami(server.host("web-1"))).toBe(me);
    const known = readFileSync(server.knownHostsFile, "utf8");
    writeFileSync(file("hashed"), known);
    sshKeygen("-q", "-H", "-f", file("hashed"));
    expect(readFileSync(file("hashed"), "utf8")).toMatch(/^\|1\|/);
    expect(await whoami(server.host("web-1", { knownHostsFiles: [file("absent"), file("hashed")] }))).toBe(
      me,
    );
    writeFileSync(file("aliased"), `shop ${publicKey(server.hostKeyFile)}\n`);
    expect(
      await whoami(server.host("web-1", { knownHostsFiles: [file("aliased")], hostKeyAlias: "shop" })),
    ).toBe(me);
  });

  test("an unknown, a changed and a revoked host key are refused, each with its remedy", async () => {
    expect(await refusal({ knownHostsFiles: [file("absent")] })).toMatchObject({ code: "unknown-host-key" });
    const other = publicKey(newKey("other_host_key"));
    writeFileSync(file("changed"), `# moved\n${plainName()} ${other}\n`);
    const changed = await refusal({ knownHostsFiles: [file("changed")] });
    expect(changed).toMatchObject({ code: "changed-host-key" });
    expect(changed.message).toContain(`${file("changed")}:2`);
    expect(changed.message).toContain(sshKeygen("-lf", `${server.hostKeyFile}.pub`).split(" ")[1]);
    expect(changed.hint).toContain(`ssh-keygen -R '${plainName()}'`);
    writeFileSync(
      file("revoked"),
      `${readFileSync(server.knownHostsFile, "utf8")}@revoked * ${publicKey(server.hostKeyFile)}\n`,
    );
    expect(await refusal({ knownHostsFiles: [file("revoked")] })).toMatchObject({ code: "revoked-host-key" });
  });

  test("a host that is known by another type of key only has changed", async () => {
    sshKeygen("-q", "-t", "ecdsa", "-N", "", "-f", file("ecdsa_key"));
    writeFileSync(file("othertype"), `${plainName()} ${publicKey(file("ecdsa_key"))}\n`);
    const caught = await refusal({ knownHostsFiles: [file("othertype")] });
    expect(caught).toMatchObject({ code: "changed-host-key" });
    expect(caught.message).toContain("offers no key of that type any more");
  });

  test("goes through two hops, each with its own host key check", async () => {
    const jumps = [hop(bastion, "bastion"), hop(server, "inner")];
    expect(await whoami(server.host("web-1", { jumps }))).toBe(me);
    const untrusted = { ...hop(bastion, "bastion"), knownHostsFiles: [] };
    const caught = await refusal({ jumps: [untrusted] });
    expect(caught).toMatchObject({ code: "unknown-host-key" });
    expect(caught.message).toContain("bastion");
    const nowhere = await refusal({ jumps: [hop(bastion, "bastion")], port: 1 });
    expect(nowhere).toMatchObject({ code: "hop-failed" });
    expect(nowhere.message).toContain("bastion could not reach web-1 (127.0.0.1:1)");
  });

  test("uses the agent: for a locked key, for any key, and for none but the named with IdentitiesOnly", async () => {
    const socket = await agentWith(newKey("extra1"), newKey("extra2"), server.identityFile);
    expect(
      await whoami(server.host("web-1", { identityFiles: [], identityAgent: socket, identitiesOnly: false })),
    ).toBe(me);
    const locked = file("locked");
    writeFileSync(locked, readFileSync(server.identityFile), { mode: 0o600 });
    writeFileSync(`${locked}.pub`, readFileSync(`${server.identityFile}.pub`));
    sshKeygen("-q", "-p", "-P", "", "-N", "secret phrase", "-f", locked);
    const only = { identityFiles: [locked], identitiesOnly: true };
    const caught = await refusal(only);
    expect(caught).toMatchObject({
      code: "key-encrypted",
      hint: expect.stringContaining(`ssh-add ${locked}`),
    });
    expect(await whoami(server.host("web-1", { ...only, identityAgent: socket }))).toBe(me);
    unlinkSync(`${locked}.pub`);
    expect(await whoami(server.host("web-1", { ...only, identityAgent: socket }))).toBe(me);
    const stranger = await agentWith(file("extra1"));
    expect(await refusal({ ...only, identityAgent: stranger })).toMatchObject({ code: "key-encrypted" });
    expect(await whoami(server.host("web-1", { identityAgent: file("no-agent") }))).toBe(me);
  });

  test("a key that is missing, open to all or not let in is said", async () => {
    const missing = await refusal({ identityFiles: [file("absent")] });
    expect(missing).toMatchObject({ code: "key-unreadable" });
    expect(missing.message).toContain("ENOENT");
    const open = newKey("open");
    chmodSync(open, 0o644);
    expect(await refusal({ identityFiles: [open] })).toMatchObject({
      code: "key-unreadable",
      hint: `chmod 600 ${open}`,
    });
    const stranger = newKey("stranger");
    const caught = await refusal({ identityFiles: [stranger] });
    expect(caught).toMatchObject({ code: "auth-failed" });
    expect(caught.message).toContain(stranger);
    expect(await refusal({ identityFiles: [] })).toMatchObject({ code: "auth-failed" });
    expect(await refusal({ port: 1 })).toMatchObject({ code: "refused" });
  });

  test("a fix logs in with its own key", async () => {
    const fixer = newKey("fixer");
    appendFileSync(file("authorized_keys"), `environment="X=1",restrict ${publicKey(fixer)}\n`);
    const host = server.host("web-1", {
      identityFiles: [file("absent")],
      fixIdentityFiles: [fixer],
      fixUser: me,
    });
    const session = await new SshShell().open(host, { purpose: "fix", deadlineMs: 20_000 });
    const results = await session.runFix([command("a", ["echo", "fixed"])], {
      lock: `test-openssh-${process.pid}`,
    });
    await session.close();
    expect(results).toMatchObject([{ stdout: "fixed\n", exitCode: 0 }]);
  });
});
