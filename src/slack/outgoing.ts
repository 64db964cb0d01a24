import { gzipSync } from "node:zlib";
import { z } from "zod";
import { sayFixState } from "../wording/run.ts";
import type { ApprovalBody } from "../workflows/fix-record.ts";
import type { FollowUpBody } from "../workflows/follow-up.ts";
import type { CallBody } from "../workflows/call-approvers.ts";
import { claimOf } from "../workflows/claim-host.ts";
import type { ClaimBody } from "../workflows/claim-message.ts";
import { sameOfferApproval } from "../workflows/fix-offer.ts";
import type { OutboxMessage, Store } from "../workflows/ports.ts";
import type { RunBody } from "../workflows/run-message.ts";
import { drawApproval, drawFollowUp } from "./draw/approval.ts";
import { drawCall } from "./draw/call.ts";
import { drawClaim } from "./draw/claim.ts";
import {
  CHANNEL_KINDS,
  type ChannelBody,
  drawChannelBody,
  type DrawnFile,
  isChannelBody,
} from "./channel-message.ts";
import { line, rich, sayAge, saysAge, words } from "./draw/blocks.ts";
import { drawEverything } from "./draw/everything.ts";
import { drawRun, type RunNow } from "./draw/run.ts";
import { drawTold, drawUndrawn } from "./draw/instead.ts";
import type { ToldBody, UndrawnBody } from "./instead.ts";
import { cutText, LIMITS } from "./limits.ts";
import type { SlackWorld } from "./world.ts";
import { BoundFix } from "../domain/fix.ts";

/** A message this late says so and offers nothing but to check again. */
const LATE_MS = 120_000;

/** Kinds whose blocks state their age by themselves, and files, which have none. */
const AGED: ReadonlySet<string> = new Set(["approval", "call", "note", "report-file"]);

/** A piece of "show everything": which one of what drawEverything gives. */
export interface DetailsBody {
  readonly kind: "details";
  readonly runId: string;
  readonly part: number;
}

export type Body =
  | RunBody
  | ApprovalBody
  | FollowUpBody
  | CallBody
  | ClaimBody
  | DetailsBody
  | UndrawnBody
  | ToldBody
  | ChannelBody;

const Kind = z.looseObject({
  kind: z.enum([
    "run",
    "approval",
    "follow-up",
    "call",
    "claim",
    "details",
    "undrawn",
    "told",
    ...CHANNEL_KINDS,
  ]),
});

