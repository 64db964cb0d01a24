import type { App, BlockAction } from "@slack/bolt";
import { z } from "zod";
import { answer, troubleText } from "./answer.ts";
import { mayPass, slackTrouble } from "./api-errors.ts";
import { homeView } from "./draw/home.ts";
import { homeData, type HomePlace } from "./home-data.ts";
import { ACTIONS } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { firstTime } from "./once.ts";
import type { People } from "./people.ts";
import { everywhere } from "./places.ts";
import { Tries } from "./tries.ts";
import type { SlackWorld } from "./world.ts";

const Place = z.object({ filter: z.string(), page: z.int() });
const START: HomePlace = { filter: "", page: 0 };

/** Nobody looks at the page for longer than that. */
const LONGEST_MS = 60_000;
const TRIES = 4;

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
type Turns = Map<string, { readonly turn: Promise<void>; readonly last: object }>;

/** Of each workspace's client: the same person may be in two. */
const turnsOf = new WeakMap<SlackWorld["client"], Turns>();

/**
 * Publishes a person's App Home as things are now. Of two quick presses the later one stands in the end: a person's
 * pages are published one after the other, and what was asked for in between is left out. Where Slack asks to wait or
 * has trouble it is tried again, a few times; then the person is told, since the page shows nothing, or what was.
 */
export async function showHome(
  world: SlackWorld,
  people: People,
  user: string,
  place: HomePlace = START,
): Promise<void> {
  const own = {};
  const turns: Turns = turnsOf.get(world.client) ?? new Map();
  turnsOf.set(world.client, turns);
  const before = turns.get(user)?.turn ?? Promise.resolve();
  const turn = before.then(async () => {
    const tries = new Tries(TRIES);
    while (turns.get(user)?.last === own) {
      const wait = await publish(world, people, user, place, tries);
      if (wait === undefined) return;
      await world.clock.wait(wait);
    }
  });
  turns.set(user, { turn, last: own });
  await turn;
  if (turns.get(user)?.last === own) turns.delete(user);
}

/** @returns after how long to try again, in milliseconds; undefined: it is shown, or given up */
async function publish(
  world: SlackWorld,
  people: People,
  user: string,
  place: HomePlace,
  tries: Tries,
): Promise<number | undefined> {
  try {
    const data = await homeData(world, await everywhere(world, people, user), place);
    await world.client.views.publish({ user_id: user, view: homeView(data) });
    return undefined;
  } catch (error) {
    const trouble = slackTrouble(error);
    world.log.warn({ err: error, user, code: trouble?.code }, "App Home could not be shown");
    const passing = trouble !== undefined && mayPass(trouble) && trouble.retryMs <= LONGEST_MS;
    if (passing && tries.again(user) !== undefined) return trouble.retryMs;
    // A newer page has been published meanwhile.
    if (trouble?.code === "hash_conflict") return undefined;
    await answer(world, { user }, sayNotShown(error));
    return undefined;
  }
}

/** To whom the page was not shown. */
export function sayNotShown(error: unknown): string {
  const again = mayPass(slackTrouble(error)) ? " Open it again in a minute." : "";
  return `My Home tab could not be shown. ${troubleText(error)}${again}`;
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
