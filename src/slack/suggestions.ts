import type { App, BlockSuggestion, OptionsConstraints, types } from "@slack/bolt";
import { optionsOf } from "./draw/fields.ts";
import { plain } from "./draw/blocks.ts";
import { FIELDS } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { inTime } from "./in-time.ts";
import { LIMITS } from "./limits.ts";
import type { People } from "./people.ts";
import { diagnosable, everywhere } from "./places.ts";
import { targetsFor } from "./targets-for.ts";
import type { SlackWorld } from "./world.ts";

/** What can be chosen: its value, and its name where that is another. */
interface Choice {
  readonly value: string;
  readonly label?: string;
}
type Search = (world: SlackWorld, people: People, user: string) => Promise<readonly Choice[]>;

const plainly = (names: readonly string[]): Choice[] => names.map((value) => ({ value }));

/** Answers what somebody types into a field that is searched: hosts, hosts and groups, time zones. */
export function onSuggestions(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  const on = (field: string, search: Search): void => {
    const at: OptionsConstraints<BlockSuggestion> = { type: "block_suggestion", action_id: field };
    app.options<"block_suggestion">(at, ({ ack, body, options }) =>
      inHand.hold(async () => {
        const found = await inTime(
          world.clock,
          search(world, people, body.user.id).catch((error: unknown) => {
            world.log.warn({ err: error, field }, "what can be chosen could not be looked up");
            return [];
          }),
        );
        await ack(suggested(options.value, found === "late" ? [] : found));
      }),
    );
  };
  on(FIELDS.host, async (w, p, user) => plainly(diagnosable(w, await everywhere(w, p, user))));
  on(FIELDS.targets, async (w, p, user) => plainly(targetsFor(w, await everywhere(w, p, user))));
  on(FIELDS.zone, async () => plainly(["UTC", ...Intl.supportedValuesOf("timeZone")]));
  on(FIELDS.group, async (_w, p) =>
    (await p.groups()).map(({ id, handle }) => ({ value: id, label: `@${handle}` })),
  );
}

type Suggested =
  | { readonly options: types.PlainTextOption[] }
  | { readonly option_groups: { label: types.PlainTextElement; options: types.PlainTextOption[] }[] };

/** The names that match, those that begin so first; where there are more than Slack takes, it is said. */
export function suggested(query: string, choices: readonly Choice[]): Suggested {
  const wanted = query.trim().toLowerCase();
  const nameOf = (c: Choice): string => (c.label ?? c.value).toLowerCase();
  const found = choices.filter((c) => nameOf(c).includes(wanted));
  const begins = (c: Choice): boolean => nameOf(c).replace(/^@/, "").startsWith(wanted.replace(/^@/, ""));
  const sorted = [...found.filter(begins), ...found.filter((n) => !begins(n))];
  const options = optionsOf(sorted);
  if (found.length <= options.length) return { options };
  const label = plain(`${options.length} of ${found.length}: type more of the name`, LIMITS.groupLabel);
  return { option_groups: [{ label, options }] };
}
