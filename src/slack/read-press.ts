import type { BlockAction, RespondFn } from "@slack/bolt";
import type { Listener } from "./answer.ts";

/** A press of one of the bot's buttons. */
export interface PressedButton {
  readonly actionId: string;
  readonly value: string;
  readonly triggerId: string;
  readonly to: Listener;
  /** The message whose thread the button belongs to, also while it has no reply. */
  readonly under?: string;
  /** The memo of the form the button stood in. */
  readonly memo?: string;
}

/** @returns undefined for what is no button */
export function readPress(body: BlockAction, respond: RespondFn | undefined): PressedButton | undefined {
  const [action] = body.actions;
  if (action === undefined || action.type !== "button") return undefined;
  const message: unknown = body.message;
  const threadTs = textOf(message, "thread_ts");
  const under = threadTs ?? textOf(message, "ts");
  const channel = body.channel?.id ?? body.container?.["channel_id"];
  // App Home is no form: what is opened from there stands on nothing.
  const memo = body.view?.type === "modal" ? body.view.private_metadata : undefined;
  return {
    actionId: action.action_id,
    value: action.value ?? "",
    triggerId: body.trigger_id,
    ...(under === undefined ? {} : { under }),
    ...(memo === undefined ? {} : { memo }),
    to: {
      user: body.user.id,
      ...(typeof channel === "string" ? { channel } : {}),
      ...(threadTs === undefined ? {} : { threadTs }),
      ...(respond === undefined ? {} : { respond }),
    },
  };
}

function textOf(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
  return typeof found === "string" ? found : undefined;
}
