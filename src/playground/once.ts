import type { Demo } from "./demo.ts";
import { messageText } from "./thread-text.ts";
import { isJson, records } from "./workspace/json.ts";
import type { Workspace } from "./workspace/start.ts";
import type { Message } from "./workspace/state/messages.ts";
import type { View } from "./workspace/state/views.ts";

const VERDICT_MS = 60_000;
const FIX_MS = 90_000;

/**
 * Plays the conversation by itself: the command, the verdict, the press, the approval (of two people where the fix
 * is dangerous), the result.
 * @returns whether the fix was verified
 */
export async function playOnce(demo: Demo, host: string, print: (text: string) => void): Promise<boolean> {
  const { workspace } = demo;
  const nameOf = (id: string): string => workspace.state.people.find(id)?.name ?? id;
  const show = (m: Message): void => print(`\n${nameOf(m.user)}:\n${indent(messageText(m, nameOf))}`);
  print(`#ops\n\nada:\n    /502 ${host}`);
  const sent = await workspace.postCommand("ada", "ops", `/502 ${host}`);
  if (sent.end !== "acked") throw new Error(`the command was not acknowledged (${sent.end})`);
  const verdict = await workspace.waitForMessage(
    "ops",
    (m) => (m.ephemeralFor !== undefined || isVerdict(m)) && m.text.includes(host),
    VERDICT_MS,
  );
  show(verdict);
  const press = fixOf(verdict);
  if (press === undefined) return false;
  print(`\nada presses [ ${press.text} ] and reads the plan`);
  await workspace.click("ada", verdict, press.actionId);
  const plan = await planOf(workspace, "ada");
  print(indent(messageText({ ...verdict, blocks: records(plan.payload["blocks"]) }, nameOf)));
  if ((await approve(workspace, "ada", host, print)) === "updated") {
    // Nothing runs after one of two approvals.
    const asked = await workspace.waitForMessage("ops", (m) => m.text.includes("1 of 2 approvals"));
    show(asked);
    await workspace.click("lin", asked, "approve");
    await approve(workspace, "lin", host, print);
  }
  const ended = await workspace.waitForMessage(
    "ops",
    (m) => m.threadTs === verdict.ts && ENDED.test(m.text),
    FIX_MS,
  );
  for (const m of workspace.thread("ops", verdict.ts).slice(1)) show(m);
  const fixed = ended.text.startsWith("Fixed:");
  print(fixed ? "\nThe fix was verified." : "\nThe fix was not verified.");
  return fixed;
}

const planOf = (workspace: Workspace, who: string): Promise<View> =>
  workspace.waitForView(who, (v) => v.payload["callback_id"] === "approve-fix");

/** Fills and submits the form that is open; the host's name is typed where it is asked for. */
async function approve(
  workspace: Workspace,
  who: string,
  host: string,
  print: (text: string) => void,
): Promise<string> {
  const named = JSON.stringify((await planOf(workspace, who)).payload).includes('"host-name"');
  print(`\n${who} ${named ? `types ${host} and approves` : "approves"}`);
  const submitted = await workspace.submitView(who, {
    "reason/reason": "the site is down",
    ...(named ? { "host-name/host-name": host } : {}),
  });
  if (submitted.outcome === "cleared" || submitted.outcome === "updated") return submitted.outcome;
  throw new Error(`the approval was not taken: ${JSON.stringify(submitted)}`);
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
