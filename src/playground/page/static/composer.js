// The line one types in: Enter sends, Shift+Enter breaks the line, "/" and "@" suggest.

function suggestionsFor(text, settings) {
  const command = /^\/(\S*)$/.exec(text);
  if (command) {
    return settings.commands
      .filter((each) => each.name.startsWith(text))
      .map((each) => ({
        insert: `${each.name} `,
        label: each.name,
        note: `${each.usage}\n${each.description}`,
      }));
  }
  const mention = /(?:^|\s)@([\w.-]*)$/.exec(text);
  if (!mention) return [];
  const typed = mention[1].toLowerCase();
  const before = text.slice(0, text.length - typed.length);
  return [...settings.people, ...settings.groups]
    .filter((each) => each.name.startsWith(typed) || each.real.toLowerCase().startsWith(typed))
    .slice(0, 8)
    .map((each) => ({ insert: `${before}${each.name} `, label: `@${each.name}`, note: each.real }));
}

/** Makes a composer form work; `send(text)` is called with what was typed. */
export function setUpComposer(form, settings, send) {
  const area = form.querySelector("textarea");
  const list = form.querySelector("[role=listbox]");
  let chosen = 0;
  let offers = [];

  function show() {
    offers = suggestionsFor(area.value.slice(0, area.selectionStart), settings);
    list.hidden = offers.length === 0;
    chosen = Math.min(chosen, Math.max(0, offers.length - 1));
    list.replaceChildren(
      ...offers.map((offer, index) => {
        const item = document.createElement("li");
        item.role = "option";
        item.id = `${area.id}-hint-${String(index)}`;
        item.ariaSelected = String(index === chosen);
        const label = document.createElement("b");
        label.textContent = offer.label;
        const note = document.createElement("span");
        note.textContent = offer.note;
        item.append(label, note);
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(index);
        });
        return item;
      }),
    );
    if (list.hidden) area.removeAttribute("aria-activedescendant");
    else area.setAttribute("aria-activedescendant", `${area.id}-hint-${String(chosen)}`);
  }

  function take(index) {
    const rest = area.value.slice(area.selectionStart);
    area.value = offers[index].insert + rest;
    const caret = offers[index].insert.length;
    area.setSelectionRange(caret, caret);
    keep();
    show();
  }

  function grow() {
    area.style.height = "auto";
    area.style.height = `${String(Math.min(area.scrollHeight, 200))}px`;
  }

  function submit() {
    const text = area.value.trim();
    if (text === "") return;
    area.value = "";
    keep();
    show();
    grow();
    send(text);
  }

  // What is half written is still there after a look into a thread or another channel.
  const draft = `draft ${settings.user} ${settings.channel} ${form.dataset.thread ?? ""}`;
  function keep() {
    if (area.value === "") sessionStorage.removeItem(draft);
    else sessionStorage.setItem(draft, area.value);
  }
  area.value = sessionStorage.getItem(draft) ?? "";
  grow();

  area.addEventListener("input", () => {
    keep();
    show();
    grow();
  });
  area.addEventListener("blur", () => {
    list.hidden = true;
  });
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : offers.length - 1)) % offers.length;
      show();
    } else if (!list.hidden && (event.key === "Tab" || event.key === "Enter")) {
      event.preventDefault();
      take(chosen);
    } else if (!list.hidden && event.key === "Escape") {
      event.stopPropagation();
      list.hidden = true;
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
}
