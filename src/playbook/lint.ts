import type { LoadEnvironment } from "./load-environment.ts";
import { loadPlaybooks, type PlaybookFolder } from "./load-all.ts";
import type { PlaybookError } from "./yaml-source.ts";

export interface LintReport {
  readonly ok: boolean;
  /** One line for each mistake, in the form editors understand, its hint below it; then a summary. */
  readonly text: string;
  readonly errors: readonly PlaybookError[];
  readonly warnings: readonly PlaybookError[];
}

/** Checks all playbooks at once. `ok` is false when one has an error; warnings alone are ok. */
export function lintPlaybooks(folders: readonly PlaybookFolder[], env: LoadEnvironment): LintReport {
  const { playbooks, errors, warnings } = loadPlaybooks(folders, env);
  const said = [
    ...errors.map((error) => ({ ...error, kind: "error" })),
    ...warnings.map((warning) => ({ ...warning, kind: "warning" })),
  ].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column));
  const lines = said.map(
    ({ file, line, column, kind, path, message, hint }) =>
      `${file}:${line}:${column}: ${kind}: ${path === "" ? "" : `${path}: `}${message}\n    ${hint}`,
  );
  const summary = [...playbooks.values()].map(
    (p) =>
      `${p.name}: ${count(p.checks.length, "check")}, ${count(p.causes.length, "cause")}, ${count(p.fixes.length, "fix", "fixes")} (${p.revision})`,
  );
  const counts = `${count(errors.length, "error")}, ${count(warnings.length, "warning")}`;
  return { ok: errors.length === 0, text: [...lines, ...summary, counts].join("\n"), errors, warnings };
}

/** One mistake as one line, for logs. */
export function errorText(error: PlaybookError): string {
  const where = `${error.file}:${error.line}:${error.column}`;
  return `${where}: ${error.path === "" ? "" : `${error.path}: `}${error.message} (${error.hint})`;
}

function count(n: number, noun: string, many = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : many}`;
}
