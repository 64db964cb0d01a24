/** Keys under which messages, attachments and blocks keep what is read or linked. */
const SAID = new Set(["text", "title", "title_link", "fallback", "pretext", "footer", "value", "url"]);

/** Everything that a message, its attachments or its blocks say, piece by piece: alerts seldom say it in the text. */
export function wordsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(wordsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    typeof inner === "string" ? (SAID.has(key) ? [inner] : []) : wordsIn(inner),
  );
}
