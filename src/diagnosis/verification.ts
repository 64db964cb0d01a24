import type { BoundFix, FrontProbe } from "../domain/fix.ts";
import type { ShownEdit } from "./edit.ts";
import type { Scope } from "./evaluator.ts";
import type { Placed } from "./fold.ts";
import { part } from "./last-peer.ts";

/** Where a fix's effect is looked for: the requests through nginx, the backend, its unit, the kind of line in the log. */
export function verification(
  placed: Placed,
  scope: Scope,
  edit: ShownEdit | undefined,
  commands: BoundFix["commands"],
): Pick<BoundFix["verify"], "fronts" | "target" | "unit" | "settleMs" | "log"> {
  const fronts: readonly FrontProbe[] = placed.place?.fronts ?? [];
  const { id: unit } = part(scope, "unit");
  const { peers, failTimeoutMs } = part(scope, "upstream");
  const many = typeof peers === "number" && peers > 1;
  // A reload forgets which servers of a group were down (ngx_http_upstream_zone_module.c: noreuse); else it is waited for.
  const waits = many && !reloads(commands, part(scope, "nginx")["unit"]);
  const settleMs = waits ? (typeof failTimeoutMs === "number" ? failTimeoutMs : 10_000) + 1000 : 0;
  return {
    fronts: [...fronts],
    target: targetAfter(placed.target, edit),
    ...(typeof unit === "string" ? { unit } : {}),
    settleMs,
    ...logOf(placed, scope),
  };
}

function reloads(commands: BoundFix["commands"], nginx: unknown): boolean {
  return commands.some(
    ({ argv }) => argv.includes("reload") && typeof nginx === "string" && argv.includes(nginx),
  );
}

/** Where nginx sends its requests when the fix is in force: an edit may give it another backend. */
function targetAfter(target: string | null, edit: ShownEdit | undefined): string | null {
  const unix = target?.startsWith("unix:") === true ? "unix:" : "";
  const word = edit?.word;
  return word !== undefined && target === `${unix}${word.old}` ? `${unix}${word.new}` : target;
}

/** The log and the kind of line by which the fault shows there. */
function logOf(placed: Placed, scope: Scope): Pick<BoundFix["verify"], "log"> {
  const path = part(scope, "vhost")["errorLogPath"];
  const kind = part(scope, "symptom")["class"];
  return placed.target !== null &&
    typeof path === "string" &&
    path.startsWith("/") &&
    typeof kind === "string"
    ? { log: { path, class: kind } }
    : {};
}
