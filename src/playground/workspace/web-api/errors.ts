import type { Json } from "../json.ts";

/** What a method answers when it refuses: Slack's code, and what goes along with it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly extra: Json;

  constructor(code: string, extra: Json = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }
}

/** invalid_arguments and its kin: problems go to `response_metadata.messages`, and to `errors`, as Slack does. */
export function withMessages(code: string, problems: string[]): ApiError {
  return new ApiError(code, {
    ...(code === "invalid_blocks" ? { errors: problems } : {}),
    response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) },
  });
}
