import type { App, BlockAction } from "@slack/bolt";
import { z } from "zod";
import { homeView } from "./draw/home.ts";
import { homeData, type HomePlace } from "./home-data.ts";
import { ACTIONS } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { firstTime } from "./once.ts";
import type { People } from "./people.ts";
import { everywhere } from "./places.ts";
import type { SlackWorld } from "./world.ts";

const Place = z.object({ filter: z.string(), page: z.int() });
const START: HomePlace = { filter: "", page: 0 };

/** Shows App Home when a person opens it, and again when they turn its pages or filter the hosts. */
export function onHome(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  app.event("app_home_opened", ({ event, body }) =>
    inHand.hold(async () => {
      if (event.tab !== "home" || !(await firstTime(world.store, body.event_id))) return;
      await showHome(world, people, event.user, readPlace(event.view?.private_metadata));
    }),
  );
  for (const id of [ACTIONS.homePrevious, ACTIONS.homeNext, ACTIONS.homeRefresh, ACTIONS.homeFilter]) {
    app.action<BlockAction>({ type: "block_actions", action_id: id }, ({ ack, body }) =>
      inHand.hold(async () => {
        await ack();
        if (!(await firstTime(world.store, body.trigger_id))) return;
        await showHome(world, people, body.user.id, after(body));
      }),
    );
  }
}

/** Each person's page that is being published, and what was asked for last. */
const turns = new Map<string, { readonly turn: Promise<void>; readonly last: object }>();

/**
 * Publishes a person's App Home as things are now. Of two quick presses the later one stands in the end: a person's
 * pages are published one after the other, and what was asked for in between is left out.
 */
export async function showHome(
  world: SlackWorld,
  people: People,
  user: string,
  place: HomePlace = START,
): Promise<void> {
  const own = {};
  const before = turns.get(user)?.turn ?? Promise.resolve();
  const turn = before.then(async () => {
    if (turns.get(user)?.last === own) await publish(world, people, user, place);
  });
  turns.set(user, { turn, last: own });
  await turn;
  if (turns.get(user)?.last === own) turns.delete(user);
}

async function publish(world: SlackWorld, people: People, user: string, place: HomePlace): Promise<void> {
  try {
    const data = await homeData(world, await everywhere(world, people, user), place);
    await world.client.views.publish({ user_id: user, view: homeView(data) });
  } catch (error) {
    // Nothing waits for it: the person sees the page as it was and opens it again.
    world.log.warn({ err: error, user }, "App Home could not be shown");
  }
}

/** Where the press leads: a page's button carries its number, the filter starts from the first page. */
function after(body: BlockAction): HomePlace {
  const place = readPlace(body.view?.private_metadata);
  const [action] = body.actions;
  if (action?.type === "plain_text_input") return { filter: action.value ?? "", page: 0 };
  if (action?.type !== "button") return place;
  const page = Number(action.value);
  return Number.isInteger(page) ? { ...place, page } : place;
}

function readPlace(metadata: string | undefined): HomePlace {
  try {
    return Place.safeParse(JSON.parse(metadata ?? "")).data ?? START;
  } catch {
    return START;
  }
}
