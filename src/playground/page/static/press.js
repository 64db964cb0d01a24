// What a press or a choice sends to the server, and what is asked before.
import { inputsOf } from "./patch.js";

const settings = JSON.parse(document.getElementById("settings").textContent);
const status = document.getElementById("status");

/** Asks the server to do something as the user; gives its answer, or undefined when it failed (and says so). */
export async function act(name, body) {
  try {
    const response = await fetch(`/_page/act/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: settings.user, ...body }),
    });
    const result = await response.json();
    // A message or view that was on the page a moment ago may be another by now.
    if (!result.ok) say(name === "click" ? `That has changed meanwhile: ${result.why}.` : result.why);
    else if (result.answer?.said) say(result.answer.said);
    return result.answer;
  } catch {
    say(
      "The simulated workspace does not answer: is “npm run demo” still running? Reload the page when it is.",
    );
    return undefined;
  }
}

const READING_MS = 15_000;
let quiet;
/** A line for the user, for as long as it takes to read, or `lasting` until the next one. */
export function say(text, lasting = false) {
  status.textContent = text;
  clearTimeout(quiet);
  if (lasting || text === "") return;
  quiet = setTimeout(() => {
    status.textContent = "";
  }, READING_MS);
}

export function placeOf(element) {
  const surface = element.closest("[data-surface]");
  if (surface === null) return undefined;
  const { view, channel, ts } = surface.dataset;
  return { surface, place: view === undefined ? { channel, ts } : { viewId: view } };
}

export async function press(element, value) {
  const found = placeOf(element);
  if (found === undefined) return;
  if (element.dataset.confirm !== undefined && !(await confirmed(JSON.parse(element.dataset.confirm))))
    return;
  if (element.dataset.url !== undefined) window.open(element.dataset.url, "_blank", "noreferrer");
  const { actionId, blockId } = element.dataset;
  element.classList.add("sk-pending");
  await act("click", {
    place: found.place,
    actionId,
    blockId,
    inputs: inputsOf(found.surface),
    ...(value === undefined ? {} : { value }),
  });
  element.classList.remove("sk-pending");
}

/** Slack's confirmation dialog; resolves to what was chosen. */
function confirmed({ title, text, confirm, deny, style }) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "sk-confirm";
    dialog.setAttribute("aria-labelledby", "confirm-title");
    const heading = Object.assign(document.createElement("h2"), { textContent: title, id: "confirm-title" });
    const body = Object.assign(document.createElement("p"), { textContent: text });
    const no = Object.assign(document.createElement("button"), {
      textContent: deny,
      className: "sk-button",
      type: "button",
    });
    const yes = Object.assign(document.createElement("button"), { textContent: confirm, type: "button" });
    yes.className = `sk-button sk-button-${style === "danger" ? "danger" : "primary"}`;
    const end = (answer) => {
      // Closed before it is gone: that gives the focus back.
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    no.addEventListener("click", () => end(false));
    yes.addEventListener("click", () => end(true));
    dialog.addEventListener("cancel", () => end(false));
    const choices = Object.assign(document.createElement("div"), { className: "sk-actions" });
    choices.append(no, yes);
    dialog.append(heading, body, choices);
    document.body.append(dialog);
    dialog.showModal();
  });
}

let searching;
/** Asks the app what a searched field offers, once enough was typed: on the first look too, where nothing is enough. */
function search({ target }) {
  if (target.dataset?.search === undefined || target.value.length < Number(target.dataset.search)) return;
  clearTimeout(searching);
  searching = setTimeout(async () => {
    const hidden = target.parentElement.querySelector("input[type=hidden]");
    const place = placeOf(target)?.place;
    if (place === undefined) return;
    const { actionId, blockId } = hidden.dataset;
    const answer = await act("suggest", { place, actionId, blockId, value: target.value });
    const list = target.parentElement.querySelector("datalist");
    const none = answer?.options?.length === 0 ? "No results" : "";
    target.parentElement.querySelector(".sk-found").textContent =
      answer?.trouble ?? (answer?.labels?.join(", ") || none);
    list.replaceChildren(
      ...(answer?.options ?? []).map((option) => {
        const item = Object.assign(document.createElement("option"), { value: option.text.text });
        item.dataset.option = JSON.stringify(option);
        return item;
      }),
    );
    takeSuggestion(target);
  }, 150);
}
document.addEventListener("input", search);
document.addEventListener("focusin", search);

/** One more of several: a box that can be unticked. */
function addChosen(search, option) {
  const chosen = search.parentElement.querySelector(".sk-chosen");
  const known = [...chosen.querySelectorAll("input")].find((each) => each.value === option);
  if (known !== undefined) known.checked = true;
  else {
    const box = Object.assign(document.createElement("input"), {
      type: "checkbox",
      name: chosen.dataset.name,
      value: option,
      checked: true,
    });
    const label = Object.assign(document.createElement("label"), { className: "sk-choice" });
    const text = Object.assign(document.createElement("span"), { textContent: search.value });
    label.append(box, text);
    chosen.append(label);
  }
  search.value = "";
}

export function takeSuggestion(search) {
  const hidden = search.parentElement.querySelector("input[type=hidden]");
  const match = [...search.parentElement.querySelectorAll("option")].find(
    (each) => each.value === search.value,
  );
  if (search.dataset.several !== undefined) {
    if (match !== undefined) addChosen(search, match.dataset.option);
    return;
  }
  const before = hidden.value;
  hidden.value = match?.dataset.option ?? (search.value === "" ? "" : before);
  if (hidden.dataset.sends !== undefined && hidden.value !== before && hidden.value !== "")
    void press(hidden, hidden.value);
}
