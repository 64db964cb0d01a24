import { describe, expect, test } from "vitest";
import { z } from "zod";
import { callOf } from "../../src/cli/call.ts";
import { doctorCommand } from "../../src/cli/doctor.ts";
import { sudoersCommand } from "../../src/cli/sudoers.ts";
import type { Command, CommandResult } from "../../src/domain/command.ts";
import type { Host } from "../../src/domain/host.ts";
import { ShellError } from "../../src/domain/shell-error.ts";
import type { Shell } from "../../src/workflows/ports.ts";
import { RunningClock } from "../support/fake-clock.ts";
import { shippedPlaybooks } from "../support/recorded.ts";

const hop = {
  name: "web-1",
  hostName: "192.0.2.1",
  port: 22,
  user: "ops",
  identityFiles: [import.meta.filename],
  identitiesNamed: true,
  identitiesOnly: true,
  identityAgent: null,
  knownHostsFiles: [],
  connectTimeoutMs: 1000,
  serverAliveIntervalMs: 0,
  serverAliveCountMax: 3,
};
const host: Host = { ...hop, jumps: [], groups: [], addresses: [], source: "file" };

const Finding = z.object({
  what: z.string(),
  outcome: z.enum(["pass", "warn", "fail", "unknown"]),
  detail: z.string(),
  mend: z.array(z.string()).optional(),
});
const Document = z.object({ schema: z.literal("502/doctor@1"), findings: z.array(Finding) });

type Say = (text: string) => Partial<CommandResult> | undefined;

/** A host that answers a few commands and lacks all others. */
function shell(say: Say): Shell {
  const result = (c: Command): CommandResult => {
    const said = say(c.argv.join(" "));
    const missing = { exitCode: 127, end: "missing" as const };
    return {
      id: c.id,
      argv: c.argv,
      stdout: "",
      stderr: "",
      durationMs: 1,
      privileged: false,
      ...(said === undefined ? missing : { exitCode: 0, end: "exited" as const, ...said }),
    };
  };
  return {
    open: async () => ({
      hostKey: "SHA256:fake-host-key",
      runWave: async (commands) => commands.map(result),
      runFix: async () => {
        throw new Error("a doctor changes nothing");
      },
      close: async () => undefined,
    }),
  };
}

const world = (open: Shell) => ({
  shell: open,
  clock: new RunningClock(),
  runMs: 5000,
  playbooks: shippedPlaybooks(),
  findHost: (name: string) => (name === "web-1" ? host : undefined),
  nearestHosts: () => ["web-1"],
});

const call = (name: string, options: Record<string, string | true> = {}) =>
  callOf({ verb: "doctor", args: { host: name }, options });

const basics: Say = (text) => {
  if (text === "sudo -V") return { stdout: "Sudo version 1.9.13p3\n" };
  if (text === "id -un") return { stdout: "ops\n" };
  if (text.startsWith("ls -d -- "))
    return { stdout: "/usr/sbin/nginx\n/usr/bin/ss\n/usr/bin/tail\n", exitCode: 2 };
  return undefined;
};

async function findings(
  say: Say,
): Promise<{ exitCode: number; of: (what: string) => z.infer<typeof Finding>[] }> {
  const answer = await doctorCommand(world(shell(say)), [], call("web-1", { json: true }));
  const list = Document.parse(JSON.parse(answer.out ?? "")).findings;
  return { exitCode: answer.exitCode, of: (what) => list.filter((f) => f.what === what) };
}

