/** One scenario's line in the table. */
export interface Row {
  name: string;
  expected: string;
  got?: string;
  grade?: string;
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
  ["fix", (row) => row.fix ?? ""],
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

/** The last line of a run. */
export function summary(rows: readonly Row[]): string {
  const failed = rows.filter((row) => (row.wrong ?? []).length > 0).length;
  return `${rows.length - failed} passed, ${failed} failed`;
}
