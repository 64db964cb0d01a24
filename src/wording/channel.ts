import { type ChannelFound, channelName, isChannelId } from "../domain/channel.ts";

/** Why a channel cannot be used, and what to do next. @param called as it was written: "#ops", or an id */
export function sayChannel(called: string, found: Exclude<ChannelFound, { kind: "found" }>): string {
  const name = isChannelId(called) ? called : `#${channelName(called)}`;
  const invite = "/invite @fiveohtwo";
  switch (found.kind) {
    case "not-member":
      return `I am not in ${name}, so I could not post there. Type ${invite} in it, then give the command again.`;
    case "archived":
      return `${name} is archived, so nothing can be posted there. Name another channel.`;
    case "unknown":
      return `I could not look ${name} up: ${found.because} Try again, or write the channel's id (C…, at the end of its details in Slack).`;
    case "absent":
      break;
  }
  const like =
    found.nearest.length === 0 ? "" : ` Did you mean ${found.nearest.map((n) => `#${n}`).join(" or ")}?`;
  const unseen =
    found.unseen === undefined
      ? ` A private channel I see only when I am in it: type ${invite} there.`
      : ` ${found.unseen}`;
  return `There is no channel ${name} that I can see.${like}${unseen}`;
}
