import type { Outcome } from "../delivery/delivery.ts";
import { records, str } from "../json.ts";
import type { Json } from "../json.ts";
import { allBlocks, presentMessage } from "../messaging.ts";
import type { Message } from "../state/messages.ts";
import type { View } from "../state/views.ts";
import { envelopeBase, responseUrl } from "./context.ts";
import type { InteractionContext } from "./context.ts";
import { presentView } from "./present-view.ts";
import { elementsOf, elementState, stateValues } from "./values.ts";
import type { Inputs } from "./values.ts";

/** Where an element is pressed: in a message, or in an open modal or Home tab. */
export type Surface = { channel: string; ts: string } | { viewId: string };

/** What is pressed. `value` chooses an option, a date or a text; buttons need none. */
export interface Press {
  actionId: string;
  blockId?: string;
  value?: string | string[];
  /** what stands in the other inputs of the surface */
  inputs?: Inputs;
}

function actionOf(element: Json, block: Json, press: Press, stamp: string): Json {
  const common = {
    type: element["type"],
    action_id: element["action_id"],
    block_id: block["block_id"],
    action_ts: stamp,
    ...(element["placeholder"] === undefined ? {} : { placeholder: element["placeholder"] }),
    ...(element["confirm"] === undefined ? {} : { confirm: element["confirm"] }),
  };
  if (element["type"] === "button" || element["type"] === "workflow_button") {
    const keep = ["text", "value", "style", "url"].filter((key) => element[key] !== undefined);
    return { ...common, ...Object.fromEntries(keep.map((key) => [key, element[key]])) };
  }
  if (element["type"] === "feedback_buttons" || element["type"] === "icon_button") {
    return { ...common, value: press.value ?? element["value"] };
  }
  return { ...common, ...elementState(element, press.value ?? "") };
}

/** An element by its ids. Throws, naming what there is, when there is none. */
export function findElement(blocks: Json[], press: Press, where: string): { block: Json; element: Json } {
  const all = elementsOf(blocks);
  const found = all.find(
    ({ block, element }) =>
      element["action_id"] === press.actionId &&
      (press.blockId === undefined || block["block_id"] === press.blockId),
  );
  if (found !== undefined) return found;
  const known = all.map(({ element }) => str(element["action_id"])).join(", ");
  throw new Error(`no element with action_id ${press.actionId} in ${where}; it has: ${known || "none"}`);
}

/** What a payload says of the message that holds an element. */
export function messagePart(ctx: InteractionContext, user: string, message: Message, inputs: Inputs): Json {
  const { state } = ctx;
  const ephemeral = message.ephemeralFor !== undefined;
  const channel = state.channels.get(message.channel);
  const target = { channel: channel.id, user, messageTs: message.ts };
  return {
    container: {
      type: "message",
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: ephemeral,
      ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    },
    channel: { id: channel.id, name: channel.kind === "im" ? "directmessage" : channel.name },
    // Slack leaves an ephemeral message out: the app cannot read it back.
    ...(ephemeral ? {} : { message: presentMessage(state, message) }),
    state: { values: stateValues(allBlocks(message), inputs) },
    response_url: responseUrl(
      state,
      message.threadTs === undefined ? target : { ...target, threadTs: message.threadTs },
    ),
  };
}

/** What a payload says of the view that holds an element. */
export function viewPart(ctx: InteractionContext, view: View): Json {
  return { container: { type: "view", view_id: view.id }, view: presentView(ctx.state, view) };
}

/**
 * Presses a button or changes an element: the app gets block_actions.
 * Throws when the message, view or element does not exist (any more). Gives how the delivery ended.
 */
export async function click(
  ctx: InteractionContext,
  userName: string,
  surface: Surface,
  press: Press,
): Promise<Outcome> {
  const { state, delivery } = ctx;
  const user = state.people.get(userName);
  const inputs = press.inputs ?? {};
  const stamp = state.ids.stamp();
  if ("viewId" in surface) {
    const view = state.views.find(surface.viewId);
    if (view === undefined) throw new Error(`no open view ${surface.viewId}`);
    const blocks = records(view.payload["blocks"]);
    const { block, element } = findElement(blocks, press, `view ${view.id}`);
    const chosen =
      press.value === undefined ? {} : { [`${str(block["block_id"])}/${press.actionId}`]: press.value };
    view.values = stateValues(blocks, { ...inputs, ...chosen }, view.values);
    const action = actionOf(element, block, press, stamp);
    const payload = { ...envelopeBase(ctx, user, "block_actions", view.channel), ...viewPart(ctx, view) };
    return delivery.send("interactive", { ...payload, actions: [action] }, "block_actions");
  }
  const message = state.messages.find(surface.channel, surface.ts);
  const visible = message?.ephemeralFor === undefined || message.ephemeralFor === user.id;
  if (message === undefined || !visible) throw new Error(`no message ${surface.ts} in ${surface.channel}`);
  const { block, element } = findElement(allBlocks(message), press, `message ${message.ts}`);
  const chosen =
    press.value === undefined ? {} : { [`${str(block["block_id"])}/${press.actionId}`]: press.value };
  const action = actionOf(element, block, press, stamp);
  const payload = {
    ...envelopeBase(ctx, user, "block_actions", message.channel),
    ...messagePart(ctx, user.id, message, { ...inputs, ...chosen }),
  };
  return delivery.send("interactive", { ...payload, actions: [action] }, "block_actions");
}
