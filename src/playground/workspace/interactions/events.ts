import type { Outcome } from "../delivery/delivery.ts";
import type { Json } from "../json.ts";
import type { User } from "../state/people.ts";
import { presentView } from "./present-view.ts";
import type { InteractionContext } from "./context.ts";

/**
 * Tells the app an event, if it subscribed to it (`subscription` is the name in its manifest).
 * Gives how the delivery ended; unreachable when there is no such subscription.
 */
export async function sendEvent(
  ctx: InteractionContext,
  user: User,
  event: Json,
  subscription: string,
): Promise<Outcome> {
  const { state, delivery } = ctx;
  if (!state.app.events.includes(subscription)) return { end: "unreachable" };
  const payload = {
    token: ctx.verificationToken,
    team_id: state.people.team.id,
    context_team_id: state.people.team.id,
    api_app_id: state.app.id,
    event: { event_ts: state.ids.stamp(), user_team: user.teamId, ...event },
    type: "event_callback",
    event_id: state.ids.next("Ev"),
    event_time: Math.floor(state.clock() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: state.people.team.id,
        user_id: state.app.botUser,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  };
  return delivery.send("events_api", payload, subscription);
}

/** The user looks at the app's Home (or its messages tab). */
export function openHome(
  ctx: InteractionContext,
  userName: string,
  tab: "home" | "messages",
): Promise<Outcome> {
  const { state } = ctx;
  const user = state.people.get(userName);
  const view = state.views.home(user.id);
  const event = {
    type: "app_home_opened",
    user: user.id,
    channel: state.channels.im(user.id)?.id ?? "",
    tab,
    ...(tab === "home" && view !== undefined ? { view: presentView(state, view) } : {}),
  };
  return sendEvent(ctx, user, event, "app_home_opened");
}
