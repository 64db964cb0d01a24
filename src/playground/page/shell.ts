import { createElement as h } from "react";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { partsOf, renderPart } from "./fragments.ts";
import { hrefOf } from "./view-context.ts";
import type { PageContext } from "./view-context.ts";

/** An element that holds a part and is filled again when the part changes. */
function holder(ctx: PageContext, name: string, tag: string, attributes: Record<string, unknown>): ReactNode {
  return h(tag, { id: name, ...attributes, dangerouslySetInnerHTML: { __html: renderPart(name, ctx) } });
}

function whoAmI(ctx: PageContext): ReactNode {
  const people = [...ctx.state.people.users.values()].filter((user) => !user.isBot);
  const options = people.map((user) => {
    const kind = ctx.state.people.isForeign(user)
      ? ", other organisation"
      : user.isRestricted
        ? ", guest"
        : user.title === ""
          ? ""
          : `, ${user.title.toLowerCase()}`;
    return h("option", { key: user.id, value: user.name }, `${user.realName}${kind}`);
  });
  return h(
    "label",
    { className: "sk-who" },
    h("span", null, "You are"),
    h("select", { id: "who", defaultValue: ctx.looking.user.name }, options),
  );
}

function composer(ctx: PageContext, id: string, label: string, thread?: string): ReactNode {
  const channel = ctx.state.channels.get(ctx.looking.channel);
  if (channel.archived) return h("p", { className: "sk-archived" }, "You are viewing an archived channel.");
  const shortcuts = ctx.state.app.shortcuts.filter((each) => each.type === "global");
  const menu = shortcuts.map((each) =>
    h(
      "button",
      { type: "button", role: "menuitem", key: each.callbackId, "data-shortcut": each.callbackId },
      each.name,
    ),
  );
  const lightning = h(
    "details",
    { className: "sk-more sk-lightning" },
    h("summary", { "aria-label": "Shortcuts", "aria-haspopup": "menu" }, "⚡"),
    h("div", { role: "menu" }, menu),
  );
  const area = {
    id,
    rows: 1,
    placeholder: label,
    "aria-label": label,
    autoComplete: "off",
    "aria-autocomplete": "list",
    "aria-controls": `${id}-hints`,
  };
  return h(
    "form",
    { className: "sk-composer", "data-thread": thread },
    h("ul", {
      id: `${id}-hints`,
      className: "sk-hints",
      role: "listbox",
      "aria-label": "Suggestions",
      hidden: true,
    }),
    h("textarea", area),
    h(
      "div",
      { className: "sk-composer-bar" },
      thread === undefined ? lightning : null,
      h("button", { type: "submit", className: "sk-send", "aria-label": "Send" }, "➤"),
    ),
  );
}

function conversation(ctx: PageContext): ReactNode {
  const { state, looking } = ctx;
  const channel = state.channels.get(looking.channel);
  const name = channel.kind === "im" ? state.app.name : `# ${channel.name}`;
  return h(
    "main",
    { className: "sk-conversation" },
    h("header", null, h("h1", null, name), h("p", { className: "sk-dim" }, channel.topic)),
    looking.home === undefined ? null : tabs(ctx),
    holder(ctx, "messages", "div", {
      className: "sk-messages",
      role: "list",
      "aria-label": `Messages in ${name}`,
      tabIndex: 0,
    }),
    composer(ctx, "composer", `Message ${name.replace("# ", "#")}`),
  );
}

function tabs(ctx: PageContext): ReactNode {
  const tab = (key: "home" | "messages", label: string): ReactNode =>
    h(
      "a",
      {
        href: hrefOf(ctx.looking, { home: key }),
        "aria-current": ctx.looking.home === key ? "page" : undefined,
      },
      label,
    );
  return h(
    "nav",
    { className: "sk-tabs", "aria-label": "App" },
    tab("home", "Home"),
    tab("messages", "Messages"),
  );
}

function appHome(ctx: PageContext): ReactNode {
  return h(
    "main",
    { className: "sk-conversation" },
    h("header", null, h("h1", null, ctx.state.app.name)),
    tabs(ctx),
    holder(ctx, "home", "div", { className: "sk-home-holder", tabIndex: 0 }),
  );
}

function threadPane(ctx: PageContext): ReactNode {
  if (ctx.looking.thread === undefined) return null;
  const close = hrefOf(ctx.looking, { channel: ctx.looking.channel });
  return h(
    "aside",
    { className: "sk-thread", "aria-label": "Thread" },
    h(
      "header",
      null,
      h("h2", null, "Thread"),
      h("a", { href: close, id: "close-thread", "aria-label": "Close thread" }, "✕"),
    ),
    holder(ctx, "thread", "div", {
      className: "sk-messages",
      role: "list",
      "aria-label": "Replies",
      tabIndex: 0,
    }),
    composer(ctx, "thread-composer", "Reply…", ctx.looking.thread),
  );
}

/** What the browser's script needs to know. */
function settings(ctx: PageContext): string {
  const { state, looking } = ctx;
  return JSON.stringify({
    user: looking.user.name,
    channel: looking.channel,
    thread: looking.thread ?? "",
    home: looking.home ?? "",
    parts: partsOf(ctx),
    commands: state.app.commands,
    people: [...state.people.users.values()].map((user) => ({ name: user.name, real: user.realName })),
    groups: [...state.people.groups.values()].map((group) => ({ name: group.handle, real: group.name })),
  }).replaceAll("<", String.raw`\u003c`);
}

/** The whole document for what is looked at. */
export function renderPage(ctx: PageContext): string {
  const title =
    ctx.looking.home === undefined
      ? `#${ctx.state.channels.get(ctx.looking.channel).name}`
      : ctx.state.app.name;
  const page = h(
    "html",
    { lang: "en" },
    h(
      "head",
      null,
      h("meta", { charSet: "utf-8" }),
      h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      h("title", null, `${title} | ${ctx.state.people.team.name} (simulated)`),
      h("link", { rel: "icon", href: "data:," }),
      h("link", { rel: "stylesheet", href: "/_page/blocks.css" }),
      h("link", { rel: "stylesheet", href: "/_page/style.css" }),
      h("link", { rel: "stylesheet", href: "/_page/controls.css" }),
      h("script", {
        type: "application/json",
        id: "settings",
        dangerouslySetInnerHTML: { __html: settings(ctx) },
      }),
      h("script", { src: "/_page/client.js", type: "module" }),
    ),
    h(
      "body",
      { id: "slack_blocks_to_jsx" },
      h(
        "div",
        { className: `sk-app${ctx.looking.thread === undefined ? "" : " sk-with-thread"}` },
        h(
          "header",
          { className: "sk-top" },
          h(
            "button",
            { type: "button", id: "menu", "aria-label": "Channels", "aria-expanded": "false" },
            "☰",
          ),
          h("strong", null, ctx.state.people.team.name),
          h("span", { className: "sk-simulated" }, "simulated workspace, nothing leaves this machine"),
          h("span", { id: "status", role: "status" }),
          whoAmI(ctx),
          h("button", { type: "button", id: "theme", "aria-label": "Dark or light" }, "◐"),
        ),
        holder(ctx, "sidebar", "nav", { className: "sk-sidebar", "aria-label": "Channels" }),
        ctx.looking.home === "home" ? appHome(ctx) : conversation(ctx),
        threadPane(ctx),
      ),
      holder(ctx, "modal", "div", {}),
      // What is new is said here, once; the lists themselves are drawn again with every change.
      h("div", { id: "heard", className: "sk-unseen", "aria-live": "polite" }),
    ),
  );
  return `<!doctype html>${renderToStaticMarkup(page)}`;
}
