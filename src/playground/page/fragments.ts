import { createElement as h, Fragment } from "react";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { home, messageList, modal, sidebar, threadList } from "./panes.ts";
import type { PageContext } from "./view-context.ts";

/** The parts of the page that change by themselves, each in the element with its name as id. */
const PARTS: Record<string, (ctx: PageContext) => ReactNode> = {
  sidebar,
  messages: messageList,
  thread: threadList,
  home,
  modal,
};

/** Which parts are on the page for what is looked at. */
export function partsOf(ctx: PageContext): string[] {
  const { looking } = ctx;
  if (looking.home === "home") return ["sidebar", "home", "modal"];
  return looking.thread === undefined
    ? ["sidebar", "messages", "modal"]
    : ["sidebar", "messages", "thread", "modal"];
}

/** The HTML of one part. */
export function renderPart(name: string, ctx: PageContext): string {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`the page has no part ${name}`);
  return renderToStaticMarkup(h(Fragment, null, part(ctx)));
}
