import { checkBlocks, totalCharacters } from "../block-kit/check.ts";
import { LIMITS } from "../block-kit/limits.ts";
import { isJson, records, str } from "../json.ts";
import type { Json } from "../json.ts";
import { addMessage, editMessage, removeMessage } from "../messaging.ts";
import type { ResponseTarget } from "../state/grants.ts";
import type { WorkspaceState } from "../state/state.ts";

/** Thrown for a response Slack would refuse: the HTTP status and Slack's code. */
export class ResponseRefused extends Error {
  override readonly name = "ResponseRefused";
}

/**
 * Carries out what was posted to a response_url, or given as the ack of a slash command:
 * a new message (ephemeral unless in_channel), or replacing or deleting the original.
 * Throws ResponseRefused with Slack's error code.
 */
export function respond(state: WorkspaceState, target: ResponseTarget, body: Json): void {
  const { text, blocks } = body;
  const original =
    target.messageTs === undefined ? undefined : state.messages.find(target.channel, target.messageTs);
  if (body["delete_original"] === true) {
    if (original !== undefined) removeMessage(state, original);
    if (text === undefined && blocks === undefined) return;
  }
  if (blocks !== undefined) {
    if (!Array.isArray(blocks)) throw new ResponseRefused("invalid_blocks_format");
    if (checkBlocks(blocks, "message", "/blocks").length > 0) throw new ResponseRefused("invalid_blocks");
    if (totalCharacters(records(blocks)) > LIMITS.totalCharacters)
      throw new ResponseRefused("msg_blocks_too_long");
  }
  const list = records(blocks);
  if (str(text) === "" && list.length === 0) throw new ResponseRefused("no_text");
  if (str(text).length > 40_000) throw new ResponseRefused("msg_too_long");
  if (body["replace_original"] === true && original !== undefined) {
    editMessage(state, original, { text: str(text), blocks: list });
    return;
  }
  const threadTs = str(body["thread_ts"]) || target.threadTs;
  addMessage(state, {
    channel: target.channel,
    user: state.app.botUser,
    text: str(text),
    blocks: list,
    ...(isJson(body["metadata"]) ? { metadata: body["metadata"] } : {}),
    ...(body["response_type"] === "in_channel" ? {} : { ephemeralFor: target.user }),
    ...(threadTs === undefined || body["replace_original"] === true ? {} : { threadTs }),
  });
}
