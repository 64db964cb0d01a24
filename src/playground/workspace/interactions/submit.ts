import { checkView } from "../block-kit/check.ts";
import type { Outcome } from "../delivery/delivery.ts";
import { isJson, records, str } from "../json.ts";
import type { Json } from "../json.ts";
import { MODAL_STACK_LIMIT } from "../state/views.ts";
import type { View } from "../state/views.ts";
import { envelopeBase } from "./context.ts";
import type { InteractionContext } from "./context.ts";
import { fieldErrors } from "./field-errors.ts";
import { presentView } from "./present-view.ts";
import { notSubmitted } from "./unanswered.ts";
import { stateValues } from "./values.ts";
import type { Inputs } from "./values.ts";
import { makeView, replaceView, showView } from "./view-changes.ts";

/** What a submission led to. `errors` are by block_id; `trouble` is Slack's sentence when it failed. */
export interface Submitted {
  outcome: "closed" | "errors" | "updated" | "pushed" | "cleared" | "trouble";
  errors: Record<string, string>;
  trouble?: string;
}

const TROUBLE = "We had some trouble connecting. Try again?";

function topView(ctx: InteractionContext, user: string): View {
  const view = ctx.state.views.top(user);
  if (view === undefined) throw new Error(`no modal is open for ${user}`);
  return view;
}

/**
 * Submits the modal the user has open. Required and ill-formed fields are refused before the app is asked;
 * the app's ack decides: close (no answer), errors, update, push, clear. Throws when no modal is open.
 */
export async function submitView(
  ctx: InteractionContext,
  userName: string,
  inputs: Inputs,
): Promise<Submitted> {
  const { state, delivery } = ctx;
  const user = state.people.get(userName);
  const view = topView(ctx, user.id);
  const blocks = records(view.payload["blocks"]);
  view.values = stateValues(blocks, inputs, view.values);
  view.errors = fieldErrors(blocks, view.values);
  delete view.trouble;
  if (Object.keys(view.errors).length > 0)
    return shown(ctx, view, { outcome: "errors", errors: view.errors });
  const payload = {
    ...envelopeBase(ctx, user, "view_submission", view.channel),
    view: presentView(state, view),
    response_urls: [],
  };
  const outcome = await delivery.send("interactive", payload, "view_submission");
  return apply(ctx, view, outcome);
}

function shown(ctx: InteractionContext, view: View, submitted: Submitted): Submitted {
  if (submitted.trouble !== undefined) view.trouble = submitted.trouble;
  ctx.state.changes.emit({ type: "view", user: view.user });
  return submitted;
}

function apply(ctx: InteractionContext, view: View, outcome: Outcome): Submitted {
  const { state } = ctx;
  const trouble = (why: string): Submitted =>
    shown(ctx, view, { outcome: "trouble", errors: {}, trouble: why });
  if (outcome.end !== "acked") return trouble(`${TROUBLE} ${notSubmitted(outcome.end)}`);
  const answer = isJson(outcome.payload) ? outcome.payload : {};
  const action = answer["response_action"];
  if (action === undefined) {
    // The view may have been closed or replaced while the app thought about it.
    if (state.views.top(view.user) === view) state.views.pop(view.user);
    return shown(ctx, view, { outcome: "closed", errors: {} });
  }
  if (action === "clear") {
    state.views.clear(view.user);
    return shown(ctx, view, { outcome: "cleared", errors: {} });
  }
  if (action === "errors") {
    const inputs = records(view.payload["blocks"]).filter((block) => block["type"] === "input");
    const known = new Set(inputs.map((block) => str(block["block_id"])));
    const given = isJson(answer["errors"]) ? Object.entries(answer["errors"]) : [];
    view.errors = Object.fromEntries(
      given.filter(([id]) => known.has(id)).map(([id, text]) => [id, str(text)]),
    );
    // Errors for unknown blocks are invalid to Slack, and it shows the connection sentence.
    if (given.length === 0 || given.some(([id]) => !known.has(id))) return trouble(TROUBLE);
    return shown(ctx, view, { outcome: "errors", errors: view.errors });
  }
  const next: unknown = answer["view"];
  const usable = isJson(next) && next["type"] === "modal" && checkView(next).length === 0;
  if (!usable) return trouble(TROUBLE);
  return exchange(ctx, view, action, next);
}

function exchange(ctx: InteractionContext, view: View, action: unknown, next: Json): Submitted {
  const { state } = ctx;
  if (action === "update") {
    replaceView(state, view, next);
    return { outcome: "updated", errors: {} };
  }
  if (action === "push" && state.views.stack(view.user).length < MODAL_STACK_LIMIT) {
    showView(state, makeView(state, view.user, next, { previous: view, channel: view.channel }), "push");
    return { outcome: "pushed", errors: {} };
  }
  return shown(ctx, view, { outcome: "trouble", errors: {}, trouble: TROUBLE });
}

/** Closes the modal on top, or (`all`) the whole stack; views that asked for it send view_closed. */
export async function closeView(ctx: InteractionContext, userName: string, all: boolean): Promise<void> {
  const { state, delivery } = ctx;
  const user = state.people.get(userName);
  const stack = state.views.stack(user.id);
  const top = stack.at(-1);
  if (top === undefined) return;
  const everything = all || top.payload["clear_on_close"] === true;
  const closed = everything ? stack.toReversed() : [top];
  if (everything) state.views.clear(user.id);
  else state.views.pop(user.id);
  state.changes.emit({ type: "view", user: user.id });
  for (const view of closed) {
    if (view.payload["notify_on_close"] !== true) continue;
    const payload = {
      ...envelopeBase(ctx, user, "view_closed"),
      view: presentView(state, view),
      is_cleared: everything,
    };
    await delivery.send("interactive", payload, "view_closed");
  }
}
