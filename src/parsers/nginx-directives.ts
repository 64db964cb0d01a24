import { lexNginx } from "./nginx-lexer.ts";
import type { NginxSyntaxError } from "./nginx-lexer.ts";

/** One directive of one file. */
export interface NginxDirective {
  readonly name: string;
  readonly args: readonly string[];
  readonly file: string;
  /** 1-based line of its first word. */
  readonly line: number;
  /** Line of its ";" or closing "}". */
  readonly endLine: number;
  /** Present for a block directive, empty for an empty block and for a Lua block. */
  readonly block?: readonly NginxDirective[];
  /** The body of a `*_by_lua_block`, as written. */
  readonly lua?: string;
}

/** nginx's own contexts nest less than ten deep; what is deeper is an attack or a broken file. */
const MAX_DEPTH = 50;

interface Open {
  name: string;
  args: readonly string[];
  line: number;
  children: NginxDirective[];
  lua?: string;
}

/**
 * Parses one configuration file's text into its directives, includes unresolved (`file` is only recorded).
 * Never throws: what nginx would refuse is in `errors`, and the rest is read nevertheless.
 */
export function parseNginxDirectives(
  text: string,
  file: string,
): { directives: NginxDirective[]; errors: NginxSyntaxError[] } {
  const { tokens, errors } = lexNginx(text);
  const top: NginxDirective[] = [];
  const stack: Open[] = [];
  let words: string[] = [];
  let wordLine = 1;
  let lastLine = 1;

  const into = () => stack.at(-1)?.children ?? top;
  const close = (endLine: number) => {
    const open = stack.pop();
    if (open === undefined) return;
    const { name, args, line, children, lua } = open;
    const directive = { name, args, file, line, endLine, block: children };
    if (stack.length <= MAX_DEPTH) into().push(lua === undefined ? directive : { ...directive, lua });
  };

  for (const token of tokens) {
    lastLine = token.line;
    if (token.kind === "word") {
      if (words.length === 0) wordLine = token.line;
      words.push(token.text);
    } else if (token.kind === "semicolon") {
      const [name = "", ...args] = words;
      into().push({ name, args, file, line: wordLine, endLine: token.line });
      words = [];
    } else if (token.kind === "open") {
      const [name = "", ...args] = words;
      stack.push({ name, args, line: words.length > 0 ? wordLine : token.line, children: [] });
      if (stack.length === MAX_DEPTH + 1)
        errors.push({ message: "blocks nested too deeply", line: token.line });
      words = [];
    } else if (token.kind === "raw") {
      const open = stack.at(-1);
      if (open !== undefined) open.lua = token.text;
    } else close(token.line);
  }
  // An unfinished statement is kept only inside the tree it belongs to; nginx would refuse the file.
  if (stack.length > 0 && errors.at(-1)?.message.startsWith("unexpected end of file") !== true) {
    errors.push({ message: 'unexpected end of file, expecting "}"', line: lastLine });
  }
  while (stack.length > 0) close(lastLine);
  return { directives: top, errors };
}
