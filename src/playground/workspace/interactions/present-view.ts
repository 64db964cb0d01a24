import type { Json } from "../json.ts";
import type { View } from "../state/views.ts";
import type { WorkspaceState } from "../state/state.ts";

/** The view as the Web API and payloads show it. */
export function presentView(state: WorkspaceState, view: View): Json {
  const { payload } = view;
  return {
    id: view.id,
    team_id: state.people.team.id,
    type: view.type,
    blocks: payload["blocks"],
    private_metadata: payload["private_metadata"] ?? "",
    callback_id: payload["callback_id"] ?? "",
    state: { values: view.values },
    hash: view.hash,
    title: payload["title"] ?? null,
    clear_on_close: payload["clear_on_close"] ?? false,
    notify_on_close: payload["notify_on_close"] ?? false,
    close: payload["close"] ?? null,
    submit: payload["submit"] ?? null,
    previous_view_id: view.previousId ?? null,
    root_view_id: view.rootId,
    app_id: state.app.id,
    external_id: payload["external_id"] ?? "",
    app_installed_team_id: state.people.team.id,
    bot_id: state.app.botId,
  };
}
