import { readdirSync, readFileSync } from "node:fs";
import type { Output } from "../../src/parsers/output.ts";

const FIXTURES = new URL("./fixtures/", import.meta.url);

/** A command's result, with what is not said being a clean exit. */
export function result(stdout: string, rest: Partial<Output> = {}): Output {
  return { stdout, stderr: "", exitCode: 0, end: "exited", ...rest };
}

/** A captured standard output. */
export function captured(name: string): string {
  return readFileSync(new URL(name, FIXTURES), "utf8");
}

/** A transcript with sections for standard output, standard error and the exit code. */
export function transcript(name: string): Output {
  const match = /--- stdout\n([^]*?)--- stderr\n([^]*?)--- exit code: (\d+)/.exec(
    captured(`selinux/${name}.txt`),
  );
  if (match === null) throw new Error(`${name} is no transcript`);
  const exitCode = Number(match[3]);
  return { stdout: match[1] ?? "", stderr: match[2] ?? "", exitCode, end: "exited" };
}

/** Every captured output, to be cut and fed to every parser. */
export function everyCapture(): { name: string; output: Output }[] {
  const host = readdirSync(new URL("host/", FIXTURES)).map((name) => ({
    name,
    output: result(captured(`host/${name}`)),
  }));
  const selinux = readdirSync(new URL("selinux/", FIXTURES)).map((name) => ({
    name,
    output: transcript(name.replace(/\.txt$/, "")),
  }));
  return [...host, ...selinux];
}
