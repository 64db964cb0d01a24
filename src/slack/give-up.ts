import { z } from "zod";
import type { Report } from "../domain/report.ts";
import type { OutboxMessage } from "../workflows/ports.ts";
import type { ApiTrouble } from "./api-errors.ts";
import { toldMessage, type UndrawnBody } from "./instead.ts";
import { type Body, isPassing, readBody } from "./outgoing.ts";
import { StoreTrouble } from "./store-trouble.ts";
import type { SlackWorld } from "./world.ts";

/** What is written on a row whose message could not be drawn. */
export const UNDRAWN = "undrawn";

/**
 * Ends a message that cannot be posted where it belongs. Whoever asked is told directly, with the reason, by a
 * message that waits like any other; what nobody is told is lost, which readiness shows. Progress is left out: the
 * verdict follows.
 */
export async function tellInstead(
  world: SlackWorld,
  message: OutboxMessage,
  trouble: ApiTrouble,
): Promise<void> {
  const body = readBody(message);
  const progress = body !== undefined && isPassing(body);
  const user = progress ? undefined : await requester(world, body);
  const instead =
    user === undefined || user === message.channel
      ? undefined
      : toldMessage(message, user, trouble.sentence, world.runs.ids.next("msg"));
  const state = instead === undefined && !progress ? "lost" : "dead";
  await end(world, message, { state, error: trouble.code }, instead);
}

/**
 * Ends a message that cannot be drawn: a word that it could not stands in its place, and the messages behind it go on.
 */
export async function sayUndrawn(world: SlackWorld, message: OutboxMessage): Promise<void> {
  const body = readBody(message);
  const asker = await requester(world, body);
  const again = body === undefined ? undefined : againOf(body);
  const word: UndrawnBody = {
    kind: "undrawn",
    ...(again === undefined ? {} : { again }),
    ...(asker === undefined ? {} : { asker }),
  };
  const { ts: _ts, ...row } = message;
  // The word itself draws always; if ever it did not, nothing more can be said.
  const instead =
    body?.kind === "undrawn"
      ? undefined
      : { ...row, id: world.runs.ids.next("msg"), body: JSON.stringify(word) };
  await end(world, message, { state: "lost", error: UNDRAWN }, instead);
}

async function end(
  world: SlackWorld,
  message: OutboxMessage,
  as: { readonly state: "dead" | "lost"; readonly error: string },
  instead: Omit<OutboxMessage, "ts"> | undefined,
): Promise<void> {
  const at = world.clock.now();
  const ended = await world.store.transaction((tx) => tx.endOutbox(message.id, { ...as, at }, instead));
  if (ended && as.state === "lost")
    world.log.error(
      { channel: message.channel, key: message.key, code: as.error },
      "a message was given up and nobody has read what it said",
    );
}

const Named = z.looseObject({ host: z.string().optional() });
const Titled = z.looseObject({ report: z.looseObject({ title: z.string().startsWith("@") }) });

/** The words of a command that asks for the same again. A row that cannot be drawn may hold anything. */
function againOf(body: Body): string | undefined {
  const again = Named.safeParse(body).data?.host ?? Titled.safeParse(body).data?.report.title;
  return again !== undefined && /^@?[\w.-]{1,100}$/.test(again) ? again : undefined;
}

/** The person who asked for what a message says; undefined where nobody did, or where the rows do not tell. */
async function requester(world: SlackWorld, body: Body | undefined): Promise<string | undefined> {
  if (body === undefined) return undefined;
  try {
    const actor = await actorOf(world, body);
    return actor !== undefined && /^[UW][A-Z0-9]+$/.test(actor) ? actor : undefined;
  } catch (error) {
    if (error instanceof StoreTrouble) throw error;
    world.log.warn({ err: error }, "who asked for a message cannot be read");
    return undefined;
  }
}

async function actorOf(world: SlackWorld, body: Body): Promise<string | undefined> {
  switch (body.kind) {
    case "told":
      // It was for whoever asked: nobody is left.
      return undefined;
    case "undrawn":
      return body.asker;
    case "group":
    case "report":
    case "report-details":
      return reporter(world, body.report);
    case "report-file": {
      const report = await world.store.report(body.reportId);
      return report && reporter(world, report);
    }
    case "note":
      return undefined;
    case "approval":
    case "follow-up": {
      const approval = await world.store.approval(body.approvalId);
      return approval && runner(world, approval.runId);
    }
    case "run":
    case "call":
    case "claim":
    case "details":
      break;
  }
  return runner(world, body.runId);
}

/** Who asked for a report: whoever set up its schedule, where it has one. */
async function reporter(world: SlackWorld, { actor, schedule }: Report): Promise<string | undefined> {
  if (schedule === undefined) return actor.id;
  return (await world.store.schedules()).find((s) => s.id === schedule)?.createdBy;
}

async function runner(world: SlackWorld, runId: string): Promise<string | undefined> {
  return (await world.store.run(runId))?.actor.id;
}
