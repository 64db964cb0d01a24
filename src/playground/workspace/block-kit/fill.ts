import { randomBytes } from "node:crypto";
import { isJson } from "../json.ts";
import type { Json } from "../json.ts";

const short = (): string => randomBytes(3).toString("base64url");

/** Elements that do not send actions, so that no action_id is invented for them. */
const PASSIVE = new Set(["image", "mrkdwn", "plain_text", "url"]);

function fillElement(element: unknown): unknown {
  if (!isJson(element) || typeof element["type"] !== "string") return element;
  if (PASSIVE.has(element["type"]) || element["type"].startsWith("rich_text_s")) return element;
  return typeof element["action_id"] === "string" ? element : { ...element, action_id: short() };
}

/** Copies the blocks; a missing block_id or action_id is made up, as Slack does. */
export function fillIds(blocks: Json[]): Json[] {
  return blocks.map((block) => {
    const copy: Json = { ...block };
    if (typeof copy["block_id"] !== "string" || copy["block_id"] === "") copy["block_id"] = short();
    const hasActions = copy["type"] === "actions" || copy["type"] === "context_actions";
    if (hasActions && Array.isArray(copy["elements"])) copy["elements"] = copy["elements"].map(fillElement);
    if (isJson(copy["accessory"])) copy["accessory"] = fillElement(copy["accessory"]);
    if (copy["type"] === "input" && isJson(copy["element"])) copy["element"] = fillElement(copy["element"]);
    if (copy["type"] === "card" && Array.isArray(copy["actions"])) {
      copy["actions"] = copy["actions"].map(fillElement);
    }
    return copy;
  });
}
