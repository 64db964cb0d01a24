import { fillIds } from "../block-kit/fill.ts";
import { record, records, str, strings } from "../json.ts";
import type { Json } from "../json.ts";
import type { WorkspaceState } from "../state/state.ts";
import type { View } from "../state/views.ts";
import { elementsOf, stateValues } from "./values.ts";
import type { Inputs } from "./values.ts";

const withIds = (payload: Json): Json => ({ ...payload, blocks: fillIds(records(payload["blocks"])) });

function newHash(state: WorkspaceState): string {
  return `${state.ids.stamp()}.${state.ids.next("h")}`;
}

/** What selects that default to the conversation the user looks at begin with, where their filter lets it in. */
function lookedAt(state: WorkspaceState, blocks: Json[], channel: string): Inputs {
  const { kind } = state.channels.get(channel);
  const asking = elementsOf(blocks).filter(({ element }) => {
    const include = strings(record(element["filter"])["include"]);
    return (
      element["default_to_current_conversation"] === true && (include.length === 0 || include.includes(kind))
    );
  });
  return Object.fromEntries(
    asking.map(({ block, element }) => [`${str(block["block_id"])}/${str(element["action_id"])}`, channel]),
  );
}

/**
 * A view that is not shown yet, of a checked payload; ids are filled in.
 * @param channel the conversation the user looks at
 */
export function makeView(
  state: WorkspaceState,
  user: string,
  payload: Json,
  at: { previous?: View | undefined; channel?: string | undefined } = {},
): View {
  const { previous, channel } = at;
  const id = state.ids.next("V");
  const filled = withIds(payload);
  const blocks = records(filled["blocks"]);
  return {
    id,
    user,
    type: payload["type"] === "home" ? "home" : "modal",
    payload: filled,
    hash: newHash(state),
    rootId: previous?.rootId ?? id,
    ...(previous === undefined ? {} : { previousId: previous.id }),
    values: stateValues(blocks, channel === undefined ? {} : lookedAt(state, blocks, channel)),
    errors: {},
    ...(channel === undefined ? {} : { channel }),
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
