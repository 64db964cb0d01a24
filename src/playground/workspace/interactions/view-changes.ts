import { fillIds } from "../block-kit/fill.ts";
import { records } from "../json.ts";
import type { Json } from "../json.ts";
import type { WorkspaceState } from "../state/state.ts";
import type { View } from "../state/views.ts";
import { stateValues } from "./values.ts";

const withIds = (payload: Json): Json => ({ ...payload, blocks: fillIds(records(payload["blocks"])) });

function newHash(state: WorkspaceState): string {
  return `${state.ids.stamp()}.${state.ids.next("h")}`;
}

/** A view that is not shown yet, of a checked payload; ids are filled in. */
export function makeView(state: WorkspaceState, user: string, payload: Json, previous?: View): View {
  const id = state.ids.next("V");
  const filled = withIds(payload);
  return {
    id,
    user,
    type: payload["type"] === "home" ? "home" : "modal",
    payload: filled,
    hash: newHash(state),
    rootId: previous?.rootId ?? id,
    ...(previous === undefined ? {} : { previousId: previous.id }),
    values: stateValues(records(filled["blocks"]), {}),
    errors: {},
  };
}

/** New content for an open view or a Home tab; entries survive where block and action keep their ids. */
export function replaceView(state: WorkspaceState, view: View, payload: Json): void {
  view.payload = withIds(payload);
  view.hash = newHash(state);
  view.values = stateValues(records(view.payload["blocks"]), {}, view.values);
  view.errors = {};
  delete view.trouble;
  state.changes.emit({ type: view.type === "home" ? "home" : "view", user: view.user });
}

/** Shows a modal: as a new stack, or upon the one that is open. */
export function showView(state: WorkspaceState, view: View, how: "open" | "push"): void {
  if (how === "open") state.views.open(view);
  else state.views.push(view);
  state.changes.emit({ type: "view", user: view.user });
}
