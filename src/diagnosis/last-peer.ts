import type { BoundFix } from "../domain/fix.ts";
import type { Scope } from "./evaluator.ts";
import type { Placed } from "./fold.ts";

type Commands = readonly { readonly argv: readonly string[] }[];

/** One variable of a scope, by field. */
export function part(scope: Scope, key: string): Readonly<Record<string, unknown>> {
  const value = scope[key];
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

const INTERRUPTS = new Set(["restart", "try-restart", "reload-or-restart", "stop", "kill", "up", "delete"]);

/** Whether the commands take this peer's service away, be it for a moment. */
function interrupts(scope: Scope, commands: Commands): boolean {
  const service = new Set(
    [part(scope, "unit")["id"], part(scope, "app")["name"], part(scope, "container")["name"]].filter(
      (n) => n !== undefined,
    ),
  );
  return commands.some((c) => c.argv.some((w) => INTERRUPTS.has(w)) && c.argv.some((w) => service.has(w)));
}

function groupName(scope: Scope): string {
  const { name } = part(scope, "upstream");
  return typeof name === "string" ? name : "its group";
}

/**
 * Why a fix that interrupts a peer is not a button: no other peer of its group would answer meanwhile. Peers that are
 * marked down or that nobody listens for count as not answering.
 */
export function lastPeer(scope: Scope, commands: Commands): string | undefined {
  const upstream = part(scope, "upstream");
  const count = (field: string, unknown: number): number =>
    typeof upstream[field] === "number" ? upstream[field] : unknown;
  if (upstream["group"] !== true || count("peers", 1) < 2) return undefined;
  const answers =
    part(scope, "direct")["outcome"] === "ok" ||
    (part(scope, "listener")["present"] === true && part(scope, "symptom")["failing"] === false);
  if (!answers || count("peers", 1) - count("down", 0) - count("failing", 0) > 1) return undefined;
  return interrupts(scope, commands)
    ? `it is the last peer of ${groupName(scope)} that answers: bring another one back first`
    : undefined;
}

/** The group's other peers, asked again at the click, for a fix that interrupts one of several. */
export function interruptedPeers(
  placed: Pick<Placed, "place" | "target">,
  scope: Scope,
  commands: Commands,
): Pick<BoundFix, "peers"> {
  const { place, target } = placed;
  if (target === null || place === undefined || !("others" in place)) return {};
  if (part(scope, "upstream")["group"] !== true || place.others.length === 0) return {};
  if (!interrupts(scope, commands)) return {};
  const { scheme } = part(scope, "location");
  const own = { target, scheme: typeof scheme === "string" ? scheme : "http" };
  return { peers: { group: groupName(scope), own, others: [...place.others] } };
}
