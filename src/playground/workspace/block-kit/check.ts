import type { Json } from "../json.ts";

/** Where blocks are shown; not every block may stand everywhere. */
export type Surface = "message" | "modal" | "home";

/** placeholder for the first round trip */
export function checkBlocks(_blocks: unknown[], _surface: Surface, _pointer: string): string[] {
  return [];
}

export function checkView(_view: unknown): string[] {
  return [];
}

export function totalCharacters(_blocks: Json[]): number {
  return 0;
}
