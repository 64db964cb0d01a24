/** One scenario's line in the table. */
export interface Row {
  name: string;
  expected: string;
  got?: string;
  grade?: string;
  /** Was the answer, verdict and first cause, the expected one? Absent: there was no answer. */
  first?: boolean;
  /** Causes that are wrong and were graded proven. */
  provenWrong?: string[];
  /** A control: it may have no button. */
  control?: boolean;
  buttons?: number;
  /** Is there a fix that must help? */
  fixAsked?: boolean;
  /** The fix that was run, and how it ended. */
  fixId?: string;
  fix?: string;
  /** Milliseconds of the diagnosis alone, as its user waits. */
  ms?: number;
  /** Milliseconds until the symptom was seen. */
  playedMs?: number;
  /** What differs from the expectation, a sentence each. */
  wrong?: string[];
}

const columns: [string, (row: Row) => string][] = [
  ["scenario", (row) => row.name],
  ["expected", (row) => row.expected],
  ["got", (row) => row.got ?? ""],
  ["grade", (row) => row.grade ?? ""],
  ["fix", (row) => (row.fix === undefined ? "" : `${row.fixId ?? ""} ${row.fix}`)],
  ["played ms", (row) => String(row.playedMs ?? "")],
  ["diagnosed ms", (row) => String(row.ms ?? "")],
  ["", (row) => (row.wrong?.length ? "WRONG" : "ok")],
];

/** The rows as text in columns, ordered by name, the differences below. */
export function table(rows: readonly Row[]): string {
  const sorted = rows.toSorted((a, b) => a.name.localeCompare(b.name));
  const cells = [columns.map(([title]) => title)];
  for (const row of sorted) cells.push(columns.map(([, cell]) => cell(row)));
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => (line[at] ?? "").length)));
  const lines = cells.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  for (const row of sorted) for (const why of row.wrong ?? []) lines.push(`${row.name}: ${why}`);
  return lines.join("\n");
}

/** The last lines of a run. */
export function summary(rows: readonly Row[]): string {
  const failed = rows.filter((row) => (row.wrong ?? []).length > 0).length;
  const first = rows.filter((row) => row.first === true).length;
  const controls = rows.filter(({ control }) => control === true);
  const asked = rows.filter(({ fixAsked }) => fixAsked === true);
  const kept = asked.filter(({ wrong = [] }) => wrong.length === 0).length;
  return [
    `first rank right: ${first} of ${rows.length}`,
    `graded proven and wrong: ${rows.flatMap((row) => row.provenWrong ?? []).length}`,
    `controls with a button: ${controls.filter((row) => (row.buttons ?? 0) > 0).length} of ${controls.length}`,
    `fixes that ended as they must: ${kept} of ${asked.length}`,
    `${rows.length - failed} passed, ${failed} failed`,
  ].join("\n");
}
