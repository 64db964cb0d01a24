import type { Environment } from "@marcbachmann/cel-js";
import { z } from "zod";

/** The field names of a type with their CEL types and descriptions, in the schema's order. */
export interface FactType {
  readonly name: string;
  readonly fields: ReadonlyMap<string, { readonly type: string; readonly about: string }>;
}

type Schema = z.core.$ZodType;
type Fields = Readonly<Record<string, Schema>>;

/** A CEL value of an object schema: the class tells the evaluator which declared type it is. */
interface FactObject {
  readonly [field: string]: unknown;
}
export type FactClass = new () => FactObject;

/** One class per schema, so that values made by one environment are understood by every other. */
const classes = new WeakMap<Schema, FactClass>();

/** A new type's class. */
export function factClass(): FactClass {
  return class Fact {
    readonly [field: string]: unknown;
  };
}

function classOf(schema: Schema): FactClass {
  const known = classes.get(schema);
  if (known) return known;
  const made = factClass();
  classes.set(schema, made);
  return made;
}

/** What a wrapper (optional, nullable, default, lazy, read-only) wraps; undefined for other schemas. */
export function wrapped(schema: Schema): Schema | undefined {
  if (schema instanceof z.ZodLazy) return schema.unwrap();
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  )
    return schema.def.innerType;
  return undefined;
}

/** Wrappers change nothing for CEL, because an absent fact is unknown; copies made by describe() are their original. */
function unwrap(schema: Schema): Schema {
  let at = schema;
  for (;;) {
    const next = wrapped(at) ?? (at instanceof z.ZodObject ? at._zod.parent : undefined);
    if (!next) return at;
    at = next;
  }
}

function unsupported(where: string, schema: Schema, why: string): never {
  throw new Error(`the fact "${where}" cannot be used in rules: ${schema._zod.def.type} ${why}`);
}

/** The fields of an object, or of a union of objects taken together. */
function fieldsOf(schema: Schema, where: string): Fields | undefined {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (!(schema instanceof z.ZodUnion)) return undefined;
  const options = schema.options.map((option) => unwrap(option));
  if (!options.every((option) => option instanceof z.ZodObject)) return undefined;
  const merged: Record<string, Schema> = {};
  for (const option of options)
    for (const [key, field] of Object.entries<Schema>(option.shape)) {
      const seen = merged[key];
      if (seen && scalarType(unwrap(seen), where) !== scalarType(unwrap(field), where))
        unsupported(`${where}.${key}`, schema, "holds it with two different types");
      merged[key] ??= field;
    }
  return merged;
}

function scalarType(schema: Schema, where: string): string | undefined {
  if (schema instanceof z.ZodNumber) return schema.isInt ? "int" : "double";
  if (schema instanceof z.ZodLiteral) {
    const kinds = new Set([...schema.values].map((value) => typeof value));
    if (kinds.size !== 1) unsupported(where, schema, "mixes types");
    if (kinds.has("string")) return "string";
    if (kinds.has("boolean")) return "bool";
    return [...schema.values].every((value) => Number.isInteger(value)) ? "int" : "double";
  }
  if (schema instanceof z.ZodUnion) {
    const kinds = new Set(schema.options.map((option) => scalarType(unwrap(option), where)));
    return kinds.size === 1 ? [...kinds][0] : undefined;
  }
  switch (schema._zod.def.type) {
    case "string":
    case "enum":
    case "template_literal":
      return "string";
    case "boolean":
      return "bool";
    default:
      return undefined;
  }
}

/** The named types of one environment, filled as schemas are met. */
export class FactTypes {
  readonly types = new Map<string, FactType>();
  readonly #names = new Map<Schema, string>();
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * The CEL type of a zod schema, e.g. `list<Peer>`; object schemas are registered on the way.
   * @param where - the path of the fact, e.g. "peer.unit": names the type of an object without an id
   * @throws Error when a schema has no counterpart in CEL
   */
  typeOf(given: Schema, where: string): string {
    const schema = unwrap(given);
    const scalar = scalarType(schema, where);
    if (scalar) return scalar;
    if (schema instanceof z.ZodArray) return `list<${this.typeOf(schema.element, where)}>`;
    if (schema instanceof z.ZodRecord) return `map<string, ${this.typeOf(schema.valueType, where)}>`;
    const fields = fieldsOf(schema, where);
    if (!fields) return unsupported(where, schema, "has no counterpart in CEL");
    return this.#names.get(schema) ?? this.#register(schema, fields, where, idOf(given));
  }

  #register(schema: Schema, fields: Fields, where: string, id: string | undefined): string {
    const name = this.#free(id ?? typeName(where));
    this.#names.set(schema, name);
    const declared: Record<string, string> = {};
    const listed = new Map<string, { type: string; about: string }>();
    this.types.set(name, { name, fields: listed });
    for (const [field, inner] of Object.entries(fields)) {
      const type = this.typeOf(inner, `${where}.${field}`);
      declared[field] = type;
      listed.set(field, { type, about: aboutOf(inner) });
    }
    this.#environment.registerType(name, { ctor: classOf(schema), fields: declared });
    return name;
  }

  #free(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.types.has(name); n++) name = `${wanted}${n}`;
    return name;
  }
}

/** The schema itself, then what it wraps or was copied from, innermost last. */
function* layers(schema: Schema): Generator<Schema> {
  for (let at: Schema | undefined = schema; at;) {
    yield at;
    at = at._zod.parent ?? wrapped(at);
  }
}

/** @returns the description of a schema, looked for under its wrappers; "" when it has none */
export function aboutOf(schema: Schema): string {
  for (const layer of layers(schema)) {
    const about = z.globalRegistry.get(layer)?.description;
    if (typeof about === "string") return about;
  }
  return "";
}

function idOf(schema: Schema): string | undefined {
  for (const layer of layers(schema)) {
    const id = z.globalRegistry.get(layer)?.id;
    if (typeof id === "string") return id;
  }
  return undefined;
}

/** "peer.unit" → "PeerUnit": CEL needs two letters at least. */
function typeName(where: string): string {
  const name = where.replaceAll(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return name.length > 1 ? name : `${name}Fact`;
}

/**
 * Makes a CEL value of a plain value: integers become BigInt, objects instances of their type, records maps.
 * What is absent, null or of another kind than the schema says is absent: unknown to the rules. A list or
 * record with such an item is unknown as a whole, because "not among them" would otherwise be claimed.
 */
export function toCel(given: Schema, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  const schema = unwrap(given);
  const scalar = scalarType(schema, "value");
  if (scalar) return scalarValue(scalar, value);
  if (schema instanceof z.ZodArray) {
    if (!Array.isArray(value)) return undefined;
    const items = value.map((item: unknown) => toCel(schema.element, item));
    return items.includes(undefined) ? undefined : items;
  }
  if (typeof value !== "object") return undefined;
  if (schema instanceof z.ZodRecord) {
    const items = new Map(Object.entries(value).map(([key, item]) => [key, toCel(schema.valueType, item)]));
    return [...items.values()].includes(undefined) ? undefined : items;
  }
  const made: Record<string, unknown> = new (classOf(schema))();
  for (const [field, inner] of Object.entries(fieldsOf(schema, "value") ?? {})) {
    const item = toCel(inner, Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined);
    if (item !== undefined) made[field] = item;
  }
  return made;
}

function scalarValue(type: string, value: unknown): unknown {
  switch (type) {
    case "int":
      return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : undefined;
    case "double":
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    default:
      return typeof value === "string" ? value : undefined;
  }
}
