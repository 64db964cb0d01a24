import { record, str } from "../workspace/json.ts";
import type { User } from "../workspace/state/people.ts";
import type { WorkspaceState } from "../workspace/state/state.ts";
import { withEmoji } from "./emoji.ts";

/** What somebody looks at: who, which channel or the app's Home, which thread. */
export interface Looking {
  user: User;
  channel: string;
  thread?: string;
  home?: "home" | "messages";
}

/** Everything a part of the page is drawn from. */
export interface PageContext {
  state: WorkspaceState;
  looking: Looking;
}

/** The text of a text object, or of a bare string, with its emoji. */
export function textOf(value: unknown): string {
  return withEmoji(typeof value === "string" ? value : str(record(value)["text"]));
}

/** The address of the page for another view of it; what is not given stays. */
export function hrefOf(
  looking: Looking,
  change: { channel?: string; thread?: string; home?: "home" | "messages"; user?: string },
): string {
  const query = new URLSearchParams({ user: change.user ?? looking.user.name });
  if (change.home !== undefined) query.set("home", change.home);
  else query.set("channel", change.channel ?? looking.channel);
  if (change.thread !== undefined) query.set("thread", change.thread);
  return `/?${query.toString()}`;
}

/** "14:05" in the machine's zone; the browser's script rewrites it for its own. */
export function clockTime(ts: string): string {
  const date = new Date(Number(ts) * 1000);
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}
