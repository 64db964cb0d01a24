import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, test } from "vitest";

const src = join(import.meta.dirname, "../src");

interface Import {
  readonly from: string;
  /** Path under src, or a package's or Node's name. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => path.split(sep).join("/"))
  .toSorted();
const texts = new Map(files.map((path) => [path, readFileSync(join(src, path), "utf8")]));

const FROM = /^(import|export)\s+(type\s)?(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

const imports: Import[] = [...texts].flatMap(([from, text]) => {
  const resolved = (name: string): string =>
    name.startsWith(".")
      ? relative(src, join(src, dirname(from), name))
          .split(sep)
          .join("/")
      : name;
  const fixed = [...text.matchAll(FROM)].map((m) => ({
    from,
    to: resolved(m[3] ?? ""),
    typeOnly: m[2] !== undefined,
  }));
  const dynamic = [...text.matchAll(DYNAMIC)].map((m) => ({
    from,
    to: resolved(m[1] ?? ""),
    typeOnly: false,
  }));
  return [...fixed, ...dynamic];
});

/** The room of a path: its folder, or "composition" for the files that only wire. */
const roomOf = (path: string): string => (path.includes("/") ? (path.split("/")[0] ?? "") : "composition");
const isOurs = ({ to }: Import): boolean => to.endsWith(".ts");
const shown = ({ from, to }: Import): string => `${from} → ${to}`;

const PURE = ["domain", "grammar", "parsers", "model", "playbook", "diagnosis", "wording"] as const;
const ADAPTERS = ["ssh", "store", "jobs", "slack", "cli", "http"] as const;
const INNER = [...PURE, "inventory", "workflows"];

/** What each room may import beside itself: rooms are stages, and the arrows go one way (src/README.md). */
const MAY: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  grammar: ["domain"],
  parsers: ["domain"],
  playbook: ["domain"],
  model: ["domain", "parsers"],
  diagnosis: ["domain", "model", "playbook"],
  wording: ["domain", "playbook"],
  // The inventory reads YAML as the playbooks do, and knows the words that no host may be called.
  inventory: ["domain", "grammar", "playbook"],
  workflows: [...PURE],
  ...Object.fromEntries(ADAPTERS.map((adapter) => [adapter, INNER])),
  // The simulated workspace and its hosts; started beside the bot, so it may wire like composition does.
  playground: [...INNER, ...ADAPTERS, "composition"],
  composition: [...INNER, ...ADAPTERS, "playground"],
};

test("the whole of src was read", () => {
  expect(files.length).toBeGreaterThan(100);
  expect(imports.filter(isOurs).length).toBeGreaterThan(300);
  expect(imports.filter((one) => isOurs(one) && !texts.has(one.to)).map(shown)).toEqual([]);
});

describe("rooms", () => {
  test("every folder of src is a room with known arrows", () => {
    const rooms = [...new Set(files.map(roomOf))];
    expect(rooms.filter((room) => MAY[room] === undefined)).toEqual([]);
  });

  test.each(Object.keys(MAY))("%s imports only what it may", (room) => {
    const own = imports.filter((one) => isOurs(one) && roomOf(one.from) === room);
    const wrong = own.filter(({ to }) => roomOf(to) !== room && MAY[room]?.includes(roomOf(to)) !== true);
    expect(wrong.map(shown)).toEqual([]);
  });

  test("no adapter imports another, and none the composition", () => {
    const between = imports.filter(({ from, to }) => {
      const [a, b] = [roomOf(from), roomOf(to)];
      const adapters: readonly string[] = ADAPTERS;
      return (
        adapters.includes(a) &&
        a !== b &&
        (adapters.includes(b) || (to.endsWith(".ts") && b === "composition"))
      );
    });
    expect(between.map(shown)).toEqual([]);
  });

  test("workflows see the world through their ports only", () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        roomOf(from) === "workflows" &&
        !isOurs({ from, to, typeOnly: false }) &&
        !/^node:(crypto|util)$|^(zod|croner)$/.test(to),
    );
    expect(wrong.map(shown)).toEqual([]);
  });
});

