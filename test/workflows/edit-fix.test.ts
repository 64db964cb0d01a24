import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Command } from "../../src/domain/command.ts";
import type { Reply } from "../support/fake-host.ts";
import { aBoundFix, aCause, aDiagnosisOf, Stage } from "../support/fix-stage.ts";

/** A fix that edits a real file through a real shell; nginx is a fake that reads the port from it at a reload. */

const CONF = "upstream shop {\n    server 127.0.0.1:3001;\n}\n";
const RELOAD = "systemctl reload nginx.service";
let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fiveohtwo-editfix-"));
  file = join(dir, "shop.conf");
  writeFileSync(file, CONF);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function really(c: Command): Reply {
  const r = spawnSync(c.argv[0] ?? "", c.argv.slice(1), { encoding: "utf8" });
  return { stdout: r.stdout, stderr: r.stderr, exitCode: r.status ?? 1 };
}

async function stage(newPort: string, configTest = ["true"]): Promise<Stage> {
  const base = aBoundFix();
  const command = { ...base.commands[0]!, timeoutMs: 5_000 };
  const s = new Stage({
    fix: { ...base.fix, risk: "disruptive", causeId: "port-mismatch" },
    commands: [{ ...command, id: "reload", argv: RELOAD.split(" ") }],
    preconditions: [],
    verify: { ...base.verify, unit: undefined, target: null },
    edit: {
      path: file,
      sha256: createHash("sha256").update(CONF).digest("hex"),
      edits: [
        { line: 2, oldText: "    server 127.0.0.1:3001;", newText: `    server 127.0.0.1:${newPort};` },
      ],
      test: { ...command, id: "test", argv: configTest },
    },
  });
  s.host.status = 502;
  s.host.on.set("edit", really);
  s.host.on.set("restore", really);
  s.host.on.set(RELOAD, () => {
    const port = /:(\d+);/.exec(readFileSync(file, "utf8"))?.[1];
    s.host.status = port === "3000" ? 200 : port === "3001" ? 502 : 500;
    return {};
  });
  s.after = () => aDiagnosisOf(s.host.status === 200 ? [] : [aCause({ id: "port-mismatch" })]);
  return s.set();
}

const text = (): string => readFileSync(file, "utf8");

test("edited, tested, reloaded, verified; the original is kept beside it", async () => {
  const s = await stage("3000");
  const id = await s.approved();
  await s.work();
  expect(await s.store.approval(id)).toMatchObject({ outcome: "fixed" });
  expect(s.host.ran).toEqual(["edit", RELOAD]);
  expect(text()).toBe(CONF.replace("3001", "3000"));
  expect(readdirSync(dir).toSorted()).toEqual([".shop.conf.502-run-1.bak", "shop.conf"]);
  expect(s.store.state.audit.find((e) => e.action === "fix.begin")?.detail["commands"]).toEqual([
    `sudo edit ${file}`,
    `sudo ${RELOAD}`,
  ]);
});

test("an edit that does not help is taken back to the very bytes, reloaded and verified", async () => {
  const s = await stage("3999");
  const id = await s.approved();
  await s.work();
  const a = await s.store.approval(id);
  expect(a?.outcome).toBe("rolled-back");
  expect(a?.why).toContain(
    `${file} was restored to its very bytes and reloaded; shop.example.test answers 502, as before`,
  );
  expect(s.host.ran).toEqual(["edit", RELOAD, "restore", RELOAD]);
  expect(text()).toBe(CONF);
  expect(readdirSync(dir)).toEqual(["shop.conf"]);
});

test("an edit that makes a working site worse is taken back until it answers again", async () => {
  const s = await stage("3999");
  s.host.status = 200;
  let reloads = 0;
  s.host.on.set(RELOAD, () => {
    s.host.status = (reloads += 1) === 1 ? 500 : 200;
    return {};
  });
  const id = await s.approved();
  await s.work();
  const a = await s.store.approval(id);
  expect(a?.outcome).toBe("rolled-back");
  expect(a?.why).toContain("It made things worse.");
  expect(text()).toBe(CONF);
});

test("an edit whose reload breaks another vhost is taken back, though its own answers", async () => {
  const s = await stage("3000");
  s.after = () => aDiagnosisOf([aCause({ vhosts: ["billing.example.test"], target: "127.0.0.1:3410" })]);
  const id = await s.approved();
  await s.work();
  const a = await s.store.approval(id);
  expect(a?.outcome).toBe("rolled-back");
  expect(a?.why).toContain("Another vhost began to fail.");
  expect(text()).toBe(CONF);
});

