import {
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type Scalar,
  type YAMLParseError,
  type YAMLWarning,
} from "yaml";

/** One thing that is wrong with a playbook, with its place. Lines and columns begin at 1. */
export interface PlaybookError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where in the document, e.g. causes[2].suspect. */
  readonly path: string;
  readonly message: string;
  /** What to do next. */
  readonly hint: string;
}

export type Path = readonly (string | number)[];

/** Far more than people write, far fewer than a bomb needs. */
const MAX_ALIASES = 10_000;

const REPEATED = "DUPLICATE_KEY";

/** FILE:LINE: message, for a list of sentences. */
export function errorLine({ file, line, message }: PlaybookError): string {
  return `${file}:${line}: ${message}`;
}

/** ["causes", 2, "suspect"] → "causes[2].suspect". */
export function pathText(path: Path): string {
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : i === 0 ? key : `.${key}`)).join("");
}

/** A parsed YAML file that knows where everything stands. */
export class YamlSource {
  readonly file: string;
  readonly text: string;
  readonly #document: Document;
  readonly #lines = new LineCounter();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, merge: true });
  }

  /**
   * What the YAML parser found wrong. @param of - "foreign": the file is another program's, which may know tags of
   * its own and take a key that stands twice
   */
  syntaxErrors(of: "own" | "foreign" = "own"): readonly PlaybookError[] {
    const { errors, warnings } = this.#document;
    const found = of === "own" ? [...errors, ...warnings] : errors.filter((e) => e.code !== REPEATED);
    return this.#placed(found);
  }

  /** Keys that stand twice in a map: value() takes the last one. */
  repeatedKeys(): readonly PlaybookError[] {
    return this.#placed(this.#document.errors.filter((e) => e.code === REPEATED));
  }

  #placed(found: readonly (YAMLParseError | YAMLWarning)[]): readonly PlaybookError[] {
    return found.map((error) => ({
      file: this.file,
      ...this.#place(error.pos[0]),
      path: "",
      message: error.message,
      hint: "correct the YAML: indent with spaces, quote texts that hold a colon, #, { or [",
    }));
  }

  /** The plain value; aliases are resolved. @throws ReferenceError when they multiply without end */
  value(): unknown {
    return this.#document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  }

  /** An error at the value of a path, or at the nearest parent that exists. */
  error(path: Path, message: string, hint: string): PlaybookError {
    return { file: this.file, ...this.#place(this.#offset(path)), path: pathText(path), message, hint };
  }

  /** An error at a key of the map at `path`. */
  errorAtKey(path: Path, key: string, message: string, hint: string): PlaybookError {
    const node = this.#node(path);
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    const at = isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : this.#offset(path);
    return { file: this.file, ...this.#place(at), path: pathText([...path, key]), message, hint };
  }

  /** An error at a character of the text value at `path`, also in quoted and block texts. */
  errorInText(path: Path, offset: number, message: string, hint: string): PlaybookError {
    const node = this.#node(path);
    const at =
      isScalar(node) && typeof node.value === "string" ? this.#align(node, offset) : this.#offset(path);
    return { file: this.file, ...this.#place(at), path: pathText(path), message, hint };
  }

  /** The line on which the value of a path begins. */
  line(path: Path): number {
    return this.#place(this.#offset(path)).line;
  }

  #place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** The node at a path; aliases on the way lead to their anchors. */
  #node(path: Path): Node | undefined {
    let at = this.#resolve(this.#document.contents);
    for (const key of path) {
      if (!isMap(at) && !isSeq(at)) return undefined;
      at = this.#resolve(at.get(key, true));
    }
    return at;
  }

  #resolve(node: unknown): Node | undefined {
    if (isAlias(node)) return node.resolve(this.#document);
    return isScalar(node) || isMap(node) || isSeq(node) ? node : undefined;
  }

  #offset(path: Path): number {
    for (let length = path.length; length >= 0; length--) {
      const node = this.#node(path.slice(0, length));
      if (node?.range) return node.range[0];
    }
    return 0;
  }

  /**
   * The place in the file of a character of a text. Folding, quotes and escapes only add or change white space
   * and backslashes, so both texts are walked side by side.
   */
  #align(node: Scalar, offset: number): number {
    const [start, end] = [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
    const value = String(node.value);
    let at = start;
    if (node.type === "BLOCK_FOLDED" || node.type === "BLOCK_LITERAL")
      at = Math.max(start, this.text.indexOf("\n", start) + 1);
    else if (node.type !== "PLAIN") at = start + 1;
    const blank = (c: string | undefined): boolean => c !== undefined && /\s/.test(c);
    for (let i = 0; i < value.length; i++) {
      if (blank(value[i])) {
        if (i >= offset) break;
        continue;
      }
      while (at < end && this.text[at] !== value[i]) at++;
      if (i >= offset) return at;
      at++;
    }
    return Math.min(at, end);
  }
}
