import type { Delivery } from "../delivery/delivery.ts";
import type { Faults } from "../faults/plan.ts";
import type { Json } from "../json.ts";
import { addMessage } from "../messaging.ts";
import type { ResponseTarget } from "../state/grants.ts";
import type { User } from "../state/people.ts";
import type { WorkspaceState } from "../state/state.ts";

/** What every interaction needs: the world, the way to the app, the weather. */
export interface InteractionContext {
  state: WorkspaceState;
  delivery: Delivery;
  faults: Faults;
  /** the deprecated verification token that still stands in every payload */
  verificationToken: string;
}

/** Slackbot's private note to a user, for what Slack itself says. */
export function slackbotSays(
  state: WorkspaceState,
  user: string,
  channel: string,
  text: string,
  threadTs?: string,
): void {
  const draft = { channel, user: "USLACKBOT", text, ephemeralFor: user };
  addMessage(state, threadTs === undefined ? draft : { ...draft, threadTs });
}

/** The parts every interactive payload begins with. `name` is what fault rules match. */
export function envelopeBase(ctx: InteractionContext, user: User, name: string, channel?: string): Json {
  const { state, faults } = ctx;
  const expired = faults.forEnvelope("expired-trigger", name) !== undefined;
  return {
    type: name,
    team: { id: state.people.team.id, domain: state.people.team.domain },
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
    api_app_id: state.app.id,
    token: ctx.verificationToken,
    trigger_id: state.grants.trigger(user.id, channel, expired),
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** A new response_url, complete. */
export function responseUrl(state: WorkspaceState, target: ResponseTarget): string {
  return `${state.origin}/response/${state.grants.responseUrl(target)}`;
}
