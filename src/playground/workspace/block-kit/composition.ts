import { LIMITS } from "./limits.ts";
import { anything, byType, flag, listOf, matching, object, oneOf, Problems, text } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Wraps a shape the way Slack reports it: a failing part also fails the whole. */
function allOf(shape: Shape): Shape {
  return (value, pointer, problems) => {
    const inner = new Problems(problems.surface);
    shape(value, pointer, inner);
    if (inner.list.length > 0) problems.add("failed to match all allowed schemas", pointer);
    problems.list.push(...inner.list);
  };
}

/** A plain_text object of at most `max` characters. */
export function plain(max: number): Shape {
  const plainText = object({ type: anything, text: text(max) }, { emoji: flag });
  return allOf(byType({ plain_text: plainText }));
}

/** A plain_text or mrkdwn object of at most `max` characters. */
export function anyText(max: number): Shape {
  const plainText = object({ type: anything, text: text(max) }, { emoji: flag });
  const mrkdwn = object({ type: anything, text: text(max) }, { verbatim: flag });
  return allOf(byType({ plain_text: plainText, mrkdwn }));
}

export const id = text(LIMITS.id);

/** A web address of at most 3,000 characters. */
export const webUrl: Shape = (value, pointer, problems) => {
  text(LIMITS.url)(value, pointer, problems);
  if (typeof value === "string" && value !== "" && !/^(https?|slack|mailto):\S+$/i.test(value)) {
    problems.add("must be a valid URL", pointer);
  }
};

export const style = oneOf("primary", "danger");

/** The dialog that asks again before an action is sent. */
export const confirm = object(
  { text: anyText(LIMITS.confirmText) },
  {
    title: plain(LIMITS.confirmTitle),
    confirm: plain(LIMITS.confirmButton),
    deny: plain(LIMITS.confirmButton),
    style,
  },
);

function optionShape(textShape: Shape, withUrl: boolean): Shape {
  return object(
    { text: textShape, value: text(LIMITS.optionValue) },
    { description: anyText(LIMITS.optionDescription), ...(withUrl ? { url: webUrl } : {}) },
  );
}

/** An option of a select menu. */
export const option = optionShape(plain(LIMITS.optionText), false);
/** An option of an overflow menu: it may open a URL. */
export const overflowOption = optionShape(plain(LIMITS.optionText), true);
/** An option of radio buttons or checkboxes: mrkdwn is allowed. */
export const choice = optionShape(anyText(LIMITS.optionText), false);

export const optionGroup = object(
  { label: plain(LIMITS.groupLabel), options: listOf(option, LIMITS.selectOptions) },
  {},
);

export const dispatchConfig = object(
  {},
  { trigger_actions_on: listOf(oneOf("on_enter_pressed", "on_character_entered"), 2) },
);

export const conversationFilter: Shape = object(
  {},
  {
    include: listOf(oneOf("im", "mpim", "private", "public"), 4),
    exclude_external_shared_channels: flag,
    exclude_bot_users: flag,
  },
);

/** A file in Slack, by id or by URL: exactly one of the two. */
export const slackFile: Shape = object({}, { id, url: webUrl }, (value, pointer, problems) => {
  const given = ["id", "url"].filter((key) => typeof value === "object" && value !== null && key in value);
  if (given.length !== 1) problems.add("must define either `id` or `url`", pointer);
});

/** An image has its picture from exactly one place. */
export const imageSource: Shape = (value, pointer, problems) => {
  const given = ["image_url", "slack_file"].filter(
    (key) => typeof value === "object" && value !== null && key in value,
  );
  if (given.length !== 1) problems.add("must define either `image_url` or `slack_file`", pointer);
};

export const date = matching(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, "date (YYYY-MM-DD)");
export const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, "time (HH:mm)");
export const userId = matching(/^[UW][A-Z0-9]+$/, "user id");
export const channelId = matching(/^[CG][A-Z0-9]+$/, "channel id");
export const conversationId = matching(/^[CGDUW][A-Z0-9]+$/, "conversation id");
