import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Playbook } from "./domain/playbook.ts";
import type { LoadedAll, PlaybookFolder } from "./playbook/load-all.ts";

/** The rooms whose code decides whether a playbook is right. */
const JUDGES = ["domain", "model", "parsers", "playbook"];
/** Older ones are removed, so that a playbook in the making does not fill the folder. */
const KEPT = 8;

/**
 * Playbooks in which no mistake was found, kept as JSON beside the compiled modules: to read and check them takes a
 * third of a verdict in the terminal. They are judged anew when a text, what else was allowed, or the code that
 * judges has changed. What cannot be kept or read is made again: never an error.
 * @param asked what beside the texts decides, such as the commands that 502.yml adds
 */
export function keptPlaybooks(
  folders: readonly PlaybookFolder[],
  asked: unknown,
  make: () => LoadedAll,
): LoadedAll {
  const dir = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "fiveohtwo", "playbooks");
  const key = createHash("sha256").update(JSON.stringify([folders, asked, judges()]));
  const file = join(dir, `${key.digest("hex")}.json`);
  const before = read(dir, file);
  if (before !== undefined) return before;
  const made = make();
  if (made.errors.length === 0) keep(dir, file, made);
  return made;
}

interface Kept {
  readonly playbooks: readonly (readonly [string, Playbook])[];
  readonly warnings: LoadedAll["warnings"];
}

/** Only a folder that nobody else can write is believed. */
function read(dir: string, file: string): LoadedAll | undefined {
  try {
    const { uid, mode } = statSync(dir);
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) return undefined;
    // Written by this very function from what had been checked, under the hash of all it was made of.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const { playbooks, warnings } = JSON.parse(readFileSync(file, "utf8")) as Kept;
    return { playbooks: new Map(playbooks), errors: [], warnings };
  } catch {
    return undefined;
  }
}

function keep(dir: string, file: string, { playbooks, warnings }: LoadedAll): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const old = readdirSync(dir).map((name) => join(dir, name));
    const byAge = old.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
    for (const path of byAge.slice(KEPT - 1)) rmSync(path, { force: true });
    // Written aside and put in its place at once: another process must not read half of it.
    const aside = `${file}.${randomBytes(4).toString("hex")}`;
    writeFileSync(aside, JSON.stringify({ playbooks: [...playbooks], warnings }), { mode: 0o600 });
    renameSync(aside, file);
  } catch {
    // A full or read-only disk: it is read and checked anew each time.
  }
}

function judges(): string[] {
  return JUDGES.flatMap((room) => {
    const dir = join(import.meta.dirname, room);
    return readdirSync(dir, { recursive: true, encoding: "utf8" }).map((name) => {
      const { size, mtimeMs } = statSync(join(dir, name));
      return `${room}/${name} ${size} ${mtimeMs}`;
    });
  });
}
