import { isJson, parseJson } from "../json.ts";
import type { Json } from "../json.ts";
import { ApiError, withMessages } from "./errors.ts";

/** The arguments of one call, whichever way they were sent. */
export class Args {
  readonly #values: Json;

  constructor(values: Json) {
    this.#values = values;
  }

  has(name: string): boolean {
    const value = this.#values[name];
    return value !== undefined && value !== null;
  }

  /** As text; numbers and booleans as they would stand in a form. Empty when absent. */
  str(name: string): string {
    const value = this.#values[name];
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    return "";
  }

  /** As text, or invalid_arguments that names the missing field. */
  required(name: string): string {
    const value = this.str(name);
    if (value === "") throw withMessages("invalid_arguments", [`missing required field: ${name}`]);
    return value;
  }

  flag(name: string): boolean {
    return ["true", "1"].includes(this.str(name));
  }

  /** A whole number within the bounds, or the fallback when absent; invalid_arguments for nonsense. */
  int(name: string, fallback: number, low: number, high: number): number {
    if (!this.has(name) || this.str(name) === "") return fallback;
    const value = Number(this.str(name));
    if (!Number.isInteger(value)) {
      throw withMessages("invalid_arguments", [`must provide a number [json-pointer:/${name}]`]);
    }
    return Math.min(high, Math.max(low, value));
  }

  /** Structured: sent as JSON, or as JSON text in a form. Undefined when absent; `badFormat` when unreadable. */
  json(name: string, badFormat: string): unknown {
    const value = this.#values[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value !== "string") return value;
    const parsed = parseJson(value);
    if (parsed === undefined) throw new ApiError(badFormat);
    return parsed;
  }
}

/**
 * Reads a request body the way Slack does: JSON, a form, or multipart.
 * Throws invalid_json or invalid_form_data (Slack's own codes).
 */
export async function readArguments(request: Request): Promise<Args> {
  const type = request.headers.get("content-type") ?? "";
  const query: Json = Object.fromEntries(new URL(request.url).searchParams);
  if (type.startsWith("application/json")) {
    const text = await request.text();
    const parsed = text === "" ? {} : parseJson(text);
    if (parsed === undefined) throw new ApiError("invalid_json");
    if (!isJson(parsed)) throw new ApiError("json_not_object");
    return new Args({ ...query, ...parsed });
  }
  if (type.startsWith("multipart/form-data")) {
    try {
      return new Args({ ...query, ...Object.fromEntries(await request.formData()) });
    } catch {
      throw new ApiError("invalid_form_data");
    }
  }
  const form = Object.fromEntries(new URLSearchParams(await request.text()));
  return new Args({ ...query, ...form });
}
