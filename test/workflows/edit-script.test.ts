import { createHash } from "node:crypto";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, assert, boolean, nat, property, string } from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Command } from "../../src/domain/command.ts";
import type { BoundFix } from "../../src/domain/fix.ts";
import { EDIT_EXIT, editCommand, editedHash, restoreCommand } from "../../src/workflows/edit-script.ts";

type Edit = NonNullable<BoundFix["edit"]>;
const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const SHELLS = [["sh"], ["dash"], ["bash"], ["busybox", "sh"]].filter(([p]) => has(p ?? ""));
const sha = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
const CONF = "upstream shop {\n    server 127.0.0.1:3001;\n}\nserver { listen 80; }\n";
const OLD = "    server 127.0.0.1:3001;";
const NEW = "    server 127.0.0.1:3000;";

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fiveohtwo-edit-"));
  file = join(dir, "shop's $(touch pwned) conf");
  writeFileSync(file, CONF);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function anEdit(change: Partial<Edit> = {}, test = ["true"]): Edit {
  return {
    path: file,
    sha256: sha(readFileSync(file)),
    edits: [{ line: 2, oldText: OLD, newText: NEW }],
    test: { id: "test", argv: test, sudo: "always", timeoutMs: 5_000, maxBytes: 4_096 },
    ...change,
  };
}

function run(
  c: Command,
  shell: readonly string[] = ["sh"],
): { code: number | null; stdout: string; stderr: string } {
  const [program = "sh", ...first] = [...shell, ...c.argv.slice(1)];
  const r = spawnSync(program, first, { encoding: "utf8", cwd: dir });
  return { code: r.status, stdout: r.stdout, stderr: r.stderr };
}

const text = (): string => readFileSync(file, "utf8");
const hidden = (): string[] => readdirSync(dir).filter((n) => n.startsWith("."));

describe.each(SHELLS.map((s) => ({ shell: s, name: s.join(" ") })))("under $name", ({ shell }) => {
  test("changes the one line, keeps mode and the rest, keeps a hidden backup", () => {
    chmodSync(file, 0o640);
    const r = run(editCommand(anEdit(), "run-1"), shell);
    expect(r).toMatchObject({ code: 0, stderr: "" });
    expect(text()).toBe(CONF.replace(OLD, NEW));
    expect(editedHash(r.stdout)).toBe(sha(text()));
    expect(statSync(file).mode & 0o777).toBe(0o640);
    const [backup = "", ...others] = hidden();
    expect(others).toEqual([]);
    expect(backup.endsWith(".502-run-1.bak")).toBe(true);
    expect(readFileSync(join(dir, backup), "utf8")).toBe(CONF);
    expect(existsSync(join(dir, "pwned"))).toBe(false);
  });

  test("a failing test restores the very bytes, and says what it said", () => {
    const before = statSync(file);
    const test = ["sh", "-c", 'echo "[emerg] no; $1"; exit 1', "t", "a b"];
    const r = run(editCommand(anEdit({}, test), "run-1"), shell);
    expect(r.code).toBe(EDIT_EXIT.testFailedRestored);
    expect(r.stdout).toContain("[emerg] no; a b");
    expect(text()).toBe(CONF);
    expect(statSync(file).mtimeMs).toBe(before.mtimeMs);
    expect(hidden()).toEqual([]);
  });

  test("a file that changed since is left alone", () => {
    const edit = anEdit();
    writeFileSync(file, `${CONF}# by a colleague\n`);
    expect(run(editCommand(edit, "run-1"), shell).code).toBe(EDIT_EXIT.changedSince);
    expect(text()).toBe(`${CONF}# by a colleague\n`);
    expect(hidden()).toEqual([]);
  });

  test("redacted text is never written back: the line is another one", () => {
    const edits = [{ line: 2, oldText: "    server [redacted];", newText: "    server [redacted] backup;" }];
    const r = run(editCommand(anEdit({ edits }), "run-1"), shell);
    expect(r.code).toBe(EDIT_EXIT.lineDiffers);
    expect(text()).toBe(CONF);
    expect(hidden()).toEqual([]);
  });

  test("taken back to the very bytes, unless somebody else edited meanwhile", () => {
    const edit = anEdit();
    const edited = editedHash(run(editCommand(edit, "run-1"), shell).stdout) ?? "";
    const after = text();
    writeFileSync(file, `${after}# by a colleague\n`);
    expect(run(restoreCommand(edit, "run-1", edited), shell).code).toBe(EDIT_EXIT.changedSince);
    expect(text()).toBe(`${after}# by a colleague\n`);
    writeFileSync(file, after);
    expect(run(restoreCommand(edit, "run-1", edited), shell)).toMatchObject({ code: 0, stderr: "" });
    expect(text()).toBe(CONF);
    expect(hidden()).toEqual([]);
    expect(run(restoreCommand(edit, "run-1", edited), shell).code).toBe(EDIT_EXIT.nothingDone);
  });

  test("a symbolic link stays one, its target is edited", () => {
    const link = join(dir, "enabled");
    symlinkSync(file, link);
    expect(run(editCommand(anEdit({ path: link }), "run-1"), shell).code).toBe(0);
    expect(text()).toBe(CONF.replace(OLD, NEW));
    expect(
      readdirSync(dir, { withFileTypes: true })
        .find((e) => e.name === "enabled")
        ?.isSymbolicLink(),
    ).toBe(true);
  });
});

