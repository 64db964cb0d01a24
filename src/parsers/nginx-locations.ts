import type { NginxDirective } from "./nginx-directives.ts";
import type { NginxPaths } from "./nginx-logs.ts";
import { findNginxPass } from "./nginx-pass.ts";
import type { NginxPass, PassContext } from "./nginx-pass.ts";
import { ownActionsOf, requestSettingsOf } from "./nginx-request-settings.ts";
import type { NginxOwnActions, NginxRequestSettings } from "./nginx-request-settings.ts";
import { levelOf } from "./nginx-scope.ts";
import type { NginxScope } from "./nginx-scope.ts";
import { present, upstreamSettingsOf } from "./nginx-settings.ts";
import type { NginxUpstreamSettings } from "./nginx-settings.ts";

/** "" is a plain prefix; "@" a named location; the last two are nameless blocks within a location or server. */
type NginxModifier = "" | "=" | "^~" | "~" | "~*" | "@" | "if" | "limit_except";

export interface NginxLocation {
  readonly modifier: NginxModifier;
  /** Prefix, regular expression, name (with "@"), condition, or the excepted methods. */
  readonly path: string;
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  readonly pass?: NginxPass;
  readonly actions: NginxOwnActions;
  readonly request: NginxRequestSettings;
  /** Present where something is passed to an upstream. */
  readonly upstream?: NginxUpstreamSettings;
  /** Nested locations, `if` and `limit_except` blocks, in order. */
  readonly locations: readonly NginxLocation[];
}

export interface LocationContext extends PassContext {
  readonly paths: NginxPaths;
}

/** The locations (and `if` blocks) directly within a block, with everything inherited from `scope`. */
export function locationsIn(
  block: readonly NginxDirective[],
  scope: NginxScope,
  context: LocationContext,
  outerPass?: NginxPass,
): NginxLocation[] {
  const out: NginxLocation[] = [];
  for (const directive of block) {
    const place = placeOf(directive);
    if (place === undefined || directive.block === undefined) continue;
    const level = levelOf(directive.block);
    const inner = [level, ...scope];
    const nameless = place.modifier === "if" || place.modifier === "limit_except";
    const own = findNginxPass(level, inner, context);
    const pass = own ?? (nameless && outerPass !== undefined ? { ...outerPass, inherited: true } : undefined);
    out.push({
      ...place,
      file: directive.file,
      line: directive.line,
      endLine: directive.endLine,
      ...present("pass", pass),
      actions: ownActionsOf(level),
      request: requestSettingsOf(inner, context.paths),
      ...present("upstream", pass === undefined ? undefined : upstreamSettingsOf(inner, pass.kind)),
      locations: locationsIn(directive.block, inner, context, pass),
    });
  }
  return out;
}

/** Modifiers may be written without a space before the path (ngx_http_core_location). */
function placeOf({ name, args }: NginxDirective): { modifier: NginxModifier; path: string } | undefined {
  if (name === "if" || name === "limit_except") return { modifier: name, path: args.join(" ") };
  if (name !== "location") return undefined;
  const [first = "", second] = args;
  if (second !== undefined) {
    const modifier = (["=", "^~", "~", "~*"] as const).find((known) => known === first);
    return modifier === undefined ? undefined : { modifier, path: second };
  }
  for (const modifier of ["=", "^~", "~*", "~"] as const) {
    if (first.startsWith(modifier)) return { modifier, path: first.slice(modifier.length) };
  }
  return { modifier: first.startsWith("@") ? "@" : "", path: first };
}
