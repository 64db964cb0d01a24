import type { ToldBody, UndrawnBody } from "../instead.ts";
import { context, type Drawn, line, rich, words } from "./blocks.ts";
import { escape } from "./text.ts";

/** Said in place of a message that could not be drawn. */
export function drawUndrawn({ again }: UndrawnBody): Drawn {
  const about = again === undefined ? "" : ` about ${again}`;
  const said = `I could not draw a message${about} that belongs here. The log of the bot says why: tell whoever runs it.`;
  const command = `/502 ${again ?? "HOST"}`;
  return {
    text: escape(`${said} Type ${command} to ask again.`),
    blocks: [
      rich(
        line(
          { type: "emoji", name: "warning" },
          words(` ${said} Type `),
          words(command, { code: true }),
          words(" to ask again."),
        ),
      ),
    ],
  };
}

/** A message for whoever asked, with the reason why it does not stand where it belongs. */
export function drawTold<D extends Drawn>({ place, why }: Pick<ToldBody, "place" | "why">, drawn: D): D {
  const said = `I could not post this in <#${place}>: ${escape(why).replace(/\.$/, "")}.`;
  return { ...drawn, text: `${said} ${drawn.text}`, blocks: [context(said), ...drawn.blocks] };
}
