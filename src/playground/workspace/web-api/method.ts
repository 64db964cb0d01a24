import type { Json } from "../json.ts";
import type { WorkspaceState } from "../state/state.ts";
import type { Token } from "../state/tokens.ts";
import type { Args } from "./arguments.ts";

/** One call of a method: the world, who calls, with what. */
export interface Call {
  state: WorkspaceState;
  token: Token;
  args: Args;
}

/** Calls per minute that Slack's tiers allow. */
export const TIERS = { 1: 1, 2: 20, 3: 50, 4: 100, special: 600, post: 60 } as const;

/** A method of the Web API: who may call it, how often, and what it does. */
export interface Method {
  token: "bot" | "app" | "any";
  /** any one of them suffices; none means no scope is needed */
  scopes: string[];
  tier: keyof typeof TIERS;
  /** Gives the answer without "ok"; throws ApiError to refuse. */
  run: (call: Call) => Json | Promise<Json>;
}

export type Methods = Record<string, Method>;