/** What an outbox row says. The rows are the bot's own, written by the workflows in the same version or an older one. */
export function readBody(message: Pick<OutboxMessage, "body">): Body | undefined {
  try {
    const value: unknown = JSON.parse(message.body);
    return isBody(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** True for what says only how far things are: something follows that replaces it. */
export function isPassing(body: Body): boolean {
  if (body.kind === "run") return body.state === "running";
  if (body.kind === "approval") return body.passing === true;
  return body.kind === "group" && body.report.summary === undefined;
}

function isBody(value: unknown): value is Body {
  return Kind.safeParse(value).success;
}

/**
 * Draws an outbox message as things are now; undefined when there is nothing left to say.
 * @throws whatever a row brings about that is broken or of another version
 */
export async function drawMessage(world: SlackWorld, message: OutboxMessage): Promise<DrawnFile | undefined> {
  const body = readBody(message);
  if (body === undefined) throw new SyntaxError("a row that this version cannot read");
  if (body.kind === "told") return toldOf(world, message, body);
  const waited = world.clock.now() - message.createdAt;
  const lateMs = waited > LATE_MS ? waited : undefined;
  const drawn = await drawBody(world, message, body, lateMs);
  return drawn === undefined || lateMs === undefined ? drawn : aged(body, message, drawn, lateMs);
}

/** With its age, also in the text: that is all a lock screen shows. */
function aged(body: Body, { ts }: OutboxMessage, drawn: DrawnFile, lateMs: number): DrawnFile {
  // A verdict says when it was; who was called before is called no more.
  if ((body.kind === "run" && body.diagnosis !== undefined) || (body.kind === "call" && ts !== undefined))
    return drawn;
  const text = cutText(`${sayAge(lateMs)}: ${drawn.text}`, LIMITS.messageText);
  const shows = body.kind === "run" ? body.state === "failed" : AGED.has(body.kind);
  return { ...drawn, text, blocks: shows ? drawn.blocks : [...drawn.blocks, saysAge(lateMs)] };
}

async function drawBody(
  world: SlackWorld,
  message: OutboxMessage,
  body: Body,
  lateMs: number | undefined,
): Promise<DrawnFile | undefined> {
  if (isChannelBody(body)) return drawChannelBody(body, (id) => world.store.report(id), lateMs);
  switch (body.kind) {
    case "run":
      return drawRun(body, await runNow(world, body, lateMs));
    case "approval": {
      const approval = await world.store.approval(body.approvalId);
      const offer = approval && (await world.store.offer(approval.runId, approval.fixId));
      const bound = offer && BoundFix.safeParse(JSON.parse(offer.payload)).data;
      return drawApproval(body.note, approval, bound, lateMs);
    }
    case "follow-up": {
      const approval = await world.store.approval(body.approvalId);
      return drawFollowUp(body, approval?.runId);
    }
    case "call": {
      const approval = await world.store.approval(body.approvalId);
      // Decided before it was posted: nobody needs to be called.
      const over = approval?.state !== "requested" || approval.expiresAt <= world.clock.now();
      if (approval === undefined || (over && message.ts === undefined)) return undefined;
      return drawCall(body, approval, world.clock.now(), message.ts === undefined ? lateMs : undefined);
    }
    case "claim":
      return drawClaim(body);
    case "undrawn":
      return drawUndrawn(body);
    case "details":
      return drawDetails(world, body);
    case "told":
      break;
  }
  throw new TypeError("told messages are drawn by toldOf");
}

/** What is told instead, with the reason; in the thread of what was told before it, that says it already. */
async function toldOf(
  world: SlackWorld,
  message: OutboxMessage,
  body: ToldBody,
): Promise<DrawnFile | undefined> {
  const drawn = await drawMessage(world, { ...message, body: JSON.stringify(body.body) });
  const root = message.threadKey === undefined ? undefined : await world.store.outboxTs(message.threadKey);
  return drawn === undefined || root?.channel === message.channel ? drawn : drawTold(body, drawn);
}

/** A reply of "show everything"; the last is the bundle as a file, from which `502 replay` diagnoses again. */
async function drawDetails(world: SlackWorld, body: DetailsBody): Promise<DrawnFile | undefined> {
  const { runId, part } = body;
  const diagnosis = (await world.store.run(runId))?.diagnosis;
  if (diagnosis === undefined) return undefined;
  const parts = drawEverything(diagnosis);
  if (part < parts.length) return parts[part];
  const bundle = await world.store.bundle(runId);
  if (bundle === undefined) return undefined;
  const name = `${bundle.host}-${runId}.json.gz`;
  const text = "Everything the run collected, redacted; diagnose from it again with: 502 replay FILE";
  return {
    text,
    blocks: [rich(line(words(text)))],
    file: { name, title: `Bundle of ${bundle.host}`, bytes: gzipSync(JSON.stringify(bundle)) },
  };
}

async function runNow(world: SlackWorld, body: RunBody, lateMs: number | undefined): Promise<RunNow> {
  const open = new Set<string>();
  const decided: string[] = [];
  let fixedAt = 0;
  for (const fix of body.diagnosis?.fixes.filter((f) => f.offered) ?? []) {
    const at = { host: body.host, runId: body.runId, fixId: fix.id };
    const approval = await sameOfferApproval(world.store, at);
    if (approval?.outcome === "fixed") fixedAt = Math.max(fixedAt, approval.decidedAt ?? 0);
    const said = sayFixState(fix, approval);
    if (said === undefined) open.add(fix.id);
    else decided.push(said);
  }
  const newer = await newerRun(world.store, body);
  const claim = await claimOf(world.store, body.host, world.clock.now());
  return {
    open,
    decided,
    ...(lateMs === undefined ? {} : { lateMs }),
    ...(newer === undefined ? {} : { replacedBy: newer }),
    ...(fixedAt === 0 ? {} : { fixedAt }),
    ...(claim === undefined ? {} : { claim }),
  };
}

/** What the host's newest finished run found, where that is not this one. */
async function newerRun(store: Store, body: RunBody): Promise<RunNow["replacedBy"]> {
  const own = await store.run(body.runId);
  const done = (await store.runs({ host: body.host, limit: 20 })).find((r) => r.state === "done");
  const newer =
    own !== undefined && done !== undefined && done.id !== own.id && done.createdAt > own.createdAt;
  return newer && done.diagnosis !== undefined ? { found: done.diagnosis, at: done.createdAt } : undefined;
}
