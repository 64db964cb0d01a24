// Keeps the page alive: takes in the parts the server draws, and tells it what the user does.
import { announce, takeAsKnown } from "./announce.js";
import { setUpComposer } from "./composer.js";
import { keepInside, modalChanged, moveInList } from "./focus.js";
import { closeMenu } from "./menus.js";
import { inputsOf, localTimes, patch } from "./patch.js";
import { act, placeOf, press, say, takeSuggestion } from "./press.js";

const settings = JSON.parse(document.getElementById("settings").textContent);
const modal = document.getElementById("modal");

function atBottom(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < 80;
}

function update(name, html) {
  const holder = document.getElementById(name);
  if (holder === null) return;
  const follow = (name === "messages" || name === "thread") && atBottom(holder);
  const wasOpen = name === "modal" && modal.childElementCount > 0;
  patch(holder, html);
  if (follow) holder.scrollTop = holder.scrollHeight;
  if (name === "modal") modalChanged(modal, wasOpen);
  else if (name === "sidebar") showUnread();
  else if (name !== "home") announce(holder);
}

const title = document.title;
/** Where the list of channels is folded away, its button tells that something in it is new. */
function showUnread() {
  const count = document.querySelectorAll(".sk-sidebar [data-unread]").length;
  document.title = `${count > 0 ? "* " : ""}${title}`;
  const button = document.getElementById("menu");
  button.ariaLabel = count > 0 ? "Channels, something unread" : "Channels";
  button.toggleAttribute("data-unread", count > 0);
}

const query = new URLSearchParams({ user: settings.user });
if (settings.home) query.set("home", settings.home);
else query.set("channel", settings.channel);
if (settings.thread) query.set("thread", settings.thread);
const stream = new EventSource(`/_page/live?${query}`);
for (const part of settings.parts)
  stream.addEventListener(part, (event) => update(part, JSON.parse(event.data)));
let lost = false;
stream.addEventListener("error", () => {
  lost = true;
  say("The page has lost the simulated workspace and tries again. Does “npm run demo” still run?", true);
});
stream.addEventListener("open", () => {
  if (lost) say("");
  lost = false;
  document.body.setAttribute("data-live", "true");
});

for (const form of document.querySelectorAll(".sk-composer")) {
  setUpComposer(form, settings, (text) => {
    document.getElementById("messages")?.scrollTo(0, 1e9);
    void act("say", { channel: settings.channel, text, thread: form.dataset.thread ?? "" });
  });
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("button, summary");
  if (event.target.closest("#menu, .sk-sidebar") === null) showChannels(false);
  if (target === null) return;
  const { sends, value, close, shortcut } = target.dataset;
  if (sends === "button") void press(target, value);
  else if (sends === "overflow") {
    target.closest("details").open = false;
    void press(target, value);
  } else if (close !== undefined) void act("close", { all: close === "all" });
  else if (shortcut !== undefined) {
    target.closest("details").open = false;
    const { channel, ts } = target.closest("[data-ts]")?.dataset ?? {};
    if (ts === undefined) void act("shortcut", { callbackId: shortcut, channel: settings.channel });
    else void act("message-shortcut", { channel, ts, callbackId: shortcut });
  } else if (target.id === "theme")
    setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  else if (target.id === "menu") showChannels(target.ariaExpanded !== "true");
});

/** The list of channels of a narrow page; tells whether it was open. */
function showChannels(open) {
  const button = document.getElementById("menu");
  const was = button.ariaExpanded === "true";
  document.querySelector(".sk-app").classList.toggle("sk-menu-open", open);
  button.ariaExpanded = String(open);
  if (open) document.querySelector(".sk-sidebar a")?.focus();
  else if (was && document.activeElement.closest(".sk-sidebar") !== null) button.focus();
  return was;
}

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.id === "who") {
    const next = new URLSearchParams(location.search);
    next.set("user", target.value);
    next.delete("thread");
    location.search = next.toString();
  } else if (target.dataset.search !== undefined) takeSuggestion(target);
  else if (target.dataset.sends !== undefined && !/^button$|_input$/.test(target.dataset.sends)) {
    const found = placeOf(target);
    if (found !== undefined) void press(target, inputsOf(found.surface)[target.name]);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest(".sk-modal");
  if (form === null) return;
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  if (button === null || button.disabled) return;
  button.disabled = true;
  button.classList.add("sk-pending");
  void act("submit", { inputs: inputsOf(form) }).finally(() => {
    const current = modal.querySelector("[type=submit]");
    if (current !== null) {
      current.disabled = false;
      current.classList.remove("sk-pending");
    }
  });
});

document.addEventListener("keydown", (event) => {
  const form = modal.querySelector("form");
  if (event.key === "Escape" && document.querySelector("dialog[open]") === null) {
    if (closeMenu()) return;
    if (form !== null) void act("close", { all: false });
    else if (!showChannels(false)) document.getElementById("close-thread")?.click();
    return;
  }
  if (
    event.key === "Enter" &&
    event.target.dataset?.sends !== undefined &&
    event.target.tagName === "INPUT"
  ) {
    event.preventDefault();
    void press(event.target, event.target.value);
    return;
  }
  if (form === null) moveInList(event);
  else if (event.key === "Tab" && document.querySelector("dialog[open]") === null) keepInside(form, event);
});

const preferred = window.matchMedia("(prefers-color-scheme: dark)");
function setTheme(theme) {
  localStorage.setItem("theme", theme);
  document.documentElement.dataset.theme = theme;
}
function followTheme() {
  document.documentElement.dataset.theme =
    localStorage.getItem("theme") ?? (preferred.matches ? "dark" : "light");
}
preferred.addEventListener("change", followTheme);
followTheme();

localTimes(document);
for (const name of ["messages", "thread"]) {
  const list = document.getElementById(name);
  if (list === null) continue;
  list.scrollTop = list.scrollHeight;
  takeAsKnown(list);
}
showUnread();
modalChanged(modal, false);
if (modal.childElementCount === 0)
  document.getElementById(settings.thread ? "thread-composer" : "composer")?.focus();
if (settings.home) void act("home", { tab: settings.home });
