import type { App, BlockAction } from "@slack/bolt";
import type { Approval } from "../domain/approval.ts";
import { NO_SUCH_APPROVAL, sayDecided } from "../wording/approval.ts";
import { cancelFix } from "../workflows/cancel-fix.ts";
import { pressOffer } from "../workflows/press-offer.ts";
import { answer, sayFailed } from "./answer.ts";
import { diagnose } from "./command.ts";
import { drawEverything } from "./draw/everything.ts";
import { denyView, planView } from "./draw/views.ts";
import { escape, mentions } from "./draw/text.ts";
import { ACTIONS, readFixValue, readMemo, type ViewMemo } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { openView } from "./opened-view.ts";
import { firstTime } from "./once.ts";
import type { DetailsBody } from "./outgoing.ts";
import type { People } from "./people.ts";
import { actorIn, everywhere } from "./places.ts";
import { type PressedButton, readPress } from "./read-press.ts";
import type { SlackWorld } from "./world.ts";
import { runKey } from "../workflows/run-message.ts";

type Handler = (world: SlackWorld, people: People, press: PressedButton) => Promise<void>;

/** Wires a button: acknowledged at once, then handled; a failure is said to the person who pressed. */
export function onPress(
  app: App,
  world: SlackWorld,
  people: People,
  inHand: InHand,
): (id: string | RegExp, handler: Handler) => void {
  return (id, handler) => {
    app.action<BlockAction>({ type: "block_actions", action_id: id }, ({ ack, body, respond }) => {
      const press = readPress(body, body.message === undefined ? undefined : respond);
      const work = async (): Promise<void> => {
        await ack();
        if (press === undefined) return;
        try {
          await handler(world, people, press);
        } catch (error) {
          world.log.error({ err: error, action: press.actionId }, "a press failed");
          await answer(world, press.to, sayFailed(error));
        }
      };
      return inHand.hold(
        work,
        press === undefined ? undefined : { said: "the button you pressed", to: press.to },
      );
    });
  };
}

/** The buttons of verdicts and approvals. */
export function onPresses(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  const on = onPress(app, world, people, inHand);
  on(new RegExp(`^${ACTIONS.fix}`), pressFix);
  on(ACTIONS.approve, review);
  on(ACTIONS.deny, deny);
  on(ACTIONS.cancel, cancel);
  on(ACTIONS.checkAgain, checkAgain);
  on(ACTIONS.everything, showEverything);
}

/** The button under a verdict: asks for approval and shows the plan. */
async function pressFix(world: SlackWorld, people: People, press: PressedButton): Promise<void> {
  const opened = await openView(world, { ...press, title: "Approve a fix" });
  if (opened === undefined) return;
  const ids = readFixValue(press.value);
  if (ids === undefined)
    return opened.say("This button is of another version of the bot. Check the host again.");
  await showPlan(world, people, press, ids, opened);
}

async function showPlan(
  world: SlackWorld,
  people: People,
  press: PressedButton,
  ids: { readonly runId: string; readonly fixId: string },
  opened: NonNullable<Awaited<ReturnType<typeof openView>>>,
): Promise<void> {
  const actor = await people.actor(press.to.user, press.to.channel);
  const pressed = await pressOffer(world.fixes, { ...ids, actor });
  if (pressed.kind !== "requested" && pressed.kind !== "joined") return opened.say(pressed.text);
  if (pressed.approval.state !== "requested") return opened.say(pressed.text);
  await opened.fill(
    planView(pressed.approval, pressed.bound, memoOf(press, pressed.approval.id), pressed.glass),
  );
}

function memoOf(press: PressedButton, approvalId: string): ViewMemo {
  const { channel = "", threadTs } = press.to;
  return { approvalId, channel, ...(threadTs === undefined ? {} : { threadTs }) };
}

/** The button of an approval that waits: shows the plan to whoever may decide. */
async function review(world: SlackWorld, people: People, press: PressedButton): Promise<void> {
  const opened = await openView(world, { ...press, title: "Approve a fix" });
  if (opened === undefined) return;
  const approval = await world.store.approval(press.value);
  if (approval === undefined) return opened.say(NO_SUCH_APPROVAL);
  const over = approval.expiresAt <= world.clock.now();
  if (approval.state !== "requested" || over) {
    return opened.say(
      over && approval.state === "requested"
        ? "It has expired. Check the host again."
        : sayDecided(approval, world.clock.now()),
    );
  }
  await showPlan(world, people, await standing(world, people, press, approval), approval, opened);
}

