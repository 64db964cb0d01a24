// Where the keyboard is: in the open modal, back where it was before, and from message to message by arrow keys.

const FIELDS = ".sk-modal-body :is(input:not([type=hidden]), select, textarea, button)";
const FOCUSABLE = "button, input:not([type=hidden]), select, textarea, a[href], summary";

/** Remembers the focused element: it is found again after its message was drawn anew, or what stands near it. */
function wayBack() {
  const element = document.activeElement;
  const { name } = element;
  const holder = element.closest(".sk-messages, #home");
  const ts = element.closest("article")?.dataset.ts;
  return () => {
    const article = ts === undefined ? null : holder?.querySelector(`article[data-ts="${ts}"]`);
    const around = article ?? holder;
    const same = element.isConnected
      ? element
      : [...(around?.querySelectorAll("[name]") ?? [])].find((each) => name && each.name === name);
    // The message first: what stands in its toolbar can be focused only while the message is.
    article?.focus({ preventScroll: true });
    const opener = same?.closest("details")?.querySelector("summary");
    const composer = document.getElementById("thread-composer") ?? document.getElementById("composer");
    for (const each of [same, opener, article, composer]) {
      if (!each || each === document.body) continue;
      each.focus({ preventScroll: true });
      if (document.activeElement === each) return;
    }
  };
}

let back;
/** After the modal was drawn: the focus goes to the first wrong field, else stays, else goes where one begins. */
export function modalChanged(modal, wasOpen) {
  const form = modal.querySelector("form");
  if (form !== null && !wasOpen) back = wayBack();
  document.querySelector(".sk-app").inert = form !== null;
  if (form === null) {
    if (wasOpen) back?.();
    back = undefined;
    return;
  }
  const bad = form.querySelector("[aria-invalid=true]");
  if (bad !== null) bad.focus();
  else if (!form.contains(document.activeElement)) {
    const first = ["[data-focus]", FIELDS, "[type=submit]", "button"]
      .map((each) => form.querySelector(each))
      .find(Boolean);
    first?.focus({ preventScroll: true });
    // What a form says is read before it is filled in: where its first field is out of sight, the text has the focus.
    const body = form.querySelector(".sk-modal-body");
    const below = first?.getBoundingClientRect().bottom > body.getBoundingClientRect().bottom;
    if (below && body.contains(first)) body.focus();
  }
}

/** The page behind is inert; this keeps the focus from leaving for the browser's own buttons. */
export function keepInside(form, event) {
  const all = [...form.querySelectorAll(FOCUSABLE)].filter((each) => !each.disabled);
  const [first, last] = [all[0], all.at(-1)];
  if (event.shiftKey && document.activeElement === first) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}

/** Arrow keys, Home and End go from message to message once the list or a message has the focus. */
export function moveInList(event) {
  const { target } = event;
  if (!target.matches(".sk-messages, .sk-messages article")) return;
  const all = [...target.closest(".sk-messages").querySelectorAll("article")];
  const at = all.indexOf(target);
  const next = {
    ArrowUp: at < 0 ? all.length - 1 : Math.max(0, at - 1),
    ArrowDown: at < 0 ? 0 : Math.min(all.length - 1, at + 1),
    Home: 0,
    End: all.length - 1,
  }[event.key];
  if (next === undefined || all[next] === undefined) return;
  event.preventDefault();
  all[next].focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
}
