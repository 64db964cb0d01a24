import type { WebClient } from "@slack/web-api";
import type { Finding } from "../workflows/examine-host.ts";
import { slackTrouble } from "./api-errors.ts";

/** A channel or a user group that the configuration or a schedule names. */
export interface NamedPlace {
  readonly id: string;
  /** Where it is named, as "slack.auditChannel". */
  readonly by: string;
}

const INVITE = "in that channel, type /invite @fiveohtwo";

/** Whether the places that somebody named can be written to, or called: those that hold are one finding. */
export async function examinePlaces(client: WebClient, places: readonly NamedPlace[]): Promise<Finding[]> {
  const named = new Map<string, string[]>();
  for (const { id, by } of places) named.set(id, [...new Set([...(named.get(id) ?? []), by])]);
  const found: Finding[] = [];
  let held = 0;
  for (const [id, by] of named) {
    const finding = await (id.startsWith("S") ? examineGroup(client, id) : examineChannel(client, id));
    if (finding === undefined) held += 1;
    else found.push({ ...finding, detail: `${finding.detail}; named by ${by.join(", ")}` });
  }
  if (found.length > 0 || held === 0) return found;
  const all =
    held === 1 ? "the place that is named takes messages" : `all ${held} that are named take messages`;
  return [{ what: "Slack channels", outcome: "pass", detail: all }];
}

/** @returns undefined where it can be written to */
async function examineChannel(client: WebClient, id: string): Promise<Finding | undefined> {
  const what = "Slack channel";
  try {
    const { channel } = await client.conversations.info({ channel: id });
    const name = channel?.name === undefined ? id : `#${channel.name} (${id})`;
    if (channel?.is_archived === true)
      return {
        what,
        outcome: "fail",
        detail: `${name} is archived`,
        mend: ["name another channel, or unarchive it"],
      };
    if (channel?.is_member === false)
      return { what, outcome: "fail", detail: `the bot is not in ${name}`, mend: [INVITE] };
    return undefined;
  } catch (error) {
    const trouble = slackTrouble(error);
    if (trouble?.kind !== "place") return unseen(what, id, error);
    const mend = [`${INVITE}, if it is a private one; or name another channel`];
    return { what, outcome: "fail", detail: `the bot sees no channel ${id}`, mend };
  }
}

/** @returns undefined where it can be mentioned */
async function examineGroup(client: WebClient, id: string): Promise<Finding | undefined> {
  const what = "Slack user group";
  try {
    const { usergroups = [] } = await client.usergroups.list({ include_disabled: true });
    const group = usergroups.find((g) => g.id === id);
    const mend = ["name the id of a user group (S…), from its page in Slack"];
    if (group === undefined) return { what, outcome: "fail", detail: `there is no user group ${id}`, mend };
    if ((group.date_delete ?? 0) === 0) return undefined;
    return { what, outcome: "fail", detail: `the user group @${group.handle} (${id}) is switched off`, mend };
  } catch (error) {
    return unseen(what, id, error);
  }
}

function unseen(what: string, id: string, error: unknown): Finding {
  const why = slackTrouble(error)?.sentence ?? (error instanceof Error ? error.message : String(error));
  return { what, outcome: "unknown", detail: `${id} could not be asked for: ${why.replace(/\.$/, "")}` };
}
