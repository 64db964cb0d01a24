/** What became of looking for the Slack channel that somebody named. */
export type ChannelFound =
  | { readonly kind: "found"; readonly id: string }
  | { readonly kind: "not-member" | "archived" }
  | {
      readonly kind: "absent";
      /** Names of public channels that are like it. */
      readonly nearest: readonly string[];
      /** Which channels could not be looked through, and why. */
      readonly unseen?: string;
    }
  | { readonly kind: "unknown"; readonly because: string };

/** True for a channel's immutable id; anything else is a name. */
export function isChannelId(word: string): boolean {
  return /^[CG][A-Z0-9]{5,}$/.test(word);
}

/** True for the id of a conversation with one person. */
export function isDirectId(id: string): boolean {
  return id.startsWith("D");
}

/** "#Ops" → "ops": as Slack keeps channels' names. */
export function channelName(word: string): string {
  return word.replace(/^#/, "").toLowerCase();
}
