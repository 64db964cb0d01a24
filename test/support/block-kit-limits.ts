/**
 * A check of Slack's published limits (docs.slack.dev, Block Kit), written apart from the product and sharing no
 * code with it: what both get wrong, both would have to get wrong in the same way.
 */
export type Surface = "message" | "modal" | "home";
type Node = Readonly<Record<string, unknown>>;

interface Limit {
  readonly what: string;
  readonly most: number;
  /** A payload that holds n of it. */
  readonly make: (n: number) => { readonly surface: Surface; readonly payload: Node };
}

const label = (text: string): Node => ({ type: "plain_text", text });
const x = (n: number): string => "x".repeat(n);
const list = <T>(n: number, one: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => one(i));
const message = (...blocks: Node[]) => ({ surface: "message" as const, payload: { text: "t", blocks } });
const modal = (change: Node) => ({
  surface: "modal" as const,
  payload: { type: "modal", title: label("t"), submit: label("s"), blocks: [], ...change },
});
const home = (...blocks: Node[]) => ({ surface: "home" as const, payload: { type: "home", blocks } });
const section = (text: string): Node => ({ type: "section", text: { type: "mrkdwn", text } });
const button = (change: Node = {}): Node => ({ type: "button", action_id: "a", text: label("t"), ...change });
const actions = (...elements: Node[]): Node => ({ type: "actions", elements });
const input = (change: Node, element: Node = { type: "plain_text_input", action_id: "a" }): Node => ({
  type: "input",
  label: label("l"),
  element,
  ...change,
});
const option = (i: number, change: Node = {}): Node => ({ text: label("t"), value: `v${i}`, ...change });
const select = (type: string, options: Node[]): Node => ({
  type,
  action_id: "a",
  options,
  ...(type === "static_select" ? { placeholder: label("p") } : {}),
});
const cell = (text: string): Node => ({ type: "raw_text", text });
const table = (rows: number, cells: number): Node => ({
  type: "table",
  rows: list(rows, () => list(cells, () => cell("c"))),
});
const confirm = (change: Node): Node =>
  actions(
    button({
      confirm: { title: label("t"), text: label("t"), confirm: label("y"), deny: label("n"), ...change },
    }),
  );

