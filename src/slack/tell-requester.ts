import type { Report } from "../domain/report.ts";
import type { OutboxMessage } from "../workflows/ports.ts";
import { type ApiTrouble, readTrouble } from "./api-errors.ts";
import { context, type Drawn } from "./draw/blocks.ts";
import { escape } from "./draw/text.ts";
import { type Body, drawMessage, readBody } from "./outgoing.ts";
import { post } from "./post.ts";
import type { SlackWorld } from "./world.ts";

/**
 * A message that cannot be posted where it belongs goes to the person who asked, with the reason. Progress is left
 * out: the verdict follows.
 */
export async function tellRequester(
  world: SlackWorld,
  message: OutboxMessage,
  trouble: ApiTrouble,
): Promise<void> {
  const body = readBody(message);
  if (body === undefined || isProgress(body)) return;
  const user = await requester(world, message);
  const drawn = await drawMessage(world, message);
  if (user === undefined || drawn === undefined || user === message.channel) return;
  try {
    await post(world.client, { ...message, channel: user }, {}, withReason(drawn, message.channel, trouble));
  } catch (error) {
    // Nobody is left to tell; the run itself is stored.
    world.log.error(
      { user, code: readTrouble(error).code, because: trouble.code },
      "the requester could not be told",
    );
  }
}

function withReason(drawn: Drawn, channel: string, trouble: ApiTrouble): Drawn {
  const why = `I could not post this in <#${channel}>: ${escape(trouble.sentence).replace(/\.$/, "")}.`;
  const blocks = trouble.kind === "content" ? [] : [context(why), ...drawn.blocks];
  return { text: `${why} ${drawn.text}`, blocks };
}

function isProgress(body: Body): boolean {
  if (body.kind === "run") return body.state === "running";
  return body.kind === "group" && body.report.summary === undefined;
}

async function requester(world: SlackWorld, message: OutboxMessage): Promise<string | undefined> {
  const body = readBody(message);
  const actor =
    body?.kind === "group" || body?.kind === "report"
      ? await reporter(world, body.report)
      : await runner(world, body);
  return actor !== undefined && /^[UW][A-Z0-9]+$/.test(actor) ? actor : undefined;
}

/** Who asked for a report: whoever set up its schedule, where it has one. */
async function reporter(world: SlackWorld, { actor, schedule }: Report): Promise<string | undefined> {
  if (schedule === undefined) return actor.id;
  return (await world.store.schedules()).find((s) => s.id === schedule)?.createdBy;
}

async function runner(world: SlackWorld, body: Body | undefined): Promise<string | undefined> {
  const runId = body === undefined || !("runId" in body) ? await runOf(world, body) : body.runId;
  return runId === undefined ? undefined : (await world.store.run(runId))?.actor.id;
}

async function runOf(world: SlackWorld, body: Body | undefined): Promise<string | undefined> {
  if (body === undefined || !("approvalId" in body)) return undefined;
  return (await world.store.approval(body.approvalId))?.runId;
}
