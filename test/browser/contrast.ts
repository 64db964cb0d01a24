/**
 * A script for the page, whose language is not this program's: every text that is seen with less contrast than 4.5 to
 * what lies behind it, as "RATIO TEXT". Large text (24 px, or 18.66 px and bold) needs 3.
 */
export const FAINT = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const behind = (element) => {
    if (element === null) return [255, 255, 255, 1];
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, behind(element.parentElement));
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((each) => each / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (text, back) => {
    const [a, b] = [light(over(rgba(text), back)), light(back)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const faint = [];
  let looked = 0;
  const look = (element, text, colour) => {
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const found = ratio(colour, behind(element));
    looked += 1;
    if (found < (large ? 3 : 4.5)) faint.push(found.toFixed(2) + " " + text.trim().slice(0, 60));
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    // Emoji have colours of their own.
    const words = node.textContent.replaceAll(/[\\p{Extended_Pictographic}\\uFE0F\\s]/gu, "");
    if (words === "" || !element.checkVisibility({ visibilityProperty: true }) || element.closest("option, .sk-unseen") !== null) continue;
    look(element, node.textContent, getComputedStyle(element).color);
  }
  for (const field of document.querySelectorAll("[placeholder]"))
    look(field, field.placeholder, getComputedStyle(field, "::placeholder").color);
  return { looked, faint };
})()`;
