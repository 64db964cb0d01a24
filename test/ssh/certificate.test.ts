import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../src/domain/host.ts";
import { ShellError } from "../../src/domain/shell-error.ts";
import { hostCertificateFault, parseCertificate } from "../../src/ssh/certificate.ts";
import { SshShell } from "../../src/ssh/ssh-shell.ts";
import { correctedRequest } from "../../src/ssh/user-certificate.ts";
import { wireString } from "../../src/ssh/wire.ts";
import { hasSshd, type RealSshd, sshKeygen, startSshd } from "../support/openssh.ts";
import { command } from "../support/wave.ts";

describe.skipIf(!hasSshd)("host certificates (where there is no sshd, skipped: needs sshd)", () => {
  let server: RealSshd;
  const file = (name: string): string => join(server.directory, name);
  const publicKey = (name: string): string =>
    readFileSync(file(`${name}.pub`), "utf8")
      .split(" ")
      .slice(0, 2)
      .join(" ");

  beforeAll(async () => {
    server = await startSshd((directory) => {
      const at = (name: string): string => join(directory, name);
      for (const type of ["ed25519", "ecdsa", "rsa"])
        sshKeygen("-q", "-t", type, "-N", "", "-f", at(`ca_${type}`));
      sshKeygen(
        "-q",
        "-s",
        at("ca_ed25519"),
        "-h",
        "-I",
        "web-1",
        "-n",
        "127.0.0.1,web-*.example.test",
        "-V",
        "-1h:+1h",
        at("host_key.pub"),
      );
      return [`HostCertificate ${at("host_key-cert.pub")}`];
    });
  });
  afterAll(() => server.stop());

  async function open(known: string): Promise<string> {
    writeFileSync(file("known"), `${known}\n`);
    const session = await new SshShell().open(server.host("web-1", { knownHostsFiles: [file("known")] }), {
      purpose: "diagnose",
      deadlineMs: 20_000,
    });
    const [result] = await session.runWave([command("a", ["echo", "in"])]);
    await session.close();
    return result?.stdout ?? "";
  }
  const refusal = async (known: string): Promise<ShellError> => {
    const caught: unknown = await open(known).catch((reason: unknown) => reason);
    if (!(caught instanceof ShellError)) throw new Error(`no ShellError: ${String(caught)}`);
    return caught;
  };

  test("a known authority vouches for a host that nothing else knows", async () => {
    expect(await open(`@cert-authority * ${publicKey("ca_ed25519")}`)).toBe("in\n");
    expect(await open(`@cert-authority [127.0.0.1]:${server.port} ${publicKey("ca_ed25519")}`)).toBe("in\n");
    expect(await open(`@cert-authority 127.0.0.1 ${publicKey("ca_ed25519")}`)).toBe("in\n");
  });

  test("another authority, or a revoked one, does not", async () => {
    const other = await refusal(`@cert-authority * ${publicKey("ca_rsa")}`);
    expect(other).toMatchObject({ code: "unknown-host-key" });
    expect(other.message).toContain("signed by another authority");
    const known = `@cert-authority * ${publicKey("ca_ed25519")}\n@revoked * ${publicKey("ca_ed25519")}`;
    expect((await refusal(known)).message).toContain("its authority is revoked");
    expect(await refusal(`@cert-authority *.example.test ${publicKey("ca_ed25519")}`)).toMatchObject({
      code: "unknown-host-key",
    });
  });

  test("a key filed under the name without the port is accepted, as OpenSSH does", async () => {
    expect(await open(`127.0.0.1 ${publicKey("host_key")}`)).toBe("in\n");
    expect(await refusal(`127.0.0.1 ${publicKey("ca_rsa")}`)).toMatchObject({ code: "unknown-host-key" });
  });

  describe("a certificate", () => {
    function make(authority: string, ...args: string[]): Buffer {
      sshKeygen("-q", "-s", file(authority), ...args, file("id.pub"));
      return Buffer.from(readFileSync(file("id-cert.pub"), "utf8").split(" ")[1] ?? "", "base64");
    }
    const blobOf = (name: string): Buffer => Buffer.from(publicKey(name).split(" ")[1] ?? "", "base64");
    const now = Date.now() / 1000;
    const fault = (blob: Buffer, name: string, authority: string, at = now): string | undefined => {
      const certificate = parseCertificate(blob);
      return certificate === undefined
        ? "unreadable"
        : hostCertificateFault(certificate, name, [blobOf(authority)], at);
    };

    test.each(["ca_ed25519", "ca_ecdsa", "ca_rsa"])("signed by %s is judged by all it says", (authority) => {
      const good = make(authority, "-h", "-I", "x", "-n", "web-1,db-*", "-V", "-1h:+1h");
      expect(fault(good, "web-1", authority)).toBeUndefined();
      expect(fault(good, "DB-7", authority)).toBeUndefined();
      expect(parseCertificate(good)?.publicKey).toEqual(blobOf("id"));
      expect(fault(good, "web-2", authority)).toBe("its certificate is for web-1, db-*");
      expect(fault(good, "web-1", authority, now + 7200)).toBe("its certificate has expired");
      expect(fault(good, "web-1", authority, now - 7200)).toBe("its certificate is not valid yet");
      expect(fault(good, "web-1", "id")).toBe("its certificate is signed by another authority");
      const forged = Buffer.from(good);
      forged[60] = (forged[60] ?? 0) ^ 1;
      expect(fault(forged, "web-1", authority)).toBe("the signature of its certificate is wrong");
    });

    test("for users, or with conditions, is none for a host", () => {
      expect(fault(make("ca_ed25519", "-I", "x", "-n", "web-1"), "web-1", "ca_ed25519")).toBe(
        "its certificate is not one for hosts",
      );
      expect(
        fault(
          make("ca_ed25519", "-h", "-I", "x", "-n", "web-1", "-O", "critical:strange@example.test=1"),
          "web-1",
          "ca_ed25519",
        ),
      ).toContain("conditions");
    });

    test("cut anywhere is unreadable, and nothing throws", () => {
      const good = make("ca_rsa", "-h", "-I", "x", "-n", "web-1");
      for (let length = 0; length < good.length; length++)
        expect(parseCertificate(good.subarray(0, length))).toBeUndefined();
    });
  });
});

