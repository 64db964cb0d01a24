import type { types } from "@slack/bolt";
import { FIELDS } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { type Block, plain } from "./blocks.ts";

type Element = types.InputBlock["element"];
type Option = types.PlainTextOption;

interface Field {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly optional?: boolean;
  readonly element: Element;
}

/** An input whose block and action carry one name. */
export function field({ id, label, hint, optional, element }: Field): Block {
  return {
    type: "input",
    block_id: id,
    optional: optional ?? false,
    label: plain(label, LIMITS.inputLabel),
    ...(hint === undefined ? {} : { hint: plain(hint, LIMITS.inputHint) }),
    element: { ...element, action_id: id },
  };
}

/** What can be chosen. Slack takes no value longer than its limit: such a one cannot be offered. */
export function optionsOf(choices: readonly { readonly value: string; readonly label?: string }[]): Option[] {
  return choices
    .filter(({ value }) => value !== "" && value.length <= LIMITS.optionValue)
    .slice(0, LIMITS.options)
    .map(({ value, label }) => ({ text: plain(label ?? value, LIMITS.optionText), value }));
}

/** A channel: the one the person looks at, unless another one is chosen. */
export function channelField(hint: string, optional: boolean): Block {
  return field({
    id: FIELDS.channel,
    label: "Channel",
    hint,
    optional,
    element: {
      type: "conversations_select",
      placeholder: plain("Choose a channel", LIMITS.placeholder),
      filter: { include: ["public", "private"], exclude_bot_users: true },
      default_to_current_conversation: true,
    },
  });
}

/** A choice among the playbooks; left empty, the host's own. */
export function playbookField(names: readonly string[], chosen?: string): Block {
  const options = optionsOf(names.map((value) => ({ value })));
  const initial = options.find((o) => o.value === chosen);
  return field({
    id: FIELDS.playbook,
    label: "Playbook",
    hint: "Empty: the host's own, which is 502 unless 502.yml says otherwise.",
    optional: true,
    element: {
      type: "static_select",
      placeholder: plain("The host's own", LIMITS.placeholder),
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  });
}
