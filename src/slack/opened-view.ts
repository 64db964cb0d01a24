import { WebAPIPlatformError } from "@slack/web-api";
import { answer, type Listener, troubleText } from "./answer.ts";
import type { View } from "./draw/blocks.ts";
import { loadingView, noticeView } from "./draw/views.ts";
import { isLatePress } from "./api-errors.ts";
import { mentions } from "./draw/text.ts";
import { firstTime } from "./once.ts";
import type { SlackWorld } from "./world.ts";

/** A form that stands before a person. */
export interface OpenedView {
  /** Puts the real content in; where the person has closed it meanwhile, nothing happens. */
  fill(view: View): Promise<void>;
  /** Says something in it; where that fails, beside it. */
  say(text: string): Promise<void>;
}

/**
 * Opens a loading form before anything else: a trigger lives three seconds and can be used once.
 * @param pushed on top of the form the press came from
 * @returns undefined when this press was handled before or came too late; the person has been told then
 */
export async function openView(
  world: SlackWorld,
  press: {
    readonly triggerId: string;
    readonly title: string;
    readonly to: Listener;
    readonly pushed?: boolean;
    /** What is opened, where nothing has to be looked up for it. */
    readonly view?: View;
    /** What to do where it could not be opened. */
    readonly again?: string;
  },
): Promise<OpenedView | undefined> {
  const { client, store } = world;
  const { to, title, triggerId } = press;
  const args = { trigger_id: triggerId, view: press.view ?? loadingView(title) };
  try {
    const opened = press.pushed === true ? await client.views.push(args) : await client.views.open(args);
    const viewId = opened.view?.id;
    if (viewId === undefined) throw new Error("views.open answered without a view");
    if (!(await firstTime(store, triggerId))) return undefined;
    return openedView(world, viewId, to, title);
  } catch (error) {
    if (!(await firstTime(store, triggerId))) return undefined;
    world.log.warn({ err: error, user: to.user }, "a form could not be opened");
    const why = isLatePress(error)
      ? "The press reached me too late for a form."
      : `The form could not be opened. ${troubleText(error)}`;
    await answer(world, to, `${why} ${press.again ?? "Nothing was decided: press the button again."}`);
    return undefined;
  }
}

function openedView(world: SlackWorld, viewId: string, to: Listener, title: string): OpenedView {
  const put = (view: View): Promise<unknown> => world.client.views.update({ view_id: viewId, view });
  return {
    fill: async (view) => {
      try {
        await put(view);
      } catch (error) {
        if (isGone(error)) return;
        world.log.warn({ err: error, user: to.user }, "a form could not be filled");
        await answer(
          world,
          to,
          `The form could not be filled. ${troubleText(error)} Press the button again.`,
        );
      }
    },
    say: async (text) => {
      try {
        await put(noticeView(title, text));
      } catch (error) {
        world.log.info({ err: error, user: to.user }, "said beside the form");
        await answer(world, to, mentions(text));
      }
    },
  };
}

function isGone(error: unknown): boolean {
  return error instanceof WebAPIPlatformError && error.data.error === "not_found";
}