/** Each limit, with how to make a payload that holds n of it. */
export const LIMITS: readonly Limit[] = [
  { what: "blocks of a message", most: 50, make: (n) => message(...list(n, () => ({ type: "divider" }))) },
  {
    what: "blocks of a modal",
    most: 100,
    make: (n) => modal({ blocks: list(n, () => ({ type: "divider" })) }),
  },
  { what: "blocks of a home", most: 100, make: (n) => home(...list(n, () => ({ type: "divider" }))) },
  {
    what: "characters over all blocks",
    most: 13_000,
    make: (n) =>
      message(
        section(x(3_000)),
        section(x(3_000)),
        section(x(3_000)),
        section(x(3_000)),
        section(x(n - 12_000)),
      ),
  },
  {
    what: "message text",
    most: 40_000,
    make: (n) => ({ surface: "message", payload: { text: x(n), blocks: [] } }),
  },
  { what: "section text", most: 3_000, make: (n) => message(section(x(n))) },
  {
    what: "section fields",
    most: 10,
    make: (n) => message({ type: "section", fields: list(n, () => label("f")) }),
  },
  { what: "field text", most: 2_000, make: (n) => message({ type: "section", fields: [label(x(n))] }) },
  { what: "header text", most: 150, make: (n) => message({ type: "header", text: label(x(n)) }) },
  {
    what: "actions elements",
    most: 25,
    make: (n) => message(actions(...list(n, (i) => button({ action_id: `a${i}` })))),
  },
  {
    what: "context elements",
    most: 10,
    make: (n) => message({ type: "context", elements: list(n, () => label("c")) }),
  },
  { what: "button text", most: 75, make: (n) => message(actions(button({ text: label(x(n)) }))) },
  { what: "button value", most: 2_000, make: (n) => message(actions(button({ value: x(n) }))) },
  {
    what: "button url",
    most: 3_000,
    make: (n) => message(actions(button({ url: `https://e.test/${x(n - 15)}` }))),
  },
  { what: "action_id", most: 255, make: (n) => message(actions(button({ action_id: x(n) }))) },
  { what: "block_id", most: 255, make: (n) => message({ type: "divider", block_id: x(n) }) },
  { what: "callback_id", most: 255, make: (n) => modal({ callback_id: x(n) }) },
  {
    what: "select options",
    most: 100,
    make: (n) =>
      message(
        actions(
          select(
            "static_select",
            list(n, (i) => option(i)),
          ),
        ),
      ),
  },
  {
    what: "overflow options",
    most: 5,
    make: (n) =>
      message(
        actions(
          select(
            "overflow",
            list(n, (i) => option(i)),
          ),
        ),
      ),
  },
  {
    what: "radio options",
    most: 10,
    make: (n) =>
      message(
        actions(
          select(
            "radio_buttons",
            list(n, (i) => option(i)),
          ),
        ),
      ),
  },
  {
    what: "checkbox options",
    most: 10,
    make: (n) =>
      message(
        actions(
          select(
            "checkboxes",
            list(n, (i) => option(i)),
          ),
        ),
      ),
  },
  {
    what: "option text",
    most: 75,
    make: (n) => message(actions(select("static_select", [option(1, { text: label(x(n)) })]))),
  },
  {
    what: "option value",
    most: 150,
    make: (n) => message(actions(select("static_select", [option(1, { value: x(n) })]))),
  },
  { what: "confirm title", most: 100, make: (n) => message(confirm({ title: label(x(n)) })) },
  { what: "confirm text", most: 300, make: (n) => message(confirm({ text: label(x(n)) })) },
  { what: "confirm button", most: 30, make: (n) => message(confirm({ confirm: label(x(n)) })) },
  {
    what: "image alt text",
    most: 2_000,
    make: (n) => message({ type: "image", image_url: "https://e.test/i.png", alt_text: x(n) }),
  },
  {
    what: "image url",
    most: 3_000,
    make: (n) => message({ type: "image", image_url: `https://e.test/${x(n - 15)}`, alt_text: "a" }),
  },
  { what: "view title", most: 24, make: (n) => modal({ title: label(x(n)) }) },
  { what: "view submit", most: 24, make: (n) => modal({ submit: label(x(n)) }) },
  { what: "view close", most: 24, make: (n) => modal({ close: label(x(n)) }) },
  { what: "private_metadata", most: 3_000, make: (n) => modal({ private_metadata: x(n) }) },
  { what: "input label", most: 2_000, make: (n) => modal({ blocks: [input({ label: label(x(n)) })] }) },
  { what: "input hint", most: 2_000, make: (n) => modal({ blocks: [input({ hint: label(x(n)) })] }) },
  {
    what: "placeholder",
    most: 150,
    make: (n) =>
      modal({ blocks: [input({}, { type: "plain_text_input", action_id: "a", placeholder: label(x(n)) })] }),
  },
  { what: "markdown characters", most: 12_000, make: (n) => message({ type: "markdown", text: x(n) }) },
  { what: "tables", most: 1, make: (n) => message(...list(n, () => table(1, 1))) },
  { what: "table rows", most: 100, make: (n) => message(table(n, 1)) },
  { what: "table cells of a row", most: 20, make: (n) => message(table(1, n)) },
];

const MOST = new Map(LIMITS.map((l) => [l.what, l.most]));
const CHOICES: Readonly<Record<string, string>> = {
  static_select: "select options",
  multi_static_select: "select options",
  overflow: "overflow options",
  radio_buttons: "radio options",
  checkboxes: "checkbox options",
};

/** @returns the limits a payload breaks, one sentence each; none: Slack would take it */
export function overLimits(surface: Surface, payload: Node): string[] {
  const walk = new Walk(surface);
  const blocks = nodes(payload["blocks"]);
  walk.count(`blocks of a ${surface}`, blocks.length);
  if (surface === "message") {
    if (!has(payload["text"]))
      walk.problems.push("a message has no text for notifications and screen readers");
    walk.count("message text", str(payload["text"]).length);
    walk.count("characters over all blocks", characters(blocks.filter((b) => b["type"] !== "table")));
  } else {
    walk.count("private_metadata", str(payload["private_metadata"]).length);
    walk.id("callback_id", payload["callback_id"]);
    if (payload["type"] !== surface) walk.problems.push(`a ${surface} says it is ${str(payload["type"])}`);
  }
  if (surface === "modal") {
    if (!has(textOf(payload["title"]))) walk.problems.push("a modal has no title");
    for (const part of ["title", "submit", "close"]) walk.count(`view ${part}`, textOf(payload[part]).length);
    const asks = blocks.some((b) => b["type"] === "input");
    if (asks && payload["submit"] === undefined) walk.problems.push("a modal with inputs has no submit");
  }
  walk.count("tables", blocks.filter((b) => b["type"] === "table").length);
  walk.count(
    "markdown characters",
    blocks
      .filter((b) => b["type"] === "markdown")
      .map((b) => str(b["text"]))
      .join("").length,
  );
  walk.unique(
    "block_id",
    blocks.map((b) => b["block_id"]),
  );
  for (const block of blocks) walk.block(block);
  return walk.problems;
}

class Walk {
  readonly problems: string[] = [];
  readonly #surface: Surface;

