import type { App, GlobalShortcut, ViewSubmitAction } from "@slack/bolt";
import type { RunRequest } from "../domain/run.ts";
import { startRun } from "../workflows/start-run.ts";
import { sayStarted } from "./command.ts";
import { NEW_RUN_TITLE, newRunView } from "./draw/new-run.ts";
import { answerForm, closed, fieldError, type FormAnswer, type FormReply } from "./form-answer.ts";
import { FormValues } from "./form-values.ts";
import { FIELDS, SHORTCUTS, VIEWS } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { openView } from "./opened-view.ts";
import type { People } from "./people.ts";
import { diagnosable, everywhere, readableBy } from "./places.ts";
import { type Spot, spotOf } from "./spot.ts";
import type { SlackWorld } from "./world.ts";

/** Answers the global shortcut "Diagnose a host": a form at once, and a run when it is submitted. */
export function onNewRun(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  app.shortcut<GlobalShortcut>({ type: "shortcut", callback_id: SHORTCUTS.newRun }, ({ ack, shortcut }) =>
    inHand.hold(async () => {
      await ack();
      await openView(world, {
        triggerId: shortcut.trigger_id,
        title: NEW_RUN_TITLE,
        to: { user: shortcut.user.id },
        view: newRunView([...world.runs.playbooks.keys()]),
        again: "Choose the shortcut again, or type `/502 HOST`.",
      });
    }),
  );
  app.view<ViewSubmitAction>({ type: "view_submission", callback_id: VIEWS.newRun }, (args) =>
    inHand.hold(async () => {
      const { body } = args;
      const values = new FormValues(body.view.state.values);
      const chosen = values.conversation(FIELDS.channel);
      const form = {
        title: NEW_RUN_TITLE,
        to: { user: body.user.id, ...(chosen === undefined ? {} : { channel: chosen }) },
        elsewhere: "in the channel",
        failed: (text: string): FormReply => fieldError(FIELDS.host, `${text} Submit it again.`),
      };
      await answerForm(world, args, form, () => begin(world, people, body.user.id, values));
    }),
  );
}

/** Starts the run as the command would, given in the chosen channel. */
async function begin(
  world: SlackWorld,
  people: People,
  user: string,
  values: FormValues,
): Promise<FormAnswer> {
  const host = values.option(FIELDS.host) ?? "";
  const site = readSite(values.text(FIELDS.site));
  if ("refused" in site) return mistake(FIELDS.site, site.refused);
  const spot = await spotOf(world, people, user, values.conversation(FIELDS.channel));
  if ("refused" in spot) return mistake(FIELDS.channel, spot.refused);
  const playbook = values.option(FIELDS.playbook) ?? world.runs.findHost(host)?.playbook ?? "502";
  return start(world, people, spot, { host, playbook, ...site });
}

async function start(
  world: SlackWorld,
  people: People,
  { actor, channel }: Spot,
  request: RunRequest,
): Promise<FormAnswer> {
  const join = readableBy(people, actor.id, channel);
  const started = await startRun(world.runs, { request, actor, destination: { channel }, join });
  switch (started.kind) {
    case "started":
      return closed();
    case "joined":
      return closed(await sayStarted(world, started));
    case "unknown-host":
      return mistake(FIELDS.host, started.text);
    case "unknown-playbook":
      return mistake(FIELDS.playbook, started.text);
    case "not-allowed":
      break;
  }
  const elsewhere = diagnosable(world, await everywhere(world, people, actor.id)).includes(request.host);
  return elsewhere
    ? mistake(
        FIELDS.channel,
        `The policy lets you diagnose ${request.host} from another channel, not from this one.`,
      )
    : mistake(FIELDS.host, started.text);
}

function mistake(field: string, text: string): FormAnswer {
  return { reply: fieldError(field, text), late: text };
}

/** A site's name, or the URL that somebody complained of. */
function readSite(
  text: string | undefined,
): { readonly vhost?: string; readonly url?: string } | { readonly refused: string } {
  if (text === undefined) return {};
  if (/^https?:\/\//i.test(text)) {
    return URL.canParse(text)
      ? { url: text }
      : { refused: "This URL cannot be read. Write it as https://shop.example.test/cart." };
  }
  return /^[A-Za-z0-9_*~][A-Za-z0-9_.*~-]*$/.test(text)
    ? { vhost: text }
    : { refused: "Write a site as nginx names it, such as shop.example.test, or a whole URL." };
}
