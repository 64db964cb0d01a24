/** Slack's limits for what the bot draws, in characters or counts (docs.slack.dev, Block Kit and chat.postMessage). */
export const LIMITS = {
  messageBlocks: 50,
  viewBlocks: 100,
  /** All characters of one message's blocks together; Slack gives about 13,000 before msg_blocks_too_long. */
  totalCharacters: 12_000,
  /** A message's text: advised, the hard limit is 40,000. */
  messageText: 4_000,
  sectionText: 3_000,
  contextText: 3_000,
  /** Not Slack's: what a reader takes in of one preformatted piece before "show everything". */
  preformatted: 3_000,
  header: 150,
  actionsElements: 25,
  contextElements: 10,
  buttonText: 75,
  buttonValue: 2_000,
  id: 255,
  viewTitle: 24,
  viewButton: 24,
  privateMetadata: 3_000,
  inputLabel: 2_000,
  inputHint: 2_000,
  inputValue: 3_000,
  placeholder: 150,
  options: 100,
  optionText: 75,
  optionValue: 150,
  groupLabel: 75,
  fieldError: 2_000,
  altText: 2_000,
} as const;

/** Ends in "…" where something was cut; for labels, which have no room to say more. */
export function cutLabel(text: string, max: number): string {
  const clean = oneLine(text);
  return clean.length <= max ? clean : `${whole(clean, max - 1)}…`;
}

/**
 * Cuts a text and says how much is missing: "… (1,204 more characters)". Never in silence.
 * @param max what is left is at most so long, the notice included
 */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const room = Math.max(0, max - NOTICE);
  const kept = whole(text, room);
  return `${kept}… (${(text.length - kept.length).toLocaleString("en")} more characters)`.slice(0, max);
}

/**
 * Cuts what is read as a sentence: line ends become spaces, so that a text of many lines fills no screen; says how
 * much is missing.
 */
export function cutSentence(text: string, max: number): string {
  return cutText(oneLine(text), max);
}

/**
 * Cuts after whole lines and says how many are missing: "… 12 more lines".
 * @param where the rest is found, as the end of the notice: ", in the file below"
 */
export function cutLines(text: string, maxLines: number, max: number, where = ""): string {
  const lines = text.split("\n");
  const kept: string[] = [];
  let size = 0;
  for (const line of lines.slice(0, maxLines)) {
    if (size + line.length + 1 > max - NOTICE - where.length) break;
    kept.push(line);
    size += line.length + 1;
  }
  if (kept.length === lines.length) return text;
  if (kept.length === 0)
    return cutText(lines[0] ?? "", max - NOTICE - where.length).concat(more(lines.length - 1, where));
  return kept.join("\n").concat(more(lines.length - kept.length, where));
}

/** Room a notice of a cut takes at most. */
const NOTICE = 40;

function more(lines: number, where: string): string {
  return lines === 0
    ? ""
    : `\n… ${lines.toLocaleString("en")} more ${lines === 1 ? "line" : "lines"}${where}`;
}

/** The first n UTF-16 units without half a character at the end. */
function whole(text: string, n: number): string {
  const end = text.charCodeAt(n - 1);
  return text.slice(0, end >= 0xd800 && end <= 0xdbff ? n - 1 : n);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
