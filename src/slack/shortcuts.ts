import type { App, MessageShortcut } from "@slack/bolt";
import { answer, type Listener, sayFailed } from "./answer.ts";
import type { Request } from "../grammar/parse.ts";
import { carryOut } from "./command.ts";
import { SHORTCUTS } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { namedTarget } from "./named-target.ts";
import { firstTime } from "./once.ts";
import type { People } from "./people.ts";
import type { SlackWorld } from "./world.ts";

const MOST_TEXT = 20_000;

/** Answers the message shortcut "Diagnose this": diagnoses the host or the URL that an alert's text names, in the alert's
 * thread. */
export function onShortcuts(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  app.shortcut<MessageShortcut>(
    { type: "message_action", callback_id: SHORTCUTS.diagnoseThis },
    ({ ack, shortcut, respond }) => {
      const { message, channel } = shortcut;
      const root: unknown = message["thread_ts"];
      const thread = typeof root === "string" ? { threadTs: root } : {};
      const threadTs = thread.threadTs ?? message.ts;
      const to: Listener = { user: shortcut.user.id, channel: channel.id, ...thread, respond };
      const work = async (): Promise<void> => {
        await ack();
        try {
          if (!(await firstTime(world.store, shortcut.trigger_id))) return;
          await diagnoseNamed(world, people, to, { channel: channel.id, threadTs }, textsOf(message));
        } catch (error) {
          world.log.error({ err: error, user: to.user }, "a shortcut failed");
          await answer(world, to, sayFailed(error));
        }
      };
      return inHand.hold(work, { said: "*Diagnose this*", to });
    },
  );
}

async function diagnoseNamed(
  world: SlackWorld,
  people: People,
  to: Listener,
  destination: { readonly channel: string; readonly threadTs: string },
  text: string,
): Promise<void> {
  const { runs } = world;
  const target = namedTarget(text, {
    names: world.hostNames(),
    host: (name) => runs.findHost(name) !== undefined,
    site: (url) => runs.site?.(url)?.hosts,
  });
  if (target === undefined) {
    await answer(
      world,
      to,
      "No host or site of the inventory is named in that message: type `/502 HOST`, or `/502 hosts` to see their names.",
    );
    return;
  }
  const { host, url } = target;
  // As if it had been typed: `/502 HOST --url URL`, or the URL alone.
  const request: Request = {
    verb: "diagnose",
    args: { host: host ?? url ?? "" },
    options: host === undefined || url === undefined ? {} : { url },
  };
  await carryOut(world, people, to, request, destination);
}

/** All texts of a message, its blocks' and attachments' too: alerts seldom say it in the message's own. */
function textsOf(message: MessageShortcut["message"]): string {
  const parts = [message.text ?? "", ...deep(message["attachments"]), ...deep(message["blocks"])];
  return parts.join("\n").slice(0, MOST_TEXT);
}

const SAYS = new Set(["text", "title", "fallback", "pretext", "value", "title_link", "url"]);

function deep(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(deep);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, v]) =>
    typeof v === "string" ? (SAYS.has(key) ? [v] : []) : deep(v),
  );
}
