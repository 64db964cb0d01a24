// Puts new HTML into a part of the page without disturbing what somebody is reading, pressing or filling in.

const zone = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });
const long = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  year: "numeric",
  month: "long",
  day: "numeric",
});
const seconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Slack's date tokens in the reader's own zone. */
function formatDate(format, date) {
  const number = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) =>
    String(part).padStart(2, "0"),
  );
  // Slack says the near days in words where the format is a pretty one.
  const near = nearDay(date);
  const values = {
    date_num: number.join("-"),
    date_slash: number.join("/"),
    date: day.format(date),
    date_short: day.format(date),
    date_long: long.format(date),
    date_pretty: near ?? day.format(date),
    date_short_pretty: near ?? day.format(date),
    date_long_pretty: near ?? long.format(date),
    time: zone.format(date),
    time_secs: seconds.format(date),
    ago: ago(date),
  };
  return format.replaceAll(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** "today", "yesterday" or "tomorrow"; undefined for any other day. */
function nearDay(date) {
  const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
  const days = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
}

function ago(date) {
  const minutes = Math.round((Date.now() - date.getTime()) / 60_000);
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  if (Math.abs(minutes) < 60) return words.format(-minutes, "minute");
  if (Math.abs(minutes) < 48 * 60) return words.format(-Math.round(minutes / 60), "hour");
  return words.format(-Math.round(minutes / 1440), "day");
}

/** Writes every time below the element as the reader's clock shows it. */
export function localTimes(root) {
  for (const time of root.querySelectorAll("time[data-ts]")) {
    const date = new Date(Number(time.dataset.ts) * 1000);
    time.dateTime = date.toISOString();
    time.title = date.toLocaleString();
    time.textContent = formatDate(time.dataset.format, date);
  }
  for (const input of root.querySelectorAll("input[data-unix]")) {
    if (input.dataset.unix === "" || input.value !== "") continue;
    const date = new Date(Number(input.dataset.unix) * 1000);
    input.value = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
}

/** What stands in the named inputs below the element: name → text, or list of texts for several boxes. */
export function inputsOf(root) {
  const entries = {};
  for (const field of root.querySelectorAll("input[name], select[name], textarea[name]")) {
    if (field.type === "checkbox") {
      entries[field.name] ??= [];
      if (field.checked) entries[field.name].push(field.value);
    } else if (field.type === "radio") {
      entries[field.name] ??= [];
      if (field.checked) entries[field.name] = field.value;
    } else if (field.type === "datetime-local") {
      entries[field.name] =
        field.value === "" ? "" : String(Math.floor(new Date(field.value).getTime() / 1000));
    } else entries[field.name] = field.value;
  }
  return entries;
}

function restore(root, entries) {
  for (const field of root.querySelectorAll("input[name], select[name], textarea[name]")) {
    const kept = entries[field.name];
    if (kept === undefined) continue;
    if (field.type === "checkbox") field.checked = kept.includes(field.value);
    else if (field.type === "radio") field.checked = kept === field.value;
    else if (field.type !== "datetime-local" && !(field.tagName === "SELECT" && kept === ""))
      field.value = kept;
  }
}

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

/** Remembers what has the focus below the element: by its name or id, else by its place in its message. */
function focusMark(root) {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || active === root || !root.contains(active)) return () => undefined;
  const { name, id, value } = active;
  const caret = "selectionStart" in active ? active.selectionStart : null;
  const key = active.closest("[data-key]")?.dataset.key;
  const scope = () =>
    (key === undefined ? undefined : [...root.children].find((each) => each.dataset.key === key)) ?? root;
  const place = [...scope().querySelectorAll(FOCUSABLE)].indexOf(active);
  return () => {
    if (root.contains(document.activeElement) && document.activeElement !== root) return;
    const all = [...scope().querySelectorAll(FOCUSABLE)];
    const named = all.find((each) =>
      name
        ? each.name === name && (each.type !== "radio" || each.value === value)
        : id !== "" && each.id === id,
    );
    // An app that draws a field anew may give its block another id.
    const { actionId } = active.dataset;
    const alike = all.find((each) => actionId !== undefined && each.dataset.actionId === actionId);
    const inMessage =
      key === undefined ? undefined : name || id ? scope().querySelector("article") : all[place];
    const same = named ?? alike ?? inMessage;
    same?.focus({ preventScroll: true });
    if (caret !== null && same?.setSelectionRange && same.type !== "email")
      same.setSelectionRange(caret, caret);
  };
}

/** Fills the element anew. Children with the same key and content stay; entries and focus survive. */
export function patch(holder, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  localTimes(fresh.content);
  const children = [...fresh.content.children];
  const refocus = focusMark(holder);
  if (children.length > 0 && children.every((child) => child.dataset.key !== undefined)) {
    const old = new Map([...holder.children].map((child) => [child.dataset.key, child]));
    const next = children.map((child) => {
      const before = old.get(child.dataset.key);
      if (before === undefined) return child;
      if (before.dataset.html === child.outerHTML) return before;
      const entries = inputsOf(before);
      child.dataset.html = child.outerHTML;
      restore(child, entries);
      return child;
    });
    for (const child of next) child.dataset.html ??= child.outerHTML;
    const stay = new Set(next);
    for (const child of Array.from(holder.children)) if (!stay.has(child)) child.remove();
    next.forEach((child, index) => {
      if (holder.children[index] !== child) holder.insertBefore(child, holder.children[index] ?? null);
    });
  } else {
    const sameView =
      holder.querySelector("[data-view]")?.dataset.view ===
      fresh.content.querySelector("[data-view]")?.dataset.view;
    const entries = sameView ? inputsOf(holder) : {};
    holder.replaceChildren(...children);
    restore(holder, entries);
  }
  refocus();
}
