// The menus behind ⋮, ⋯ and ⚡: opened by a click or a key, walked by arrows, closed by Escape, Tab or a look elsewhere.

const MENUS = "details.sk-more, details.sk-overflow";

const itemsOf = (menu) => [...menu.querySelectorAll("[role=menuitem]")];

/** Closes the menu that is open, if one is; the focus goes back to what opened it. Tells whether there was one. */
export function closeMenu() {
  const menu = document.querySelector(`:is(${MENUS})[open]`);
  if (menu === null) return false;
  const inside = menu.contains(document.activeElement);
  menu.open = false;
  if (inside) menu.querySelector("summary").focus();
  return true;
}

function walk(event) {
  const menu = event.target.closest?.(`:is(${MENUS})[open]`);
  if (!menu) return;
  if (event.key === "Tab") menu.open = false;
  const items = itemsOf(menu);
  const at = items.indexOf(document.activeElement);
  const next = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (Math.max(at, 0) + items.length - 1) % items.length,
    Home: 0,
    End: items.length - 1,
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  items[next]?.focus();
}

document.addEventListener("keydown", walk, true);
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches?.(`:is(${MENUS})[open]`)) itemsOf(target)[0]?.focus();
  },
  true,
);
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(`:is(${MENUS})[open]`))
    if (!menu.contains(event.target)) menu.open = false;
});