describe("doctor", () => {
  test("asks sudo about each rule, and prints what mends it", async () => {
    const asked: string[] = [];
    const { exitCode, of } = await findings((text) => {
      if (!text.startsWith("sudo -n -l -- ")) return basics(text);
      asked.push(text.slice("sudo -n -l -- ".length));
      return { exitCode: text.endsWith("/usr/sbin/nginx -T") ? 0 : 1 };
    });
    expect(exitCode).toBe(1);
    expect(asked).toContain("/usr/sbin/nginx -T");
    expect(asked).toContain("/usr/bin/ss -Hltnpe");
    const missing = of("sudo rule").map((f) => f.detail);
    expect(
      missing.some((detail) => detail.startsWith("ss -Hltnpe is not allowed (check tcp-listeners)")),
    ).toBe(true);
    expect(missing.some((detail) => detail.startsWith("nginx -T "))).toBe(false);
    expect(of("sudo")[0]?.mend?.join("\n")).toContain("502 sudoers web-1");
  });

  test("what could not be asked about is no pass", async () => {
    const { of } = await findings((text) =>
      text.startsWith("sudo -n -l -- ") ? { end: "timed-out", exitCode: null } : basics(text),
    );
    expect(of("sudo rule").length).toBeGreaterThan(0);
    expect(of("sudo rule").every((f) => f.outcome === "unknown")).toBe(true);
  });

  test("root needs no rule", async () => {
    const { of } = await findings((text) => (text === "id -un" ? { stdout: "root\n" } : basics(text)));
    expect(of("sudo")).toEqual([expect.objectContaining({ outcome: "pass" })]);
  });

  test("says which host key was known, which key is used, and what is missing", async () => {
    const { of } = await findings((text) => (text.startsWith("sudo -n -l") ? {} : basics(text)));
    expect(of("host key")[0]?.detail).toContain("SHA256:fake-host-key");
    expect(of("key")[0]).toMatchObject({ outcome: "pass", detail: import.meta.filename });
    expect(of("tools")[0]).toMatchObject({ outcome: "warn", detail: expect.stringContaining("ss") });
  });

  test("an unreachable host is exit 3, with the sentence and the hint", async () => {
    const refuses: Shell = {
      open: async () =>
        Promise.reject(new ShellError("refused", "web-1 refuses the connection.", "systemctl status ssh")),
    };
    const answer = await doctorCommand(world(refuses), [], call("web-1"));
    expect(answer.exitCode).toBe(3);
    expect(answer.out).toContain(
      "fail     reach: web-1 refuses the connection.\n           systemctl status ssh",
    );
  });

  test("an unknown host is wrong usage, with the nearest name", async () => {
    const answer = await doctorCommand(world(shell(basics)), [], call("wbe-1"));
    expect(answer).toMatchObject({ exitCode: 64, err: expect.stringContaining("did you mean web-1?") });
  });
});