test("a failing configuration test: restored, never reloaded, its words are said", async () => {
  const s = await stage("3000", ["sh", "-c", "echo 'nginx: [emerg] unknown directive' >&2; exit 1"]);
  const id = await s.approved();
  await s.work();
  const a = await s.store.approval(id);
  expect(a?.outcome).toBe("rolled-back");
  expect(a?.why).toContain("nginx: [emerg] unknown directive");
  expect(s.host.ran).toEqual(["edit"]);
  expect(text()).toBe(CONF);
});

test("a reload that fails: taken back", async () => {
  const s = await stage("3000");
  let reloads = 0;
  s.host.on.set(RELOAD, () => ((reloads += 1) === 1 ? { exitCode: 1, stderr: "reload failed" } : {}));
  const id = await s.approved();
  await s.work();
  expect(await s.store.approval(id)).toMatchObject({ outcome: "rolled-back" });
  expect(text()).toBe(CONF);
});

test("a reload that fails is taken back even where the site answers and the new diagnosis reads the new file", async () => {
  const s = await stage("3000");
  s.host.status = 200;
  let reloads = 0;
  s.host.on.set(RELOAD, () => ((reloads += 1) === 1 ? { exitCode: 1, stderr: "reload failed" } : {}));
  const id = await s.approved();
  await s.work();
  const a = await s.store.approval(id);
  expect(a?.outcome).toBe("rolled-back");
  expect(a?.why).toContain("reload failed");
  expect(text()).toBe(CONF);
});

test("the file changed since the verdict: refused, nothing written", async () => {
  const s = await stage("3000");
  const id = await s.approved();
  writeFileSync(file, `# colleague\n${CONF}`);
  await s.work();
  const a = await s.store.approval(id);
  expect(a).toMatchObject({
    outcome: "refused",
    why: "The file has changed since the diagnosis; nothing was edited.",
  });
  expect(text()).toBe(`# colleague\n${CONF}`);
  expect(readdirSync(dir)).toEqual(["shop.conf"]);
});

test("a colleague edits while it is verified: not overwritten, and said how to do it by hand", async () => {
  const s = await stage("3999");
  s.host.on.set(RELOAD, () => {
    writeFileSync(file, `${text()}# colleague\n`);
    return {};
  });
  const id = await s.approved();
  await s.work();
  const a = await s.store.approval(id);
  expect(a?.outcome).toBe("not-fixed");
  expect(a?.why).toContain("changed by somebody else since");
  expect(a?.why).toContain(`Do it by hand: cp -a ${dir}/.shop.conf.502-run-1.bak ${file}`);
  expect(text()).toContain("# colleague");
});

test("a second fault behind the edited one keeps the edit", async () => {
  const s = await stage("3000");
  s.host.on.set(RELOAD, () => ({}));
  s.after = () => aDiagnosisOf([aCause({ id: "upstream-stopped" })]);
  const id = await s.approved();
  await s.work();
  expect(await s.store.approval(id)).toMatchObject({ outcome: "not-fixed" });
  expect(text()).toBe(CONF.replace("3001", "3000"));
});

test("cut off in the middle of an edit: looked at, nothing written, the backup named", async () => {
  const s = await stage("3000");
  s.host.on.set("edit", (c) => ({ ...really(c), thenLost: true }));
  const id = await s.approved();
  await s.work();
  const a = await s.store.approval(id);
  expect(s.host.ran).toEqual(["edit"]);
  expect(a?.outcome).toBe("not-fixed");
  expect(a?.why).toContain(`the original is ${dir}/.shop.conf.502-run-1.bak`);
});

test("a file that its repository owns is left alone, and where to change it is said", async () => {
  const s = await stage("3000");
  s.host.on.set("edit", () => ({ stdout: "in git, without changes\n", exitCode: 44 }));
  const id = await s.approved();
  await s.work();
  expect(await s.store.approval(id)).toMatchObject({
    outcome: "refused",
    why: "The file is in git and has no changes of its own: change it there, or set fixes.managedFiles: allow. Nothing was edited.",
  });
  expect(text()).toBe(CONF);
});
