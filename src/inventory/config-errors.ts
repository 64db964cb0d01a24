import { z } from "zod";
import { suggest } from "../domain/nearest.ts";
import { type Path, pathText, type PlaybookError, type YamlSource } from "../playbook/yaml-source.ts";

/** One thing that is wrong with a configuration, with its place (line and column from 1) and what to do. */
export type ConfigError = PlaybookError;

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/** Turns what zod found into errors with places, and names the nearest key that exists. */
export function schemaErrors(schema: Schema, source: YamlSource, issues: readonly Issue[]): ConfigError[] {
  return issues.flatMap((issue) => one(schema, source, issue, []));
}

function one(schema: Schema, source: YamlSource, issue: Issue, above: Path): ConfigError[] {
  const path = [...above, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) =>
        source.errorAtKey(path, key, `unknown key "${key}"`, suggest(key, keysAt(schema, path))),
      );
    case "invalid_key": {
      const key = String(path.at(-1));
      const because = issue.issues[0]?.message ?? "not a valid name";
      return [source.errorAtKey(path.slice(0, -1), key, `"${key}": ${because}`, "rename it")];
    }
    case "invalid_union": {
      // The alternative that fits the kind of value written is what was meant.
      const meant = issue.errors.find(
        (branch) => !branch.some((inner) => isKind(inner) && inner.path.length === 0),
      );
      if (meant !== undefined) return meant.flatMap((inner) => one(schema, source, inner, path));
      const kinds = issue.errors.flatMap((branch) => branch.map((inner) => kind(inner)));
      return [
        source.error(
          path,
          `${shown(source, path)} is not allowed here`,
          `write ${[...new Set(kinds)].join(" or ")}`,
        ),
      ];
    }
    case "invalid_value": {
      const values = issue.values.map(String);
      const given = valueAt(source, path);
      const hint = typeof given === "string" ? suggest(given, values) : `write one of: ${values.join(", ")}`;
      return [source.error(path, `${shown(source, path)} is not allowed here`, hint)];
    }
    case "invalid_type":
      if (valueAt(source, path) === undefined) {
        return [source.error(path, `"${String(path.at(-1))}" is missing`, `add it: ${issue.expected}`)];
      }
      return issue.message.startsWith("Invalid input")
        ? [source.error(path, `${shown(source, path)} is not allowed here`, `write ${kind(issue)}`)]
        : [source.errorAtKey(path.slice(0, -1), String(path.at(-1)), issue.message, "remove this line")];
    default:
      return [
        source.error(
          path,
          issue.message,
          path.length === 0 ? "correct the file" : `correct ${pathText(path)}`,
        ),
      ];
  }
}

function isKind(issue: Issue): boolean {
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

function kind(issue: Issue): string {
  if (issue.code === "invalid_type") return `a value of kind ${issue.expected}`;
  return issue.code === "invalid_value" ? issue.values.map(String).join(" or ") : issue.message;
}

function shown(source: YamlSource, path: Path): string {
  const text = JSON.stringify(valueAt(source, path)) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function valueAt(source: YamlSource, path: Path): unknown {
  let at = source.value();
  for (const key of path) at = typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
  return at;
}

/** The keys that a schema knows at a path. */
function keysAt(schema: Schema, path: Path): string[] {
  let at: readonly Schema[] = [schema];
  for (const key of path) {
    at = at.flatMap(unwrap).flatMap((part): Schema[] => {
      if (part instanceof z.ZodObject) return part.shape[String(key)] ?? [];
      if (part instanceof z.ZodArray) return [part.element];
      return part instanceof z.ZodRecord ? [part.valueType] : [];
    });
  }
  return at.flatMap(unwrap).flatMap((part) => (part instanceof z.ZodObject ? Object.keys(part.shape) : []));
}

/** The schemas behind optional, default, union and transformed ones. */
function unwrap(schema: Schema): Schema[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap);
  if (schema instanceof z.ZodPipe) return [...unwrap(schema.in), ...unwrap(schema.out)];
  return [schema];
}
