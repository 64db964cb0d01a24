import type { ColumnType } from "kysely";

/** @returns the JSON text, or null for what is absent: SQLite cannot bind undefined */
export function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** JSON text that toJson() wrote into a column of this type; only this store writes there. */
export type Json<T> = string & { readonly of?: T };

export function fromJson<T>(text: Json<T>): T {
  const value: T = JSON.parse(text);
  return value;
}

/** A column of JSON text. */
export type JsonColumn<T> = ColumnType<Json<T>, string, string>;
export type OptionalJsonColumn<T> = ColumnType<Json<T> | null, string | null, string | null>;