describe("pure rooms", () => {
  const pure = (path: string): boolean => (PURE as readonly string[]).includes(roomOf(path));
  // Hashing, address arithmetic and path arithmetic look at nothing outside.
  const ALLOWED = new Set(["node:crypto", "node:net", "node:path", "node:util"]);
  const NAMES: Readonly<Record<string, RegExp>> = {
    "node:net": /^import (?:type )?\{ (?:BlockList|isIP|isIPv4|isIPv6|, )+ \} from "node:net"/m,
    "node:path": /^import (?:type )?\{ posix \} from "node:path"/m,
    "node:crypto": /^import (?:type )?\{ createHash \} from "node:crypto"/m,
  };

  test("import nothing of Node that looks outside", () => {
    const wrong = imports.filter(({ from, to }) => pure(from) && to.startsWith("node:") && !ALLOWED.has(to));
    expect(wrong.map(shown)).toEqual([]);
  });

  test("take only the arithmetic of what they import", () => {
    const wrong = imports.filter(({ from, to }) => {
      const names = NAMES[to];
      return pure(from) && names !== undefined && !names.test(texts.get(from) ?? "");
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  test("know no clock, no chance, no environment", () => {
    const outside =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|\bprocess\.(?:env|argv|stdout|stderr|cwd|hrtime|exit|emitWarning|memoryUsage)\b|\bsetTimeout\(|\bfetch\(/;
    const wrong = files.filter((path) => pure(path) && outside.test(code(texts.get(path) ?? "")));
    expect(wrong).toEqual([]);
  });

  test("the domain needs zod and nothing else", () => {
    const packages = imports.filter(
      ({ from, to }) => roomOf(from) === "domain" && !to.endsWith(".ts") && !to.startsWith("node:"),
    );
    expect([...new Set(packages.map(({ to }) => to))]).toEqual(["zod"]);
  });
});

describe("files", () => {
  test("no cycles", () => {
    const next = new Map(files.map((path): [string, string[]] => [path, []]));
    for (const { from, to, typeOnly } of imports) if (!typeOnly && texts.has(to)) next.get(from)?.push(to);
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(" → "));
      else if (!done.has(path)) {
        for (const other of next.get(path) ?? []) visit(other, [...way, path]);
        done.add(path);
      }
    };
    for (const path of files) visit(path, []);
    expect(cycles).toEqual([]);
  });

  test("are short: 250 lines at most, half of them at most 100", () => {
    const lengths = files.map((path) => (texts.get(path) ?? "").split("\n").length - 1);
    const long = files.filter((_path, i) => (lengths[i] ?? 0) > 250);
    expect(long).toEqual([]);
    const sorted = lengths.toSorted((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(100);
  });

  test("have names that say what is in them", () => {
    const vague =
      /(^|\/)(utils?|helpers?|common|misc|lib|shared)(\/|\.ts$)|(^|\/)(types|interfaces|constants|index)\.ts$/;
    expect(files.filter((path) => vague.test(path))).toEqual([]);
  });

  test("no barrels: a file that only passes on what others export", () => {
    const barrels = files.filter((path) => {
      const lines = code(texts.get(path) ?? "")
        .split("\n")
        .filter((line) => line.trim() !== "");
      return lines.length > 0 && lines.every((line) => /^export (\*|\{|type \{)[^=]* from /.test(line));
    });
    expect(barrels).toEqual([]);
    expect(imports.filter(({ from }) => /^export \* from /m.test(texts.get(from) ?? "")).map(shown)).toEqual(
      [],
    );
  });

  test("what is said to exist exists", () => {
    for (const name of ["README.md", "src/README.md", "test/README.md", "playbooks/README.md"]) {
      const root = join(src, "..");
      const text = readFileSync(join(root, name), "utf8");
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map((m) => m[1] ?? "");
      const missing = links.filter((link) => !existsSync(join(root, dirname(name), link)));
      expect({ [name]: missing }).toEqual({ [name]: [] });
    }
  });
});

/** A file's text without its comments. */
function code(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "$1");
}
