import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";

/** The font the product ships: a bare Debian has none, and a picture without its words says nothing. */
const FONT = createRequire(import.meta.url).resolve(
  "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
);

/** Draws an SVG as a PNG, twice as fine as its size, with no other font and no file of this machine. */
export function chartPng(svg: string): Uint8Array {
  const drawing = new Resvg(svg, {
    font: { fontFiles: [FONT], loadSystemFonts: false, defaultFontFamily: "Inter" },
    fitTo: { mode: "zoom", value: 2 },
  });
  return drawing.render().asPng();
}
