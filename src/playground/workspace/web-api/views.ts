import { checkView } from "../block-kit/check.ts";
import { LIMITS } from "../block-kit/limits.ts";
import { presentView } from "../interactions/present-view.ts";
import { makeView, replaceView, showView } from "../interactions/view-changes.ts";
import { isJson } from "../json.ts";
import type { Json } from "../json.ts";
import { MODAL_STACK_LIMIT } from "../state/views.ts";
import type { View } from "../state/views.ts";
import { ApiError, withMessages } from "./errors.ts";
import type { Call, Methods } from "./method.ts";

function payloadOf(call: Call, type: "modal" | "home"): Json {
  const view = call.args.json("view", "invalid_arguments");
  if (view === undefined) throw withMessages("invalid_arguments", ["missing required field: view"]);
  if (!isJson(view)) throw withMessages("invalid_arguments", ["must provide an object [json-pointer:/view]"]);
  if (view["type"] !== type) {
    const problem = `unsupported type: ${String(view["type"])} [json-pointer:/view/type]`;
    throw withMessages("invalid_arguments", [problem]);
  }
  if (Buffer.byteLength(JSON.stringify(view)) > LIMITS.viewBytes) throw new ApiError("view_too_large");
  const problems = checkView(view);
  if (problems.length > 0) throw withMessages("invalid_arguments", problems);
  return view;
}

function freshExternalId(call: Call, payload: Json, except?: View): void {
  const id = payload["external_id"];
  if (typeof id !== "string" || id === "") return;
  const other = call.state.views.find(id);
  if (other !== undefined && other !== except) throw new ApiError("duplicate_external_id");
}

function redeem(call: Call): { user: string; channel?: string } {
  const id = call.args.str("trigger_id") || call.args.str("interactivity_pointer");
  if (id === "") throw withMessages("invalid_arguments", ["missing required field: trigger_id"]);
  const redeemed = call.state.grants.redeemTrigger(id);
  if (!redeemed.ok) throw new ApiError(redeemed.error);
  return redeemed.value;
}

function checkHash(call: Call, view: View): void {
  const hash = call.args.str("hash");
  if (hash !== "" && hash !== view.hash) throw new ApiError("hash_conflict");
}

const answer = (call: Call, view: View): Json => ({ view: presentView(call.state, view) });

/** views.* */
export const views: Methods = {
  "views.open": {
    token: "bot",
    scopes: [],
    tier: 4,
    run: (call) => {
      const payload = payloadOf(call, "modal");
      freshExternalId(call, payload);
      const { user, channel } = redeem(call);
      const view = makeView(call.state, user, payload, { channel });
      showView(call.state, view, "open");
      return answer(call, view);
    },
  },
  "views.push": {
    token: "bot",
    scopes: [],
    tier: 4,
    run: (call) => {
      const payload = payloadOf(call, "modal");
      freshExternalId(call, payload);
      const { user, channel } = redeem(call);
      const depth = call.state.views.stack(user).length;
      if (depth >= MODAL_STACK_LIMIT) throw new ApiError("push_limit_reached");
      const view = makeView(call.state, user, payload, { previous: call.state.views.top(user), channel });
      showView(call.state, view, depth === 0 ? "open" : "push");
      return answer(call, view);
    },
  },
  "views.update": {
    token: "bot",
    scopes: [],
    tier: 4,
    run: (call) => {
      const id = call.args.str("view_id") || call.args.str("external_id");
      if (id === "") throw withMessages("invalid_arguments", ["missing required field: view_id"]);
      const payload = payloadOf(call, "modal");
      const view = call.state.views.find(id);
      if (view === undefined || view.type !== "modal") throw new ApiError("not_found");
      freshExternalId(call, payload, view);
      checkHash(call, view);
      replaceView(call.state, view, payload);
      return answer(call, view);
    },
  },
  "views.publish": {
    token: "bot",
    scopes: [],
    tier: 4,
    run: (call) => {
      const user = call.args.required("user_id");
      if (!call.state.people.users.has(user)) throw new ApiError("user_not_found");
      const payload = payloadOf(call, "home");
      const existing = call.state.views.home(user);
      if (existing === undefined) {
        const view = makeView(call.state, user, payload);
        call.state.views.publish(view);
        call.state.changes.emit({ type: "home", user });
        return answer(call, view);
      }
      checkHash(call, existing);
      replaceView(call.state, existing, payload);
      return answer(call, existing);
    },
  },
};
