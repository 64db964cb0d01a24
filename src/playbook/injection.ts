import { split } from "./template.ts";

/** What is wrong with a word of a fix's command. */
export interface Misuse {
  readonly index: number;
  readonly because: string;
  readonly hint: string;
}

/** Programs that run another program named in their words. */
const WRAPPERS = new Set(
  "env sudo runuser su nsenter timeout nice ionice setsid nohup stdbuf chroot xargs doas flock systemd-run time unshare".split(
    " ",
  ),
);
/** Programs that run a text as code. */
const INTERPRETERS =
  /^(?:(?:ba|da|z|a|k|c|tc|fi)?sh|busybox|perl|ruby|lua|node|deno|bun|php[\d.]*|python[\d.]*|[gmn]?awk|sed|ed|ex|vim?|psql|mysql|redis-cli|ssh)$/;

/**
 * Looks for places where a value from a host would choose a program or become code. A fix's commands are not
 * held to the table of read-only commands, so this is what stands between a value and a shell.
 * @param argv - the words as they are written in the playbook
 */
export function misuse(argv: readonly string[]): Misuse | undefined {
  const filled = argv.map((word) => split(word).some((piece) => !("text" in piece)));
  let program = 0;
  while (program < argv.length) {
    if (filled[program]) return chosen(program);
    const name = (argv[program] ?? "").replace(/^.*\//, "");
    if (INTERPRETERS.test(name)) return code(argv, filled, program, name);
    if (!WRAPPERS.has(name)) return undefined;
    const next = wrapped(argv, filled, program, name);
    if (typeof next === "object") return next;
    program = next;
  }
  return undefined;
}

function chosen(index: number): Misuse {
  return {
    index,
    because: "the program must be written out",
    hint: "placeholders fill in arguments only; write -- before the program that is started",
  };
}

/** Where the program that a wrapper starts stands: after --, or behind the variables of env. */
function wrapped(
  argv: readonly string[],
  filled: readonly boolean[],
  program: number,
  name: string,
): number | Misuse {
  const dashes = argv.indexOf("--", program + 1);
  const end = dashes < 0 ? argv.length : dashes;
  for (let i = program + 1; i < end; i++) {
    const word = argv[i] ?? "";
    const isVariable = /^[A-Za-z_][A-Za-z0-9_]*=/.test(word);
    const isOption = word.startsWith("-");
    const isValue = dashes >= 0 && (argv[i - 1] ?? "").startsWith("-");
    if (name === "env" && !isVariable && !isOption && !isValue) return i;
    if (filled[i] && !isVariable && !isValue) return chosen(i);
  }
  return dashes < 0 ? argv.length : dashes + 1;
}

/** `sh -c 'text' sh ${value}` is safe; a value in the text, or where the text might be, is not. */
function code(
  argv: readonly string[],
  filled: readonly boolean[],
  program: number,
  name: string,
): Misuse | undefined {
  const index = filled.findIndex((isFilled, i) => i > program && isFilled);
  if (index < 0) return undefined;
  const script = argv.findIndex((word, i) => i > program && /^-[a-z]*[ce]$/.test(word));
  const alone = split(argv[index] ?? "").length === 1;
  if (script > 0 && index > script + 2 && alone) return undefined;
  return {
    index,
    because: `a value must not become part of what ${name} runs`,
    hint: `write: ${name} -c '… "$1" …' ${name} \${value}, or better a program without a shell`,
  };
}
