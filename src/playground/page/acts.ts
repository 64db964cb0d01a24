import { z } from "zod";
import { click } from "../workspace/interactions/click.ts";
import { commandInThread, say, slashCommand } from "../workspace/interactions/command.ts";
import type { InteractionContext } from "../workspace/interactions/context.ts";
import { openHome } from "../workspace/interactions/events.ts";
import { globalShortcut, messageShortcut } from "../workspace/interactions/shortcut.ts";
import { suggest } from "../workspace/interactions/suggest.ts";
import { closeView, submitView } from "../workspace/interactions/submit.ts";
import { unanswered } from "../workspace/interactions/unanswered.ts";
import type { Outcome } from "../workspace/delivery/delivery.ts";

const inputs = z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({});
const place = z.union([z.object({ channel: z.string(), ts: z.string() }), z.object({ viewId: z.string() })]);
const user = z.string();

const schemas = {
  say: z.object({
    user,
    channel: z.string(),
    text: z.string().min(1).max(40_000),
    thread: z.string().default(""),
  }),
  click: z.object({
    user,
    place,
    actionId: z.string(),
    blockId: z.string(),
    value: z.union([z.string(), z.array(z.string())]).optional(),
    inputs,
  }),
  submit: z.object({ user, inputs }),
  close: z.object({ user, all: z.boolean() }),
  home: z.object({ user, tab: z.enum(["home", "messages"]) }),
  shortcut: z.object({ user, callbackId: z.string(), channel: z.string().optional() }),
  "message-shortcut": z.object({ user, channel: z.string(), ts: z.string(), callbackId: z.string() }),
  suggest: z.object({ user, place, actionId: z.string(), blockId: z.string(), value: z.string() }),
};

/** How a delivery ended, and what the user is told of one that has no answer. */
function told(outcome: Outcome): { end: Outcome["end"]; said?: string } {
  const said = unanswered(outcome);
  return { end: outcome.end, ...(said === undefined ? {} : { said }) };
}

/** What the page can do on behalf of its user. Gives the answer for the browser; throws for a bad request. */
export async function act(ctx: InteractionContext, name: string, body: unknown): Promise<unknown> {
  switch (name) {
    case "say": {
      const { user: who, channel, text, thread } = schemas.say.parse(body);
      if (text.startsWith("/")) {
        // What became of a command, Slackbot says where it was typed.
        if (thread === "") await slashCommand(ctx, who, channel, text);
        else commandInThread(ctx, who, channel, text, thread);
        return {};
      }
      const { message } = say(ctx, who, channel, text, thread === "" ? undefined : thread);
      return { ts: message.ts };
    }
    case "click": {
      const { user: who, place: where, value, ...press } = schemas.click.parse(body);
      return told(await click(ctx, who, where, value === undefined ? press : { ...press, value }));
    }
    case "submit": {
      const { user: who, inputs: entered } = schemas.submit.parse(body);
      return submitView(ctx, who, entered);
    }
    case "close": {
      const { user: who, all } = schemas.close.parse(body);
      await closeView(ctx, who, all);
      return {};
    }
    case "home": {
      const { user: who, tab } = schemas.home.parse(body);
      return told(await openHome(ctx, who, tab));
    }
    case "shortcut": {
      const { user: who, callbackId, channel } = schemas.shortcut.parse(body);
      return told(await globalShortcut(ctx, who, callbackId, channel));
    }
    case "message-shortcut": {
      const { user: who, callbackId, ...where } = schemas["message-shortcut"].parse(body);
      return told(await messageShortcut(ctx, who, where, callbackId));
    }
    case "suggest": {
      const { user: who, place: where, ...press } = schemas.suggest.parse(body);
      return suggest(ctx, who, where, press);
    }
    default:
      throw new Error(`the page cannot do ${name}`);
  }
}