/**
 * A press in App Home stands where the approval stands, if the policy speaks of that channel and the person is in it:
 * they could press there as well.
 */
async function standing(
  world: SlackWorld,
  people: People,
  press: PressedButton,
  approval: Approval,
): Promise<PressedButton> {
  if (press.to.channel !== undefined || press.memo !== undefined) return press;
  const there = (await world.store.run(approval.runId))?.destination?.channel;
  const channel = actorIn(await everywhere(world, people, press.to.user), there)?.channel;
  return channel === undefined ? press : { ...press, to: { ...press.to, channel } };
}

async function deny(world: SlackWorld, people: People, press: PressedButton): Promise<void> {
  const memo = press.memo === undefined ? undefined : readMemo(press.memo);
  const opened = await openView(world, { ...press, title: "Deny a fix", pushed: press.memo !== undefined });
  if (opened === undefined) return;
  const approval = await world.store.approval(press.value);
  if (approval === undefined) return opened.say(NO_SUCH_APPROVAL);
  if (approval.state !== "requested") return opened.say(sayDecided(approval, world.clock.now()));
  const fix = (await world.store.run(approval.runId))?.diagnosis?.fixes.find((f) => f.id === approval.fixId);
  await opened.fill(
    denyView(
      approval.host,
      fix?.title ?? approval.fixId,
      memo ?? memoOf(await standing(world, people, press, approval), approval.id),
    ),
  );
}

async function cancel(world: SlackWorld, people: People, press: PressedButton): Promise<void> {
  if (!(await firstTime(world.store, press.triggerId))) return;
  const actor = await people.actor(press.to.user, press.to.channel);
  const cancelled = await cancelFix(world.fixes, { approvalId: press.value, actor });
  await answer(world, press.to, mentions(cancelled.text));
}

/** Diagnoses the same host again, in the same thread. */
async function checkAgain(world: SlackWorld, people: People, press: PressedButton): Promise<void> {
  if (!(await firstTime(world.store, press.triggerId))) return;
  const run = await world.store.run(press.value);
  const { channel } = press.to;
  if (run === undefined || channel === undefined) {
    await answer(world, press.to, "That run is not stored here any more: type /502 and the host's name.");
    return;
  }
  const actor = await people.actor(press.to.user, channel);
  await diagnose(world, people, press.to, actor, run.request, {
    channel,
    ...(press.under === undefined ? {} : { threadTs: press.under }),
  });
}

/** Replies in the thread with all that stands behind the verdict; a second press finds them there. */
async function showEverything(world: SlackWorld, people: People, press: PressedButton): Promise<void> {
  if (!(await firstTime(world.store, press.triggerId))) return;
  const runId = press.value;
  const run = await world.store.run(runId);
  if (run?.diagnosis === undefined || run.destination === undefined) {
    await answer(world, press.to, "That run is not stored here any more: type /502 and the host's name.");
    return;
  }
  const { channel } = run.destination;
  // What was read on the host goes into the thread: by whom may read it.
  const host = world.runs.findHost(run.request.host);
  const actor = await people.actor(press.to.user, press.to.channel);
  const may = host === undefined ? undefined : world.runs.mayDiagnose(actor, host);
  if (may?.allowed !== true) {
    const why = may === undefined ? "it is not in the inventory any more" : may.why;
    await answer(world, press.to, escape(`You may not see what was read on ${run.request.host}: ${why}.`));
    return;
  }
  if ((await world.store.outboxTs(detailsKey(runId, 0))) !== undefined) {
    await answer(world, press.to, "It stands in the thread already: look at the replies to the verdict.");
    return;
  }
  // The last part is the bundle as a file.
  const parts = drawEverything(run.diagnosis).length + 1;
  const createdAt = world.clock.now();
  await world.store.transaction(async (tx) => {
    for (let part = 0; part < parts; part += 1) {
      const body: DetailsBody = { kind: "details", runId, part };
      await tx.putOutbox({
        id: world.runs.ids.next("msg"),
        channel,
        key: detailsKey(runId, part),
        threadKey: runKey(runId),
        body: JSON.stringify(body),
        createdAt,
      });
    }
  });
}

function detailsKey(runId: string, part: number): string {
  return `details:${runId}:${part}`;
}
