import { option, optionGroup } from "../block-kit/composition.ts";
import { LIMITS } from "../block-kit/limits.ts";
import { listOf, Problems } from "../block-kit/shape.ts";
import { isJson, record, records, str } from "../json.ts";
import type { Json } from "../json.ts";
import { allBlocks } from "../messaging.ts";
import { findElement, messagePart, viewPart } from "./click.ts";
import type { Surface } from "./click.ts";
import { envelopeBase } from "./context.ts";
import type { InteractionContext } from "./context.ts";
import { notSuggested } from "./unanswered.ts";

/** What an external select offers for what was typed. `labels`: the headings of its groups. */
export interface Suggestions {
  options: Json[];
  labels: string[];
  /** why nothing is offered, where the app's answer was none or none that Slack takes */
  trouble?: string;
}

/** Slack asks from this many characters on unless the element says otherwise. */
const MIN_QUERY = 3;

/**
 * Asks the app for the options of an external select (block_suggestion), once enough was typed. Options that Slack
 * would refuse are not shown. Throws when there is no such element.
 */
export async function suggest(
  ctx: InteractionContext,
  userName: string,
  surface: Surface,
  press: { actionId: string; blockId?: string; value: string },
): Promise<Suggestions> {
  const { state, delivery } = ctx;
  const user = state.people.get(userName);
  const view = "viewId" in surface ? state.views.find(surface.viewId) : undefined;
  const message = "ts" in surface ? state.messages.find(surface.channel, surface.ts) : undefined;
  if (view === undefined && message === undefined) return none("it is gone");
  const blocks =
    view === undefined ? (message === undefined ? [] : allBlocks(message)) : records(view.payload["blocks"]);
  const { block, element } = findElement(blocks, press, "the surface");
  const least = element["min_query_length"];
  if (press.value.length < (typeof least === "number" ? least : MIN_QUERY)) return none();
  const payload = {
    ...envelopeBase(ctx, user, "block_suggestion"),
    ...(view === undefined ? {} : viewPart(ctx, view)),
    ...(message === undefined ? {} : messagePart(ctx, user.id, message, {})),
    action_id: press.actionId,
    block_id: block["block_id"],
    value: press.value,
  };
  const outcome = await delivery.send("interactive", payload, "block_suggestion");
  if (outcome.end !== "acked") return none(notSuggested(outcome.end));
  return offered(outcome.payload);
}

function offered(answer: unknown): Suggestions {
  if (!isJson(answer)) return none("the app gave no options");
  const { options, option_groups: groups } = answer;
  if ((options === undefined) === (groups === undefined)) return none("either options or option_groups");
  const problems = new Problems("modal");
  if (options !== undefined) listOf(option, LIMITS.selectOptions, 0)(options, "/options", problems);
  else listOf(optionGroup, LIMITS.optionGroups, 0)(groups, "/option_groups", problems);
  if (problems.list.length > 0) return none(problems.list.join("; "));
  return {
    options: [...records(options), ...records(groups).flatMap((group) => records(group["options"]))],
    labels: records(groups).map((group) => str(record(group["label"])["text"])),
  };
}

function none(trouble?: string): Suggestions {
  return { options: [], labels: [], ...(trouble === undefined ? {} : { trouble }) };
}
