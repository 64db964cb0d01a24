import type { Outcome } from "./delivery/delivery.ts";
import { click } from "./interactions/click.ts";
import { suggest } from "./interactions/suggest.ts";
import type { Suggestions } from "./interactions/suggest.ts";
import type { Press } from "./interactions/click.ts";
import { say, slashCommand } from "./interactions/command.ts";
import type { InteractionContext } from "./interactions/context.ts";
import { openHome } from "./interactions/events.ts";
import { globalShortcut, messageShortcut } from "./interactions/shortcut.ts";
import { closeView, submitView } from "./interactions/submit.ts";
import type { Submitted } from "./interactions/submit.ts";
import type { Inputs } from "./interactions/values.ts";
import type { Message } from "./state/messages.ts";
import type { View } from "./state/views.ts";

/** Acts as the people of the workspace, and looks at what they see. Users and channels go by id or name. */
export interface Driver {
  /** Types a line: a slash command is delivered, anything else is posted. Gives how the delivery ended. */
  postCommand: (user: string, channel: string, text: string) => Promise<Outcome>;
  /** Posts as a user, into a thread if asked, and gives the message. Subtype "file_share": words beside a file. */
  say: (user: string, channel: string, text: string, threadTs?: string, subtype?: string) => Message;
  /** Presses an element of a message; a bare string is an action_id. */
  click: (user: string, message: Message, press: Press | string) => Promise<Outcome>;
  /** Presses an element of the modal on top, or of the Home tab. */
  clickInView: (user: string, where: "modal" | "home", press: Press | string) => Promise<Outcome>;
  /** Types into a searched field of the modal on top. */
  suggest: (user: string, press: { actionId: string; value: string }) => Promise<Suggestions>;
  submitView: (user: string, inputs?: Inputs) => Promise<Submitted>;
  closeView: (user: string) => Promise<void>;
  openHome: (user: string) => Promise<Outcome>;
  /** A global shortcut; `channel` is what the user looks at. */
  shortcut: (user: string, callbackId: string, channel?: string) => Promise<Outcome>;
  messageShortcut: (user: string, message: Message, callbackId: string) => Promise<Outcome>;
  /** The modal on top of the user's stack. */
  view: (user: string) => View | undefined;
  home: (user: string) => View | undefined;
  /** What stands in the channel itself, oldest first; replies and ephemeral messages excluded. */
  messages: (channel: string) => Message[];
  /** The parent and its replies. */
  thread: (channel: string, ts: string) => Message[];
  /** What only this user sees, in a channel. */
  ephemeral: (user: string, channel: string) => Message[];
  /** Waits for a message (also a reply, ephemeral or edited one) the predicate accepts; throws after timeoutMs. */
  waitForMessage: (
    channel: string,
    accept: (message: Message) => boolean,
    timeoutMs?: number,
  ) => Promise<Message>;
  /** Waits for a modal of the user that the predicate accepts; throws after timeoutMs. */
  waitForView: (user: string, accept?: (view: View) => boolean, timeoutMs?: number) => Promise<View>;
  /** Waits for the user's published Home tab. */
  waitForHome: (user: string, accept?: (view: View) => boolean, timeoutMs?: number) => Promise<View>;
  /** Hears of every posted, updated or deleted message until the returned function is called. */
  onMessage: (listen: (message: Message, action: "posted" | "updated") => void) => () => void;
}

/** The driver of a running workspace. */
export function createDriver(ctx: InteractionContext): Driver {
  const { state } = ctx;
  const userId = (name: string): string => state.people.get(name).id;
  const channelId = (name: string): string => state.channels.get(name).id;
  const press = (given: Press | string): Press => (typeof given === "string" ? { actionId: given } : given);
  const place = (message: Message): { channel: string; ts: string } => ({
    channel: message.channel,
    ts: message.ts,
  });
  return {
    postCommand: async (user, channel, text) => {
      if (text.startsWith("/")) return slashCommand(ctx, user, channel, text);
      const outcomes = await say(ctx, user, channel, text).delivered;
      return outcomes[0] ?? { end: "unreachable" };
    },
    say: (user, channel, text, threadTs, subtype) => {
      const { message, delivered } = say(ctx, user, channel, text, threadTs, subtype);
      void delivered;
      return message;
    },
    click: (user, message, given) => click(ctx, user, place(message), press(given)),
    clickInView: (user, where, given) => {
      const view = where === "home" ? state.views.home(userId(user)) : state.views.top(userId(user));
      if (view === undefined) throw new Error(`${user} has no ${where} open`);
      return click(ctx, user, { viewId: view.id }, press(given));
    },
    submitView: (user, inputs = {}) => submitView(ctx, user, inputs),
    closeView: (user) => closeView(ctx, user, false),
    openHome: (user) => openHome(ctx, user, "home"),
    shortcut: (user, callbackId, channel) => globalShortcut(ctx, user, callbackId, channel),
    suggest: (user, press) => {
      const view = state.views.top(userId(user));
      if (view === undefined) throw new Error(`${user} has no modal open`);
      return suggest(ctx, user, { viewId: view.id }, press);
    },
    messageShortcut: (user, message, callbackId) => messageShortcut(ctx, user, place(message), callbackId),
    view: (user) => state.views.top(userId(user)),
    home: (user) => state.views.home(userId(user)),
    messages: (channel) => state.messages.top(channelId(channel)),
    thread: (channel, ts) => state.messages.thread(channelId(channel), ts),
    ephemeral: (user, channel) =>
      state.messages.all(channelId(channel)).filter((message) => message.ephemeralFor === userId(user)),
    waitForMessage: (channel, accept, timeoutMs) =>
      state.changes.until(
        `a message in ${channel}`,
        () => state.messages.all(channelId(channel)).find(accept),
        timeoutMs,
      ),
    waitForView: (user, accept = () => true, timeoutMs) =>
      state.changes.until(
        `a modal of ${user}`,
        () => [state.views.top(userId(user))].find((view) => view !== undefined && accept(view)),
        timeoutMs,
      ),
    waitForHome: (user, accept = () => true, timeoutMs) =>
      state.changes.until(
        `the Home of ${user}`,
        () => [state.views.home(userId(user))].find((view) => view !== undefined && accept(view)),
        timeoutMs,
      ),
    onMessage: (listen) =>
      state.changes.on((change) => {
        if (change.type !== "message" || change.action === "deleted") return;
        const message = state.messages.find(change.channel, change.ts);
        if (message !== undefined) listen(message, change.action);
      }),
  };
}
