/**
 * True for the line that stands where bounded output was cut (`…4096 bytes cut…`). The lines before and
 * behind it may be halves.
 */
export function isCutMark(line: string): boolean {
  return /^…\d+ bytes cut…\r?$/.test(line);
}
