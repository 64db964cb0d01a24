// Keeps the page alive: takes in the parts the server draws, and tells it what the user does.
import { setUpComposer } from "./composer.js";
import { inputsOf, localTimes, patch } from "./patch.js";

const settings = JSON.parse(document.getElementById("settings").textContent);
const status = document.getElementById("status");
const modal = document.getElementById("modal");
let beforeModal = null;

async function act(name, body) {
  try {
    const response = await fetch(`/_page/act/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: settings.user, ...body }),
    });
    const result = await response.json();
    if (!result.ok) say(result.why);
    else if (result.answer?.end && result.answer.end !== "acked") say("The app did not answer.");
    return result.answer;
  } catch {
    say("The simulated workspace does not answer.");
    return undefined;
  }
}

let quiet;
function say(text) {
  status.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    status.textContent = "";
  }, 6000);
}

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
    const first = ["[data-focus]", fields, "[type=submit]", "button"].map((each) => form.querySelector(each)).find(Boolean);
    first?.focus();
  }
}

const query = new URLSearchParams({ user: settings.user });
if (settings.home) query.set("home", settings.home);
else query.set("channel", settings.channel);
if (settings.thread) query.set("thread", settings.thread);
const stream = new EventSource(`/_page/live?${query}`);
for (const part of settings.parts) stream.addEventListener(part, (event) => update(part, JSON.parse(event.data)));
stream.addEventListener("error", () => say("Not connected; trying again."));
stream.addEventListener("open", () => document.body.setAttribute("data-live", "true"));

for (const form of document.querySelectorAll(".sk-composer")) {
  setUpComposer(form, settings, (text) => {
    document.getElementById("messages")?.scrollTo(0, 1e9);
    void act("say", { channel: settings.channel, text, thread: form.dataset.thread ?? "" });
  });
}

function placeOf(element) {
  const surface = element.closest("[data-surface]");
  if (surface === null) return undefined;
  const { view, channel, ts } = surface.dataset;
  return { surface, place: view === undefined ? { channel, ts } : { viewId: view } };
}

async function press(element, value) {
  const found = placeOf(element);
  if (found === undefined) return;
  if (element.dataset.confirm !== undefined && !(await confirmed(JSON.parse(element.dataset.confirm)))) return;
  if (element.dataset.url !== undefined) window.open(element.dataset.url, "_blank", "noreferrer");
  const { actionId, blockId } = element.dataset;
  element.classList.add("sk-pending");
  await act("click", { place: found.place, actionId, blockId, inputs: inputsOf(found.surface), ...(value === undefined ? {} : { value }) });
  element.classList.remove("sk-pending");
}

/** Slack's confirmation dialog; resolves to what was chosen. */
function confirmed({ title, text, confirm, deny, style }) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "sk-confirm";
    const heading = Object.assign(document.createElement("h2"), { textContent: title });
    const body = Object.assign(document.createElement("p"), { textContent: text });
    const no = Object.assign(document.createElement("button"), { textContent: deny, className: "sk-button", type: "button" });
    const yes = Object.assign(document.createElement("button"), { textContent: confirm, type: "button" });
    yes.className = `sk-button sk-button-${style === "danger" ? "danger" : "primary"}`;
    const end = (answer) => {
      dialog.remove();
      resolve(answer);
    };
    no.addEventListener("click", () => end(false));
    yes.addEventListener("click", () => end(true));
    dialog.addEventListener("cancel", () => end(false));
    dialog.append(heading, body, no, yes);
    document.body.append(dialog);
    dialog.showModal();
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
    if (ts === undefined) void act("shortcut", { callbackId: shortcut });
    else void act("message-shortcut", { channel, ts, callbackId: shortcut });
  } else if (target.id === "theme") setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
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
  else if (target.dataset.sends !== undefined && target.dataset.sends !== "button") {
    const found = placeOf(target);
    if (found !== undefined) void press(target, inputsOf(found.surface)[target.name]);
  }
});

let searching;
document.addEventListener("input", (event) => {
  const { target } = event;
  if (target.dataset?.search === undefined || target.value.length < Number(target.dataset.search)) return;
  clearTimeout(searching);
  searching = setTimeout(async () => {
    const hidden = target.parentElement.querySelector("input[type=hidden]");
    const found = placeOf(target);
    const { actionId, blockId } = hidden.dataset;
    const answer = await act("suggest", { place: found.place, actionId, blockId, value: target.value });
    const list = target.parentElement.querySelector("datalist");
    list.replaceChildren(
      ...(answer?.options ?? []).map((option) => {
        const item = Object.assign(document.createElement("option"), { value: option.text.text });
        item.dataset.option = JSON.stringify(option);
        return item;
      }),
    );
    takeSuggestion(target);
  }, 150);
});

function takeSuggestion(search) {
  const hidden = search.parentElement.querySelector("input[type=hidden]");
  const match = [...search.parentElement.querySelectorAll("option")].find((each) => each.value === search.value);
  const before = hidden.value;
  hidden.value = match?.dataset.option ?? (search.value === "" ? "" : before);
  if (hidden.dataset.sends !== undefined && hidden.value !== before && hidden.value !== "") void press(hidden, hidden.value);
}

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
  if (event.key === "Enter" && form !== null && event.target.dataset?.sends !== undefined && event.target.tagName === "INPUT") {
    event.preventDefault();
    void press(event.target, event.target.value);
    return;
  }
  if (event.key !== "Tab" || form === null || document.querySelector("dialog[open]") !== null) return;
  // The page behind is inert; this keeps the focus from leaving for the browser's own buttons.
  const all = [...form.querySelectorAll("button, input:not([type=hidden]), select, textarea, a[href], summary")].filter((each) => !each.disabled);
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
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? (preferred.matches ? "dark" : "light");
}
preferred.addEventListener("change", followTheme);
followTheme();

localTimes(document);
for (const name of ["messages", "thread"]) {
  const list = document.getElementById(name);
  if (list !== null) list.scrollTop = list.scrollHeight;
}
modalChanged(false);
if (modal.childElementCount === 0) document.getElementById(settings.thread ? "thread-composer" : "composer")?.focus();
if (settings.home) void act("home", { tab: settings.home });
