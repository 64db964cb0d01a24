/**
 * A text as a terminal may show it: without what it would act upon. Escape sequences (ECMA-48: CSI, OSC and the other
 * strings, two-character ones), control characters but line ends and tabs, and marks that turn the writing direction.
 */
export function printable(text: string): string {
  return text
    .replaceAll(
      /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|[ -/]*[0-~])/g,
      "",
    )
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}

/** The same on one line: what a host says must not look like a line of ours. */
export function printableLine(text: string): string {
  return printable(text.replaceAll(/\r?\n|[\u2028\u2029\u0085]/g, " "));
}

/** JSON whose strings hold such characters as escapes only: the same data, nothing for a terminal to act upon. */
export function printableJson(json: string): string {
  return json.replaceAll(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
