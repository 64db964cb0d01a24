/** How one program may be used by a check: what is not listed is refused. */
export interface Usage {
  /** Options without a value, separated by spaces: "-a --all". */
  readonly flags?: string;
  /** Options with a value: "-n 5", "-n5", "--lines 5" or "--lines=5". */
  readonly values?: string;
  /** Options whose value can only be attached: "-b", "-b1", "--boot=1". */
  readonly optional?: string;
  /** "single": long options have one dash (openssl, find) and letters are never joined. */
  readonly style?: "gnu" | "single";
  /** One of these options must be given; without it the program would do something else. */
  readonly needs?: string;
  /** The words an operand may be; none is allowed when absent. */
  readonly operands?: RegExp;
  /** At least and at most so many operands. */
  readonly count?: readonly [number, number];
  /** What the first operand may be, each with its own options and operands. */
  readonly verbs?: Readonly<Record<string, Usage>>;
  /** The values an option may have. */
  readonly allowed?: Readonly<Record<string, RegExp>>;
  /** What must hold for all together. @returns why not */
  readonly also?: (given: Given) => string | undefined;
}

/** The words of a command, understood. */
export interface Given {
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/** Stands for a value that is only known on a host: fits every pattern, is no verb, option or program. */
export const SAMPLE = "\u{F0000}";

/** @returns true when the word matches, or holds a value that is judged when it is known */
export function fits(pattern: RegExp, word: string): boolean {
  return word.includes(SAMPLE) || pattern.test(word);
}

/** Any operand that is not an option. */
export const ANY = /^[^]*$/;

function listed(options: string | undefined): ReadonlySet<string> {
  return new Set(options?.split(" ") ?? []);
}

/** What is allowed, for the hint of a refusal. */
export function allowedText(usage: Usage): string {
  const options = [usage.flags, usage.values, usage.optional].filter((list) => list !== undefined).join(" ");
  const verbs = Object.keys(usage.verbs ?? {}).join(", ");
  return [verbs === "" ? "" : `one of: ${verbs}`, options === "" ? "" : `options: ${options}`]
    .filter((text) => text !== "")
    .join("; ");
}

/** @returns why the arguments are refused, naming the word; undefined when they are allowed */
export function refuse(usage: Usage, args: readonly string[]): string | undefined {
  const options = new Map<string, string[]>();
  const operands: string[] = [];
  let at: Usage = usage;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    if (word === "--") {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (word.startsWith("-") && word.length > 1) {
      const taken = take(at, word, args[i + 1], options);
      if (typeof taken === "string") return taken;
      if (taken.usedNext) i++;
      continue;
    }
    if (usage.verbs && operands.length === 0) {
      const verb = Object.hasOwn(usage.verbs, word) ? usage.verbs[word] : undefined;
      if (!verb) return `"${word}" is not one of ${Object.keys(usage.verbs).join(", ")}`;
      at = joined(usage, verb);
    }
    operands.push(word);
  }
  return judge(usage, at, { options, operands });
}

/** A verb's usage with the options of the whole program. */
function joined(whole: Usage, verb: Usage): Usage {
  const join = (a?: string, b?: string): string => [a, b].filter((list) => list !== undefined).join(" ");
  return {
    ...verb,
    flags: join(whole.flags, verb.flags),
    values: join(whole.values, verb.values),
    optional: join(whole.optional, verb.optional),
    allowed: { ...whole.allowed, ...verb.allowed },
    ...(whole.style ? { style: whole.style } : {}),
  };
}

function judge(whole: Usage, at: Usage, given: Given): string | undefined {
  const needs = listed(at.needs);
  if (needs.size > 0 && ![...needs].some((option) => given.options.has(option)))
    return `it needs one of ${[...needs].join(" ")}`;
  if (whole.verbs && given.operands.length === 0)
    return `it needs one of ${Object.keys(whole.verbs).join(", ")}`;
  const rest = whole.verbs ? given.operands.slice(1) : given.operands;
  const { operands } = at;
  const odd = rest.find((word) => operands === undefined || !fits(operands, word));
  if (odd !== undefined) return `the word "${odd}" is not allowed`;
  const [least, most] = at.count ?? [0, Number.POSITIVE_INFINITY];
  if (rest.length < least) return `it needs ${least} operands`;
  if (rest.length > most) return `it takes ${most} operands only`;
  const all = { options: given.options, operands: rest };
  return whole.also?.(all) ?? (at === whole ? undefined : at.also?.(all));
}

type Taken = string | { readonly usedNext: boolean };

function take(usage: Usage, word: string, next: string | undefined, into: Map<string, string[]>): Taken {
  if (usage.style === "single" || word.startsWith("--")) return takeLong(usage, word, next, into);
  return takeLetters(usage, word, next, into);
}

function note(usage: Usage, into: Map<string, string[]>, option: string, value?: string): string | undefined {
  const allowed = usage.allowed?.[option];
  if (value !== undefined && allowed && !fits(allowed, value))
    return `"${value}" is not allowed for ${option}`;
  into.set(option, [...(into.get(option) ?? []), ...(value === undefined ? [] : [value])]);
  return undefined;
}

function takeLong(usage: Usage, word: string, next: string | undefined, into: Map<string, string[]>): Taken {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const takesValue = listed(usage.values).has(name);
  if (value === undefined && takesValue) return separate(usage, name, next, into);
  const known = value === undefined ? listed(usage.flags).has(name) : takesValue;
  if (!known && !listed(usage.optional).has(name)) return `"${word}" is not allowed`;
  return note(usage, into, name, value) ?? { usedNext: false };
}

/** "-nvL", "-n5", "-n 5": letters until one takes a value. */
function takeLetters(
  usage: Usage,
  word: string,
  next: string | undefined,
  into: Map<string, string[]>,
): Taken {
  const [flags, values, optional] = [listed(usage.flags), listed(usage.values), listed(usage.optional)];
  if (flags.has(word)) return note(usage, into, word) ?? { usedNext: false };
  for (let i = 1; i < word.length; i++) {
    const option = `-${word[i] ?? ""}`;
    const rest = word.slice(i + 1);
    if (values.has(option) && rest === "") return separate(usage, option, next, into);
    if (values.has(option) || optional.has(option))
      return note(usage, into, option, rest === "" ? undefined : rest) ?? { usedNext: false };
    if (!flags.has(option)) return `"${option}"${word.length > 2 ? ` in "${word}"` : ""} is not allowed`;
    note(usage, into, option);
  }
  return { usedNext: false };
}

/**
 * A value in a word of its own. One that begins with a dash is refused, because programs differ in whether they
 * read it as the value or as the next option; find and openssl always take the next word.
 */
function separate(
  usage: Usage,
  option: string,
  next: string | undefined,
  into: Map<string, string[]>,
): Taken {
  if (next === undefined) return `"${option}" needs a value`;
  if (next.startsWith("-") && usage.style !== "single")
    return `the value "${next}" of ${option} begins with a dash: attach it`;
  return note(usage, into, option, next) ?? { usedNext: true };
}
