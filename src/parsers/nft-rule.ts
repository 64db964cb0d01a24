import type { FirewallRule } from "./firewall-rule.ts";
import { keysAt } from "./nft-keys.ts";
import { listOf, type NamedSets } from "./nft-sets.ts";

const TOKENS = /"(?:[^"\\]|\\.)*"|\{(?:"[^"]*"|[^"}])*\}|[^\s{}"]+/g;
/** What is longer is cut, and then nobody knows what it matches. */
const LONGEST = 64_000;

/** The rules of one line of `nft list ruleset`: one, or one for each element of its verdict map. */
export function rulesOf(line: string, sets: NamedSets | undefined): FirewallRule[] {
  const rule = { conditions: [], concatenations: [], text: line.slice(0, 1000) };
  if (line.length > LONGEST) return [{ ...rule, verdict: "accept", unjudged: true }];
  return new RuleText(line, sets, { ...rule, verdict: "continue", unjudged: false }).rules();
}

type Keys = NonNullable<ReturnType<typeof keysAt>>["keys"];

const UNKNOWN: Keys = [{ field: null, implies: [], words: 0 }];
/** They begin no key, whatever follows. */
const STATEMENTS = new Set([
  "accept",
  "drop",
  "reject",
  "return",
  "continue",
  "jump",
  "goto",
  "counter",
  "comment",
  "log",
  "xt",
  "redirect",
  "dnat",
]);

/** Reads a rule's words from left to right; a word that is not known makes it one that matches perhaps. */
class RuleText {
  readonly #words: readonly string[];
  readonly #sets: NamedSets | undefined;
  readonly #rule: FirewallRule;
  #at = 0;

  constructor(line: string, sets: NamedSets | undefined, rule: FirewallRule) {
    this.#words = line.match(TOKENS) ?? [];
    this.#sets = sets;
    this.#rule = rule;
  }

  rules(): FirewallRule[] {
    while (this.#at < this.#words.length) {
      const mapped = this.#read();
      if (mapped !== undefined) return mapped;
    }
    return [this.#rule];
  }

  #peek(ahead = 0): string {
    return this.#words[this.#at + ahead] ?? "";
  }

  #next(): string {
    return this.#words[this.#at++] ?? "";
  }

  /** Reads one statement. @returns the rules of a verdict map, which ends a rule */
  #read(): FirewallRule[] | undefined {
    if (this.#peek() === "fib") {
      this.#fib();
      return undefined;
    }
    const found = STATEMENTS.has(this.#peek()) ? undefined : keysAt(this.#words, this.#at);
    if (found !== undefined) {
      this.#at = found.end;
      return this.#condition(found.keys);
    }
    const rule = this.#rule;
    const word = this.#next();
    if (word === "counter") this.#counter();
    else if (word === "comment") this.#at += 1;
    else if (word === "xt" && this.#peek() === "match" && this.#peek(1) === '"comment"') this.#at += 2;
    else if (word === "log") this.#log();
    else if (word === "reject" || (word === "xt" && /REJECT/.test(this.#peek(1)))) this.#reject();
    else if (word === "redirect" || word === "dnat") this.#redirect(word);
    // By what this map chooses is not known.
    else if (word === "vmap") return this.#verdictMap(UNKNOWN, this.#next());
    else if (!setVerdict(rule, word, () => this.#next())) rule.unjudged = true;
    return undefined;
  }

  #condition(keys: Keys): FirewallRule[] | undefined {
    const rule = this.#rule;
    rule.conditions.push(...keys.flatMap((key) => key.implies));
    const not = this.#peek() === "!=";
    if (not || this.#peek() === "==") this.#at += 1;
    const word = this.#next();
    if (word === "vmap") return this.#verdictMap(keys, this.#next());
    const any = listOf(word, this.#sets);
    if (any === undefined) rule.unjudged = true;
    else among(rule, keys, any, not);
    return undefined;
  }

  #verdictMap(keys: Keys, text: string): FirewallRule[] {
    const elements = listOf(text, this.#sets)?.map((element) => /^(.+) : (\S+)(?: (\S+))?$/.exec(element));
    if (elements === undefined || elements.some((element) => element === null))
      return [{ ...this.#rule, verdict: "accept", unjudged: true }];
    const named = elements.flatMap((element) => element?.[1] ?? []).filter((key) => key !== "*");
    return elements.map((element) => {
      const [, key = "", verdict = "", target = ""] = element ?? [];
      const { conditions, concatenations } = this.#rule;
      const rule = {
        ...this.#rule,
        conditions: [...conditions],
        concatenations: [...concatenations],
      };
      // "*" is for what no other element is for.
      if (key === "*") among(rule, keys, named, true);
      else among(rule, keys, [key], false);
      if (!setVerdict(rule, verdict, () => target)) rule.unjudged = true;
      return rule;
    });
  }

  /** What the routing tables say of an address is not judged. */
  #fib(): void {
    this.#rule.unjudged = true;
    this.#at += 2;
    while (this.#peek() === ".") this.#at += 2;
    if (/^(?:oif|oifname|type|check)$/.test(this.#peek())) this.#at += 1;
    if (/^[!=]=$/.test(this.#peek())) this.#at += 1;
    this.#at += 1;
  }

  #counter(): void {
    if (this.#peek() === "packets") {
      this.#rule.packets = Number(this.#peek(1)) || 0;
      this.#at += 4;
    } else if (this.#peek() === "name") this.#at += 2;
  }

  #log(): void {
    while (
      /^(?:prefix|level|group|flags|snaplen|queue-threshold|all|".*"|\w{1,10})$/.test(this.#peek()) &&
      !/^(?:accept|drop|reject|return|jump|goto|counter)$/.test(this.#peek())
    )
      this.#at += 1;
  }

  #reject(): void {
    this.#rule.verdict = "reject";
    if (this.#peek() === "with") {
      const [, kind, how = kind, type = ""] = this.#words.slice(this.#at);
      this.#rule.rejectWith = kind === "tcp" ? "tcp-reset" : `icmp-${how === "type" ? type : how}`;
    }
    this.#at = this.#words.length;
  }

  #redirect(word: string): void {
    const rule = this.#rule;
    rule.verdict = "redirect";
    if (/^ip6?$/.test(this.#peek())) this.#at += 1;
    if (this.#peek() === "to") {
      this.#at += 1;
      const to = this.#next();
      rule.sendsTo = to;
      if (!/^(?:[\d.]+|\[[\da-f:]+\])?(?::\d+)?$/.test(to)) rule.unjudged = true;
    } else if (word === "dnat") rule.unjudged = true;
    this.#at = this.#words.length;
  }
}

/** Adds that the keys' values are (or are not) among these. */
function among(rule: FirewallRule, keys: Keys, any: readonly string[], not: boolean): void {
  const [key] = keys;
  if (keys.length === 1 && key !== undefined && key.field !== null)
    rule.conditions.push({ field: key.field, any: [...any], not });
  else
    rule.concatenations.push({
      fields: keys.map(({ field }) => field),
      any: any.map((element) => (keys.length === 1 ? [element] : element.split(" . "))),
      not,
    });
}

function setVerdict(rule: FirewallRule, word: string, next: () => string): boolean {
  if (word === "jump" || word === "goto") {
    rule.verdict = word;
    rule.target = next();
    return true;
  }
  if (word !== "accept" && word !== "drop" && word !== "return" && word !== "continue") return false;
  rule.verdict = word;
  return true;
}
