import type { Condition, Field } from "./firewall-rule.ts";

/** What a rule looks at: a field of the packet, or something that is not judged (null). */
interface Key {
  readonly field: Field | null;
  /** What a packet must be to have such a field at all. */
  readonly implies: readonly Condition[];
  /** How many words name it. */
  readonly words: number;
}

const FIELDS: ReadonlyMap<string, Field> = new Map([
  ["tcp dport", "destination-port"],
  ["th dport", "destination-port"],
  ["tcp sport", "source-port"],
  ["th sport", "source-port"],
  ["ip daddr", "destination"],
  ["ip6 daddr", "destination"],
  ["ip saddr", "source"],
  ["ip6 saddr", "source"],
  ["ip protocol", "protocol"],
  ["ip6 nexthdr", "protocol"],
  ["meta nfproto", "family"],
  ["meta l4proto", "protocol"],
  ["meta skuid", "user"],
  ["meta oifname", "out"],
  ["meta oif", "out"],
  ["meta iifname", "in"],
  ["meta iif", "in"],
  ["ct state", "state"],
]);
/** What is printed without "meta", too. */
const BARE = new Set(["l4proto", "skuid", "oifname", "oif", "iifname", "iif"]);
/** Headers that a TCP packet does not have. */
const OTHERS = ["udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "igmp", "esp", "ah", "comp"];
const HEADERS: ReadonlyMap<string, Condition> = new Map([
  ["ip", { field: "family", any: ["ipv4"], not: false }],
  ["ip6", { field: "family", any: ["ipv6"], not: false }],
  ...["tcp", ...OTHERS].map((name): [string, Condition] => [
    name,
    { field: "protocol", any: [name], not: false },
  ]),
]);

/**
 * The key at this word, or the keys that are joined by "." (a concatenation).
 * @returns undefined where none begins that is known; `end`: the word behind it
 */
export function keysAt(
  words: readonly string[],
  at: number,
): { readonly keys: readonly Key[]; readonly end: number } | undefined {
  const keys: Key[] = [];
  for (let next = at; ; next += 1) {
    const key = keyAt(words, next) ?? unknownKey(words, next, keys.length > 0);
    if (key === undefined) return undefined;
    keys.push(key);
    next += key.words;
    if (words[next] !== ".") return { keys, end: next };
  }
}

function keyAt(words: readonly string[], at: number): Key | undefined {
  const [first = "", second = ""] = words.slice(at, at + 2);
  const header = HEADERS.get(first);
  const implies = header === undefined ? [] : [header];
  if (BARE.has(first)) return { field: FIELDS.get(`meta ${first}`) ?? null, implies, words: 1 };
  const field = FIELDS.get(`${first} ${second}`);
  if (field !== undefined) return { field, implies, words: 2 };
  return header === undefined || second === "" ? undefined : { field: null, implies, words: 2 };
}

/** A key of other words, which is one only as a part of a concatenation. */
function unknownKey(words: readonly string[], at: number, within: boolean): Key | undefined {
  const length = words
    .slice(at, at + 5)
    .findIndex((word) => word === "." || (within && /^(?:[@{]|[!=]=$|vmap$)/.test(word)));
  const plain = words.slice(at, at + length).every((word) => /^[a-z]\w*$/.test(word));
  return length > 0 && plain ? { field: null, implies: [], words: length } : undefined;
}
