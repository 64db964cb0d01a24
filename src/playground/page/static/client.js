// Keeps the page alive: takes in the parts the server draws, and tells it what the user does.
import { setUpComposer } from "./composer.js";
import { inputsOf, localTimes, patch } from "./patch.js";
import { act, placeOf, press, say, takeSuggestion } from "./press.js";

const settings = JSON.parse(document.getElementById("settings").textContent);
const modal = document.getElementById("modal");
let beforeModal = null;

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
  if (name === "modal") modalChanged(wasOpen);
}

function modalChanged(wasOpen) {
  const form = modal.querySelector("form");
  document.querySelector(".sk-app").inert = form !== null;
  if (form === null) {
    if (wasOpen) beforeModal?.focus();
    beforeModal = null;
    return;
  }
  if (!wasOpen) beforeModal = document.activeElement;
  const bad = form.querySelector("[aria-invalid=true]");
  const focused = form.contains(document.activeElement);
  if (bad !== null) bad.focus();
  else if (!focused) {
    const fields = ".sk-modal-body :is(input:not([type=hidden]), select, textarea, button)";
    const first = ["[data-focus]", fields, "[type=submit]", "button"]
      .map((each) => form.querySelector(each))
      .find(Boolean);
    first?.focus();
  }
}

const query = new URLSearchParams({ user: settings.user });
if (settings.home) query.set("home", settings.home);
else query.set("channel", settings.channel);
if (settings.thread) query.set("thread", settings.thread);
const stream = new EventSource(`/_page/live?${query}`);
for (const part of settings.parts)
  stream.addEventListener(part, (event) => update(part, JSON.parse(event.data)));
stream.addEventListener("error", () => say("Not connected; trying again."));
stream.addEventListener("open", () => document.body.setAttribute("data-live", "true"));

for (const form of document.querySelectorAll(".sk-composer")) {
  setUpComposer(form, settings, (text) => {
    document.getElementById("messages")?.scrollTo(0, 1e9);
    void act("say", { channel: settings.channel, text, thread: form.dataset.thread ?? "" });
  });
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("button, summary");
  for (const menu of document.querySelectorAll("details.sk-more[open], details.sk-overflow[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
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
  else if (target.id === "menu") {
    const open = document.querySelector(".sk-app").classList.toggle("sk-menu-open");
    target.setAttribute("aria-expanded", String(open));
  }
});

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
    const menu = document.querySelector("details.sk-more[open], details.sk-overflow[open]");
    if (menu !== null) menu.open = false;
    else if (form !== null) void act("close", { all: false });
    else document.getElementById("close-thread")?.click();
    return;
  }
  if (
    event.key === "Enter" &&
    form !== null &&
    event.target.dataset?.sends !== undefined &&
    event.target.tagName === "INPUT"
  ) {
    event.preventDefault();
    void press(event.target, event.target.value);
    return;
  }
  if (event.key !== "Tab" || form === null || document.querySelector("dialog[open]") !== null) return;
  // The page behind is inert; this keeps the focus from leaving for the browser's own buttons.
  const all = [
    ...form.querySelectorAll("button, input:not([type=hidden]), select, textarea, a[href], summary"),
  ].filter((each) => !each.disabled);
  const first = all[0];
  const last = all.at(-1);
  if (event.shiftKey && document.activeElement === first) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
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
  if (list !== null) list.scrollTop = list.scrollHeight;
}
modalChanged(false);
if (modal.childElementCount === 0)
  document.getElementById(settings.thread ? "thread-composer" : "composer")?.focus();
if (settings.home) void act("home", { tab: settings.home });
