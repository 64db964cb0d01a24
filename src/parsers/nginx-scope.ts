import type { NginxDirective } from "./nginx-directives.ts";
import { parseNginxSize, parseNginxTime } from "./nginx-values.ts";

/** The directives of one block, by name. */
export type NginxLevel = ReadonlyMap<string, readonly NginxDirective[]>;

/** The blocks around a place, innermost first: location, server, http, main. */
export type NginxScope = readonly NginxLevel[];

/** Indexes one block's own directives by name, in order. */
export function levelOf(directives: readonly NginxDirective[]): NginxLevel {
  const level = new Map<string, NginxDirective[]>();
  for (const directive of directives) {
    const same = level.get(directive.name);
    if (same === undefined) level.set(directive.name, [directive]);
    else same.push(directive);
  }
  return level;
}

/**
 * A directive's values at a place: those of the innermost block that has any. This is nginx's rule for
 * single values and for lists alike (a location with one proxy_set_header loses all of the server's).
 */
export function nearest(scope: NginxScope, name: string): readonly NginxDirective[] {
  for (const level of scope) {
    const found = level.get(name);
    if (found !== undefined) return found;
  }
  return [];
}

/** First argument of the nearest directive of that name. */
export function textOf(scope: NginxScope, name: string): string | undefined {
  return nearest(scope, name)[0]?.args[0];
}

/** "on" or "off" (any case); the default otherwise. */
export function flagOf(scope: NginxScope, name: string, otherwise: boolean): boolean {
  const value = textOf(scope, name)?.toLowerCase();
  if (value === "on") return true;
  if (value === "off") return false;
  return otherwise;
}

/** Milliseconds. */
export function timeOf(scope: NginxScope, name: string): number | undefined {
  const text = textOf(scope, name);
  return text === undefined ? undefined : parseNginxTime(text);
}

/** Bytes. */
export function sizeOf(scope: NginxScope, name: string): number | undefined {
  const text = textOf(scope, name);
  return text === undefined ? undefined : parseNginxSize(text);
}

/** A plain decimal number. */
export function numberOf(scope: NginxScope, name: string): number | undefined {
  const text = textOf(scope, name);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
