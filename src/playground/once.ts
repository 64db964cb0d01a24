import type { Demo } from "./demo.ts";
import { messageText } from "./thread-text.ts";
import { isJson, records } from "./workspace/json.ts";
import type { Message } from "./workspace/state/messages.ts";

const VERDICT_MS = 60_000;
const FIX_MS = 90_000;

/**
 * Plays the conversation by itself: the command, the verdict, the press, the approval, the result.
 * @returns whether the fix was verified
 */
export async function playOnce(demo: Demo, host: string, print: (text: string) => void): Promise<boolean> {
  const { workspace } = demo;
  const show = (m: Message): void => print(`\n${nameOf(m.user)}:\n${indent(messageText(m, nameOf))}`);
  const nameOf = (id: string): string => workspace.state.people.find(id)?.name ?? id;
  print(`#ops\n\nada:\n    /502 ${host}`);
  const sent = await workspace.postCommand("ada", "ops", `/502 ${host}`);
  if (sent.end !== "acked") throw new Error(`the command was not acknowledged (${sent.end})`);
  const verdict = await workspace.waitForMessage(
    "ops",
    (m) => m.ephemeralFor !== undefined || isVerdict(m),
    VERDICT_MS,
  );
  show(verdict);
  const press = fixOf(verdict);
  if (press === undefined) return false;
  print(`\nada presses [ ${press.text} ] and reads the plan`);
  await workspace.click("ada", verdict, press.actionId);
  const plan = await workspace.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
  const form = { ...verdict, blocks: records(plan.payload["blocks"]) };
  print(indent(messageText(form, nameOf)));
  print("\nada approves");
  const submitted = await workspace.submitView("ada", { "reason/reason": "the shop is down" });
  if (submitted.outcome !== "cleared")
    throw new Error(`the approval was not taken: ${JSON.stringify(submitted)}`);
  const ended = await workspace.waitForMessage("ops", (m) => ENDED.test(m.text), FIX_MS);
  for (const m of workspace.thread("ops", verdict.ts).slice(1)) show(m);
  const fixed = ended.text.startsWith("Fixed:");
  print(fixed ? "\nThe fix was verified." : "\nThe fix was not verified.");
  return fixed;
}

/** A run's message has its first buttons when the run has ended. */
function isVerdict(message: Message): boolean {
  return message.blocks.some((b) => b["type"] === "actions");
}

const ENDED = /^(Fixed|Not fixed|Rolled back|Not run|Interrupted|Expired):?/;

function fixOf(message: Message): { readonly actionId: string; readonly text: string } | undefined {
  for (const element of message.blocks.flatMap((b) => records(b["elements"]))) {
    const id = element["action_id"];
    if (typeof id !== "string" || !id.startsWith("fix:")) continue;
    const text = isJson(element["text"]) ? String(element["text"]["text"]) : id;
    return { actionId: id, text };
  }
  return undefined;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((l) => `    ${l}`)
    .join("\n");
}
