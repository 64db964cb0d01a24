// Says what is new to a screen reader: each new message once, a changed one when it has come to rest.

const REST_MS = 1_500;
const SPOKEN_MS = 4_000;
const heard = document.getElementById("heard");
const known = new Map();
const waiting = new Map();

/** Takes what stands in a list as known, without a word. */
export function takeAsKnown(list) {
  for (const each of list.querySelectorAll("article")) known.set(each.dataset.ts, each.ariaLabel);
}

/** Says what came or changed in a list since the last look. */
export function announce(list) {
  for (const { dataset, ariaLabel } of list.querySelectorAll("article")) {
    if (known.get(dataset.ts) === ariaLabel) continue;
    const isNew = !known.has(dataset.ts);
    known.set(dataset.ts, ariaLabel);
    clearTimeout(waiting.get(dataset.ts));
    waiting.set(
      dataset.ts,
      setTimeout(
        () => {
          waiting.delete(dataset.ts);
          speak(ariaLabel);
        },
        isNew ? 0 : REST_MS,
      ),
    );
  }
}

function speak(text) {
  const line = Object.assign(document.createElement("p"), { textContent: text });
  heard.append(line);
  // Who reads through the page shall not find it a second time.
  setTimeout(() => line.remove(), SPOKEN_MS);
}
