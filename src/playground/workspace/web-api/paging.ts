import type { Json } from "../json.ts";
import { ApiError } from "./errors.ts";
import type { Call } from "./method.ts";

/**
 * One page of a list by `limit` and `cursor` (an opaque offset). Gives the page and what goes into the answer.
 * Throws invalid_cursor for a cursor that was not handed out.
 */
export function page<T>(
  call: Call,
  items: T[],
  fallback: number,
  most: number,
): { page: T[]; more: boolean; meta: Json } {
  const limit = call.args.int("limit", fallback, 1, most);
  const cursor = call.args.str("cursor");
  let offset = 0;
  if (cursor !== "") {
    const match = /^offset:(\d+)$/.exec(Buffer.from(cursor, "base64").toString("utf8"));
    if (match === null) throw new ApiError("invalid_cursor");
    offset = Number(match[1]);
  }
  const end = offset + limit;
  const more = end < items.length;
  const next = more ? Buffer.from(`offset:${String(end)}`).toString("base64") : "";
  return { page: items.slice(offset, end), more, meta: { response_metadata: { next_cursor: next } } };
}