test("the backup is not picked up by an include of everything in the folder", () => {
  run(editCommand(anEdit(), "run-1"));
  const matched = execFileSync("sh", ["-c", 'for f in "$1"/*; do printf "%s\\n" "$f"; done', "sh", dir], {
    encoding: "utf8",
  });
  expect(matched.trim()).toBe(file);
});

test("any edit of any text: only that line changes, and taking back gives the very bytes", () => {
  const line = string({ unit: "binary", maxLength: 30 }).map((s) => s.replaceAll(/[\n\0]/g, "x"));
  const lines = array(line, { minLength: 1, maxLength: 12 });
  let n = 0;
  assert(
    property(lines, line, nat(), boolean(), (lines, added, pick, ends) => {
      const at = pick % lines.length;
      const last = ends ? "\n" : "";
      const whole = lines.join("\n") + last;
      writeFileSync(file, whole);
      const edit = anEdit({ edits: [{ line: at + 1, oldText: lines[at] ?? "", newText: added }] });
      const id = `run-${(n += 1)}`;
      const r = run(editCommand(edit, id));
      // An empty last line without its end is no line.
      const none = !ends && at === lines.length - 1 && lines[at] === "";
      expect(r.code).toBe(none ? EDIT_EXIT.lineDiffers : 0);
      expect(text()).toBe(none ? whole : lines.with(at, added).join("\n") + last);
      expect(run(restoreCommand(edit, id, editedHash(r.stdout) ?? "")).code).toBe(
        none ? EDIT_EXIT.nothingDone : 0,
      );
      expect(text()).toBe(whole);
    }),
    { numRuns: 60 },
  );
});

test("several edits of one file keep their own line numbers, also when one adds lines", () => {
  const edits = [
    { line: 2, oldText: OLD, newText: `${NEW}\n    keepalive 16;` },
    { line: 4, oldText: "server { listen 80; }", newText: "server { listen 8080; }" },
  ];
  expect(run(editCommand(anEdit({ edits }), "run-1")).code).toBe(0);
  expect(text()).toBe(
    "upstream shop {\n    server 127.0.0.1:3000;\n    keepalive 16;\n}\nserver { listen 8080; }\n",
  );
});

describe.skipIf(!has("git"))("a file in git (where there is none, skipped: needs git)", () => {
  const git = (...words: string[]): void => {
    const who = ["-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "init.defaultBranch=main"];
    execFileSync("git", ["-C", dir, ...who, ...words], { stdio: "ignore" });
  };
  beforeEach(() => {
    git("init");
    git("add", ".");
    git("commit", "-m", "as deployed");
  });

  test("that has no changes is not edited: its repository would bring it back", () => {
    expect(run(editCommand(anEdit(), "run-1"))).toMatchObject({ code: EDIT_EXIT.inGit });
    expect(text()).toBe(CONF);
    expect(hidden().filter((n) => n !== ".git")).toEqual([]);
  });

  test("is edited where the configuration allows it, where it was changed before, and where it is not tracked", () => {
    expect(run(editCommand(anEdit({ managed: "allowed" }), "run-1"))).toMatchObject({ code: 0 });
    expect(text()).toContain(NEW);
    writeFileSync(file, `${CONF}# changed by hand\n`);
    expect(run(editCommand(anEdit(), "run-2"))).toMatchObject({ code: 0 });
    git("rm", "--cached", "-q", file);
    writeFileSync(file, CONF);
    expect(run(editCommand(anEdit(), "run-3"))).toMatchObject({ code: 0 });
  });
});
