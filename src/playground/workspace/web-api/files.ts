import { randomUUID } from "node:crypto";
import { addMessage, presentFile } from "../messaging.ts";
import { isJson, str } from "../json.ts";
import type { StoredFile } from "../state/files.ts";
import type { WorkspaceState } from "../state/state.ts";
import { checkedBlocks } from "./content.ts";
import { ApiError, withMessages } from "./errors.ts";
import type { Call, Methods } from "./method.ts";
import { writableChannel } from "./where.ts";

function namedFiles(call: Call): StoredFile[] {
  const list = call.args.json("files", "invalid_arguments");
  if (!Array.isArray(list) || list.length === 0) {
    throw withMessages("invalid_arguments", ["missing required field: files"]);
  }
  return list.map((each) => {
    const file = isJson(each) ? call.state.files.find(str(each["id"])) : undefined;
    // Nothing uploaded, or completed before: Slack knows no such file.
    if (file?.data === undefined || file.completed) throw new ApiError("file_not_found");
    if (isJson(each) && typeof each["title"] === "string") file.title = each["title"];
    return file;
  });
}

/** Receives the bytes for an upload URL. Gives the text Slack answers, or undefined for an unknown URL. */
export function receiveUpload(state: WorkspaceState, key: string, data: Buffer): string | undefined {
  const file = state.files.byUploadKey(key);
  if (file === undefined || file.completed) return undefined;
  file.data = data;
  return `OK - ${String(data.length)}`;
}

const CHANNEL = /^[CGDZ][A-Z0-9]{8,}$/;

/** files.getUploadURLExternal, files.completeUploadExternal, files.info */
export const files: Methods = {
  "files.getUploadURLExternal": {
    token: "bot",
    scopes: ["files:write"],
    tier: 4,
    run: (call) => {
      const name = call.args.required("filename");
      const length = call.args.int("length", 0, 0, 1_000_000_000);
      if (length <= 0) throw withMessages("invalid_arguments", ["missing required field: length"]);
      const file: StoredFile = {
        id: call.state.ids.next("F"),
        name,
        title: name,
        altText: call.args.str("alt_text") || call.args.str("alt_txt"),
        snippetType: call.args.str("snippet_type"),
        user: call.state.app.botUser,
        created: Math.floor(call.state.clock() / 1000),
        declaredLength: length,
        completed: false,
        uploadKey: randomUUID(),
      };
      call.state.files.add(file);
      return { upload_url: `${call.state.origin}/upload/v1/${file.uploadKey}`, file_id: file.id };
    },
  },
  "files.completeUploadExternal": {
    token: "bot",
    scopes: ["files:write"],
    tier: 4,
    run: (call) => {
      // Unlike chat.postMessage it takes no person's id.
      if (call.args.has("channel_id") && !CHANNEL.test(call.args.str("channel_id")))
        throw withMessages("invalid_arguments", [
          `input must match regex pattern: ${CHANNEL.source} [json-pointer:/channel_id]`,
        ]);
      const uploaded = namedFiles(call);
      const hasChannel = call.args.has("channel_id") || call.args.has("channels");
      if (hasChannel) {
        const channel = writableChannel(call, call.args.has("channel_id") ? "channel_id" : "channels");
        const blocks = call.args.json("blocks", "invalid_blocks_format");
        const threadTs = call.args.str("thread_ts");
        if (threadTs !== "" && call.state.messages.find(channel.id, threadTs) === undefined) {
          throw new ApiError("thread_not_found");
        }
        const comment = call.args.str("initial_comment");
        const checked = blocks === undefined ? [] : checkedBlocks(blocks);
        addMessage(call.state, {
          channel: channel.id,
          user: call.state.app.botUser,
          text: comment,
          blocks: checked,
          files: uploaded.map((file) => file.id),
          ...(threadTs === "" ? {} : { threadTs }),
        });
      }
      for (const file of uploaded) file.completed = true;
      return { files: uploaded.map((file) => presentFile(call.state, file)) };
    },
  },
  "files.info": {
    token: "bot",
    scopes: ["files:read"],
    tier: 4,
    run: (call) => {
      const file = call.state.files.find(call.args.required("file"));
      if (file === undefined || !file.completed) throw new ApiError("file_not_found");
      return { file: presentFile(call.state, file) };
    },
  },
};
