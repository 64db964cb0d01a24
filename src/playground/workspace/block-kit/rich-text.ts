import { LIMITS } from "./limits.ts";
import { anything, byType, flag, listOf, matching, number, object, oneOf, text } from "./shape.ts";
import type { Shape } from "./shape.ts";

const base = { type: anything };
const textStyle = object({}, { bold: flag, italic: flag, strike: flag, code: flag, underline: flag });
const mentionStyle = object(
  {},
  {
    bold: flag,
    italic: flag,
    strike: flag,
    code: flag,
    highlight: flag,
    client_highlight: flag,
    unlink: flag,
    underline: flag,
  },
);
const name = text(LIMITS.id);
const many = 10_000;

/** What stands inside a line of rich text. */
const inline: Record<string, Shape> = {
  text: object({ ...base, text: text(1_000_000) }, { style: textStyle }),
  link: object(
    { ...base, url: text(LIMITS.url) },
    { text: text(1_000_000, 0), unsafe: flag, style: textStyle },
  ),
  emoji: object(
    { ...base, name },
    { unicode: text(100), url: text(LIMITS.url), skin_tone: number(1, 6), style: textStyle },
  ),
  user: object({ ...base, user_id: name }, { style: mentionStyle }),
  usergroup: object({ ...base, usergroup_id: name }, { style: mentionStyle }),
  channel: object({ ...base, channel_id: name }, { style: mentionStyle }),
  team: object({ ...base, team_id: name }, { style: mentionStyle }),
  broadcast: object({ ...base, range: oneOf("here", "channel", "everyone") }, { style: textStyle }),
  color: object({ ...base, value: matching(/^#[0-9a-f]{6}$/i, "hex color") }, { style: textStyle }),
  date: object(
    { ...base, timestamp: number(0, 99_999_999_999), format: text(1000) },
    { url: text(LIMITS.url), fallback: text(1000, 0), style: textStyle },
  ),
};

const border = { border: number(0, 1) };
const line = listOf(byType(inline), many, 0);
const section = object({ ...base, elements: line }, {});

const parts: Record<string, Shape> = {
  rich_text_section: section,
  rich_text_list: object(
    {
      ...base,
      style: oneOf("bullet", "ordered"),
      elements: listOf(byType({ rich_text_section: section }), many, 0),
    },
    { ...border, indent: number(0, 8), offset: number(0, 1_000_000) },
  ),
  rich_text_quote: object({ ...base, elements: line }, { ...border }),
  rich_text_preformatted: object(
    {
      ...base,
      elements: listOf(
        byType({ text: inline["text"] ?? anything, link: inline["link"] ?? anything }),
        many,
        0,
      ),
    },
    { ...border, language: text(50) },
  ),
};

/** A rich_text block, also where it stands as a table cell or an initial value. */
export const richText: Shape = byType({
  rich_text: object({ ...base, elements: listOf(byType(parts), many, 0) }, { block_id: text(LIMITS.id) }),
});
