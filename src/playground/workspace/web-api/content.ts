import { checkBlocks, totalCharacters } from "../block-kit/check.ts";
import { tables } from "../block-kit/uniqueness.ts";
import { LIMITS } from "../block-kit/limits.ts";
import { isJson, records } from "../json.ts";
import type { Json } from "../json.ts";
import { ApiError, withMessages } from "./errors.ts";
import type { Args } from "./arguments.ts";

/** The content of a message as it was sent; a part that was not sent is undefined. */
export interface Content {
  text?: string;
  blocks?: Json[];
  attachments?: Json[];
  metadata?: Json;
}

/** Checks blocks for a message. Throws invalid_blocks with pointers, or msg_blocks_too_long. */
export function checkedBlocks(value: unknown, pointer = "/blocks"): Json[] {
  if (!Array.isArray(value)) throw new ApiError("invalid_blocks_format");
  const problems = checkBlocks(value, "message", pointer);
  if (problems.length > 0) throw withMessages("invalid_blocks", problems);
  const blocks = records(value);
  if (tables(blocks) > LIMITS.tablesPerMessage)
    throw withMessages("invalid_attachments", ["only_one_table_allowed"]);
  if (totalCharacters(blocks) > LIMITS.totalCharacters) throw new ApiError("msg_blocks_too_long");
  return blocks;
}

function checkedMetadata(value: unknown): Json {
  if (!isJson(value)) throw new ApiError("invalid_metadata_format");
  if (Object.keys(value).length === 0) return value;
  if (typeof value["event_type"] !== "string" || !isJson(value["event_payload"])) {
    throw new ApiError("invalid_metadata_schema");
  }
  if (JSON.stringify(value["event_payload"]).length > LIMITS.metadata) {
    throw new ApiError("metadata_too_large");
  }
  return value;
}

/** Reads text, blocks, attachments and metadata from the arguments, each refused with Slack's code. */
export function readContent(args: Args): Content {
  const content: Content = {};
  if (args.has("text")) content.text = args.str("text");
  else if (args.has("markdown_text")) content.text = args.str("markdown_text");
  if ((content.text?.length ?? 0) > LIMITS.messageText) throw new ApiError("msg_too_long");
  const blocks = args.json("blocks", "invalid_blocks_format");
  if (blocks !== undefined) content.blocks = checkedBlocks(blocks);
  const attachments = args.json("attachments", "invalid_attachments");
  if (attachments !== undefined) {
    if (!Array.isArray(attachments)) throw new ApiError("invalid_attachments");
    if (attachments.length > LIMITS.attachments) throw new ApiError("too_many_attachments");
    content.attachments = records(attachments);
    content.attachments.forEach((each, index) => {
      if (each["blocks"] === undefined) return;
      checkedBlocks(each["blocks"], `/attachments/${String(index)}/blocks`);
    });
  }
  const metadata = args.json("metadata", "invalid_metadata_format");
  if (metadata !== undefined) content.metadata = checkedMetadata(metadata);
  return content;
}

/** Refuses with no_text what would show nothing. */
export function requireSomething(content: Content): void {
  const empty = (content.text ?? "") === "" && !content.blocks?.length && !content.attachments?.length;
  if (empty) throw new ApiError("no_text");
}