describe("sudoers", () => {
  test("is made for the account that logs in, with the paths that the host has", async () => {
    const answer = await sudoersCommand(world(shell(basics)), call("web-1"));
    expect(answer.exitCode).toBe(0);
    expect(answer.out).toContain("\nops ALL=(root) NOPASSWD: /usr/sbin/nginx -T\n");
    expect(answer.out).toContain("journalctl is not installed");
  });

  test("root needs none, unless another account is named", async () => {
    const asRoot = world(shell((text) => (text === "id -un" ? { stdout: "root\n" } : basics(text))));
    expect((await sudoersCommand(asRoot, call("web-1"))).out).toMatch(/^# web-1 is reached as root/);
    expect((await sudoersCommand(asRoot, call("web-1", { user: "bot" }))).out).toContain("\nbot ALL=(root)");
  });

  const VISUDO = "/usr/sbin/nginx\n/usr/bin/ss\n/usr/bin/tail\n/usr/bin/systemctl\n/usr/sbin/visudo\n";
  const withVisudo = (said: Partial<CommandResult>, version = "1.9.13"): { say: Say; asked: string[] } => {
    const asked: string[] = [];
    const say: Say = (text) => {
      asked.push(text);
      if (text.startsWith("ls -d -- ")) return { stdout: VISUDO, exitCode: 2 };
      if (text.startsWith("sh -c ")) return said;
      return text === "sudo -V" ? { stdout: `Sudo version ${version}\n` } : basics(text);
    };
    return { say, asked };
  };

  test("runs no playbook where sudo knows expressions; the host's visudo has parsed what is printed", async () => {
    const { say, asked } = withVisudo({});
    const answer = await sudoersCommand(world(shell(say)), call("web-1"));
    expect(answer.out).toMatch(/\n# visudo -c on web-1: parsed OK\.\n$/);
    expect(asked.map((text) => text.split(" ", 2).join(" "))).toEqual([
      "sudo -V",
      "id -un",
      "ls -d",
      "sh -c",
    ]);
    expect(asked.at(-1)).toContain("/usr/sbin/visudo # What fiveohtwo's playbooks need");
    expect(answer.out).toContain(asked.at(-1)?.split("/usr/sbin/visudo ")[1]);
  });

  test("an older sudo needs to know what this host has: each question is asked once", async () => {
    const { say, asked } = withVisudo({}, "1.8.31");
    const answer = await sudoersCommand(world(shell(say)), call("web-1"));
    expect(answer.out).toContain("knows no regular expressions");
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((text, i) => asked.indexOf(text) !== i)).toEqual([]);
  });

  test("nothing that visudo refuses is printed; one that cannot be asked has looked at nothing", async () => {
    const { say } = withVisudo({ exitCode: 1, stderr: "stdin:7:1: syntax error\n" });
    const refused = await sudoersCommand(world(shell(say)), call("web-1"));
    expect(refused).toMatchObject({ exitCode: 3, err: expect.stringContaining("stdin:7:1: syntax error") });
    expect(refused.out ?? "").toBe("");
    const old = withVisudo({ exitCode: 1, stderr: "visudo: unable to stat -\n" });
    expect((await sudoersCommand(world(shell(old.say)), call("web-1"))).out).toContain("was not asked");
    expect((await sudoersCommand(world(shell(basics)), call("web-1"))).out).toContain("was not asked");
  });
});

describe("a host whose fixes log in as somebody else", () => {
  const fixer: Host = { ...host, fixUser: "fixer" };
  const twoLogins = (fixing: Say): ReturnType<typeof world> => {
    const plain = shell(withUnits);
    const other = shell(fixing);
    const open: Shell = { open: (at, opts) => (opts.purpose === "fix" ? other : plain).open(at, opts) };
    return { ...world(open), findHost: () => fixer };
  };
  const withUnits: Say = (text) => {
    if (text.startsWith("ls -d -- ")) return { stdout: "/usr/sbin/nginx\n/usr/bin/systemctl\n", exitCode: 2 };
    return text.startsWith("sudo -n -l -- ") ? {} : basics(text);
  };

  test("has the rules of fixes for that account alone, and what is read for both", async () => {
    const { out = "" } = await sudoersCommand(twoLogins(withUnits), call("web-1"));
    expect(out).toContain("\nops, fixer ALL=(root) NOPASSWD: /usr/sbin/nginx -T\n");
    expect(out).toMatch(/\nfixer ALL=\(root\) NOPASSWD: \/usr\/bin\/systemctl \^start /);
    expect(out).not.toMatch(/\nops[^\n]*systemctl \^(?:start|restart|reload)/);
  });

  test("is asked about them as that account, and a login that fails is said", async () => {
    const asked: string[] = [];
    const as = twoLogins((text) => {
      asked.push(text);
      return text === "id -un" ? { stdout: "fixer\n" } : { exitCode: 1 };
    });
    const answer = await doctorCommand(as, [], call("web-1", { json: true }));
    const list = Document.parse(JSON.parse(answer.out ?? "")).findings;
    expect(list.find((f) => f.what === "fix login")).toMatchObject({
      outcome: "pass",
      detail: "fixes log in as fixer",
    });
    expect(asked).toContain("sudo -n -l -- /usr/bin/systemctl daemon-reload");
    expect(
      list.some((f) => f.what === "sudo rule" && f.detail.startsWith("systemctl daemon-reload is not")),
    ).toBe(true);
    expect(list.some((f) => f.what === "sudo rule" && f.detail.startsWith("nginx -T "))).toBe(false);
    const closed = twoLogins(withUnits);
    const refuse = new ShellError("auth-failed", "web-1 lets nobody in.", "ssh-add");
    const shut: Shell = {
      open: (at, opts) => (opts.purpose === "fix" ? Promise.reject(refuse) : closed.shell.open(at, opts)),
    };
    const { out } = await doctorCommand({ ...closed, shell: shut }, [], call("web-1"));
    expect(out).toContain(
      "fail     fix login: fixes cannot log in on web-1: web-1 lets nobody in.\n           ssh-add",
    );
  });
});
