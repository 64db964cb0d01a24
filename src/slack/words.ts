/**
 * Splits what somebody typed after `/502` into words: quotes hold together, typographic quotes and dashes of phones
 * are what they stand for, and links that Slack made of names are names again. A channel keeps its id (`<#C…|ops>`).
 */
export function splitWords(text: string): string[] {
  const plain = text
    .replaceAll(/<(?!#)([^<>|]+)\|([^<>]*)>/g, (_, target: string, label: string) => label || target)
    .replaceAll(/<(https?:[^<>|]+)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll(/[\u201c\u201d\u201e]/g, '"')
    .replaceAll(/(^|\s)[\u2013\u2014](?=[a-z])/g, "$1--");
  return [...plain.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? "").filter((w) => w !== "");
}