  constructor(surface: Surface) {
    this.#surface = surface;
  }

  count(what: string, n: number): void {
    const most = MOST.get(what);
    if (most === undefined) throw new Error(`no limit is known of ${what}`);
    if (n > most) this.problems.push(`${what}: ${n} of at most ${most}`);
  }

  id(what: string, id: unknown): void {
    if (id !== undefined) this.count(what, str(id).length);
  }

  unique(what: string, ids: readonly unknown[]): void {
    const given = ids.filter((id) => id !== undefined);
    if (new Set(given).size !== given.length) this.problems.push(`${what} is used twice`);
  }

  block(b: Node): void {
    this.id("block_id", b["block_id"]);
    const type = str(b["type"]);
    if (this.#surface !== "message" && ["table", "markdown", "data_visualization"].includes(type))
      this.problems.push(`${type} is for messages only`);
    if (type === "section") {
      this.count("section text", textOf(b["text"]).length);
      const fields = nodes(b["fields"]);
      if (!has(textOf(b["text"])) && fields.length === 0) this.problems.push("a section is empty");
      this.count("section fields", fields.length);
      for (const f of fields) this.count("field text", textOf(f).length);
      for (const e of nodes([b["accessory"]])) this.element(e);
    } else if (type === "header") this.count("header text", textOf(b["text"]).length);
    else if (type === "image") this.image(b);
    else if (type === "rich_text") this.rich(b);
    else if (type === "input") {
      this.count("input label", textOf(b["label"]).length);
      this.count("input hint", textOf(b["hint"]).length);
      for (const e of nodes([b["element"]])) this.element(e);
    } else if (type === "table") {
      const rows = Array.isArray(b["rows"]) ? b["rows"] : [];
      this.count("table rows", rows.length);
      for (const row of rows) this.count("table cells of a row", nodes(row).length);
    } else if (type === "actions" || type === "context") this.elements(type, nodes(b["elements"]));
  }

  elements(type: "actions" | "context", elements: readonly Node[]): void {
    this.count(`${type} elements`, elements.length);
    if (elements.length === 0) this.problems.push(`${type} without elements`);
    this.unique(
      "action_id",
      elements.map((e) => e["action_id"]),
    );
    for (const e of elements) {
      if (type === "actions") this.element(e);
      else if (e["type"] === "image") this.image(e);
      else if (!has(e["text"])) this.problems.push("a context element is empty");
    }
  }

  element(e: Node): void {
    const type = str(e["type"]);
    this.id("action_id", e["action_id"]);
    this.count("placeholder", textOf(e["placeholder"]).length);
    if (type === "button") {
      if (!has(textOf(e["text"]))) this.problems.push("a button without text");
      this.count("button text", textOf(e["text"]).length);
      this.count("button value", str(e["value"]).length);
      this.count("button url", str(e["url"]).length);
    }
    const choices = CHOICES[type];
    const options = nodes(e["options"]);
    if (choices !== undefined) {
      this.count(choices, options.length);
      if (options.length === 0) this.problems.push(`${type} without options`);
    }
    for (const o of options) {
      this.count("option text", textOf(o["text"]).length);
      this.count("option value", str(o["value"]).length);
    }
    for (const c of nodes([e["confirm"]])) {
      this.count("confirm title", textOf(c["title"]).length);
      this.count("confirm text", textOf(c["text"]).length);
      for (const part of ["confirm", "deny"]) this.count("confirm button", textOf(c[part]).length);
    }
  }

  image(e: Node): void {
    if (!has(e["alt_text"])) this.problems.push("an image without alt text");
    this.count("image alt text", str(e["alt_text"]).length);
    this.count("image url", str(e["image_url"]).length);
  }

  /** Rich text has no limits of its own, but an empty text in it is refused. */
  rich(node: Node): void {
    if (node["type"] === "text" && !has(node["text"])) this.problems.push("rich text holds an empty text");
    const inner = nodes(node["elements"]);
    const holds = String(node["type"]).startsWith("rich_text");
    if (holds && node["type"] !== "rich_text_section" && inner.length === 0)
      this.problems.push(`${str(node["type"])} is empty`);
    for (const e of inner) this.rich(e);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nodes(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter((v) => isNode(v)) : [];
}

function str(value: unknown): string {
  return typeof value === "string" ? value : "";
}

const has = (value: unknown): boolean => str(value) !== "";

function textOf(value: unknown): string {
  return isNode(value) ? str(value["text"]) : "";
}

/** Everything a reader could read: texts however deep. */
function characters(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, v) => sum + characters(v), 0);
  if (!isNode(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, v]) => sum + (key === "text" && typeof v === "string" ? v.length : characters(v)),
    0,
  );
}
