/**
 * Quotes words for a POSIX shell: the only place of the project that does.
 * Inside single quotes a POSIX shell interprets nothing (POSIX.1-2024 XCU 2.2.2), so a word needs
 * no knowledge of the shell that reads it; a single quote itself leaves and re-enters them.
 */

const PLAIN = /^[A-Za-z0-9_./:@%+,-]+$/;

/** Quotes one word. Throws RangeError on NUL, which no argument vector can hold. */
export function quoteWord(word: string): string {
  if (word.includes("\0")) throw new RangeError("an argument cannot contain a NUL character");
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Quotes an argument vector as one shell line that runs exactly these words.
 * Throws RangeError on an empty vector, on NUL, and on a program name that a shell would take for
 * an option, an assignment or nothing at all.
 */
export function quoteArgv(argv: readonly string[]): string {
  const program = argv[0];
  if (program === undefined || program === "") throw new RangeError("a command needs a program name");
  if (program.startsWith("-") || program.includes("=")) {
    throw new RangeError(`not a program name: ${JSON.stringify(program)}`);
  }
  return argv.map(quoteWord).join(" ");
}
