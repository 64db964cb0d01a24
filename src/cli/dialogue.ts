import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { printable } from "../wording/printable.ts";

/** A conversation with the person at the terminal. Questions and remarks go to standard error: the answer is apart. */
export interface Dialogue {
  /** Somebody can be asked. */
  readonly interactive: boolean;
  say(text: string): void;
  /** One line, trimmed. */
  ask(question: string): Promise<string>;
  /** As ask; what is typed is shown nowhere. */
  askHidden(question: string): Promise<string>;
}

/** Somebody ended the conversation with Ctrl-C or Ctrl-D. */
export class Stopped extends Error {}

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

export function terminalDialogue(): Dialogue {
  const write = (text: string): void => void process.stderr.write(printable(text));
  const asked = async (question: string, hidden: boolean): Promise<string> => {
    // As a terminal, readline reads key by key and the terminal itself echoes nothing: from before the question on.
    const output = hidden ? nowhere() : process.stderr;
    const reader = createInterface({ input: process.stdin, output, terminal: true });
    try {
      if (hidden) write(question);
      return (await answerOf(reader, hidden ? "" : question)).trim();
    } finally {
      reader.close();
      if (hidden) write("\n");
    }
  };
  return {
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    say: (text) => write(`${text}\n`),
    ask: (question) => asked(question, false),
    askHidden: (question) => asked(question, true),
  };
}

/** @throws Stopped where the input ends before the line does */
async function answerOf(reader: Interface, question: string): Promise<string> {
  const closed = Promise.withResolvers<never>();
  reader.once("close", () => closed.reject(new Stopped()));
  const answer = reader.question(question);
  // The one that loses is nobody's.
  answer.catch(() => undefined);
  closed.promise.catch(() => undefined);
  return Promise.race([answer, closed.promise]);
}