describe.skipIf(!hasSshd)("user certificates (where there is no sshd, skipped: needs sshd)", () => {
  let server: RealSshd;
  const file = (name: string): string => join(server.directory, name);
  beforeAll(async () => {
    server = await startSshd((directory) => {
      sshKeygen("-q", "-t", "ed25519", "-N", "", "-f", join(directory, "user_ca"));
      return [`TrustedUserCAKeys ${join(directory, "user_ca.pub")}`, "MaxAuthTries 2"];
    });
  });
  afterAll(() => server.stop());

  async function logIn(
    over: Partial<Host>,
    purpose: "diagnose" | "fix" = "diagnose",
    shell = new SshShell(),
  ): Promise<string> {
    const session = await shell.open(server.host("web-1", over), {
      purpose,
      deadlineMs: 20_000,
    });
    const [result] = await session.runWave([command("a", ["echo", "in"])]);
    await session.close();
    return result?.stdout ?? "";
  }
  function certified(type: string, name: string, validity = "-1h:+1h"): string {
    sshKeygen("-q", "-t", type, "-N", "", "-f", file(name));
    sshKeygen(
      "-q",
      "-s",
      file("user_ca"),
      "-I",
      "fix 7",
      "-n",
      userInfo().username,
      "-V",
      validity,
      `${file(name)}.pub`,
    );
    return file(name);
  }

  test.each(["ed25519", "ecdsa", "rsa"])("%s: a key that only its certificate lets in", async (type) => {
    const key = certified(type, `user_${type}`);
    expect(await logIn({ identityFiles: [key] })).toBe("in\n");
    renameSync(`${key}-cert.pub`, file(`elsewhere-${type}`));
    expect(await logIn({ identityFiles: [key], certificateFiles: [file(`elsewhere-${type}`)] })).toBe("in\n");
    await expect(logIn({ identityFiles: [key] })).rejects.toMatchObject({ code: "auth-failed" });
  });

  const agentAt = (socket: string) => ({ ...process.env, SSH_AUTH_SOCK: socket });

  test.each(["ed25519", "ecdsa", "rsa"])("%s: the key may be in an agent", async (type) => {
    const key = certified(type, `agent_${type}`);
    const socket = file(`agent-${type}`);
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    try {
      // The socket's file is there a moment before anybody listens on it; 2 means that no agent answers.
      await expect.poll(() => spawnSync("ssh-add", ["-l"], { env: agentAt(socket) }).status).not.toBe(2);
      copyFileSync(key, file("alone"));
      chmodSync(file("alone"), 0o600);
      execFileSync("ssh-add", ["-q", file("alone")], {
        env: agentAt(socket),
        stdio: "ignore",
      });
      rmSync(key);
      expect(await logIn({ identityFiles: [key], identityAgent: socket })).toBe("in\n");
    } finally {
      agent.kill();
    }
  });

  test("a fix logs in with its own short-lived one, never with what diagnoses; a renewed one counts at once", async () => {
    const diagnosing = certified("ed25519", "diagnosing");
    const fixing = certified("ed25519", "fixing");
    const shell = new SshShell();
    const host = { identityFiles: [diagnosing], fixIdentityFiles: [fixing], fixUser: userInfo().username };
    expect(await logIn(host, "diagnose", shell)).toBe("in\n");
    expect(await logIn(host, "fix", shell)).toBe("in\n");
    const sign = (validity: string) =>
      sshKeygen(
        "-q",
        "-s",
        file("user_ca"),
        "-I",
        "fix 8",
        "-n",
        userInfo().username,
        "-V",
        validity,
        `${fixing}.pub`,
      );
    sign("-2h:-1h");
    // What diagnoses is at hand in every way, and would be let in.
    const named = { ...host, certificateFiles: [`${diagnosing}-cert.pub`] };
    await expect(logIn(named, "fix", shell)).rejects.toMatchObject({
      code: "auth-failed",
      message: expect.stringMatching(/fixing-cert\.pub expired at/),
    });
    sign("-1m:+5m");
    expect(await logIn(named, "fix", shell)).toBe("in\n");
  });

  test("an expired one is said, with its time", async () => {
    const key = certified("ed25519", "late", "-2h:-1h");
    await expect(logIn({ identityFiles: [key] })).rejects.toMatchObject({
      code: "auth-failed",
      message: expect.stringMatching(/late-cert\.pub expired at \d{4}-/),
    });
  });
});

test("only a certificate's signature is corrected on its way out", () => {
  const request = (algorithm: string, signed: boolean): Buffer =>
    Buffer.concat([
      Buffer.from([50]),
      wireString("ops"),
      wireString("ssh-connection"),
      wireString("publickey"),
      Buffer.from([signed ? 1 : 0]),
      wireString(algorithm),
      wireString("blob"),
      ...(signed ? [wireString(Buffer.concat([wireString(algorithm), wireString("signature")]))] : []),
    ]);
  const certificate = "ssh-ed25519-cert-v01@openssh.com";
  expect(correctedRequest(request("ssh-ed25519", true))).toBeUndefined();
  expect(correctedRequest(request(certificate, false))).toBeUndefined();
  expect(correctedRequest(Buffer.from([50, 0, 0, 0, 9]))).toBeUndefined();
  const wrong = wireString(Buffer.concat([wireString(certificate), wireString("signature")]));
  const right = wireString(Buffer.concat([wireString("ssh-ed25519"), wireString("signature")]));
  const sent = request(certificate, true);
  const expected = Buffer.concat([sent.subarray(0, sent.length - wrong.length), right]);
  expect(correctedRequest(request(certificate, true))).toEqual(expected);
});
