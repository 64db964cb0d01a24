import { z } from "zod";
import { wrapped } from "./cel-types.ts";
import { suggest } from "../domain/nearest.ts";
import { PlaybookYaml } from "./schema.ts";
import type { Path, PlaybookError, YamlSource } from "./yaml-source.ts";

type Issue = z.core.$ZodIssue;

/** The errors of a file's shape, each at its place, with the nearest known key or value. */
export function shapeErrors(source: YamlSource, issues: readonly Issue[]): readonly PlaybookError[] {
  return issues.flatMap((issue) => one(source, issue));
}

function one(source: YamlSource, issue: Issue): readonly PlaybookError[] {
  const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) =>
        source.errorAtKey(path, key, `unknown key "${key}"`, suggest(key, keysAt(path))),
      );
    case "invalid_value":
      return [wrong(source, path, issue)];
    case "invalid_union":
      return [source.error(path, "a value of the wrong kind", `expected ${unionText(issue.errors)}`)];
    case "invalid_type":
      return [missing(source, path, issue)];
    default:
      return [source.error(path, issue.message, "see playbooks/README.md")];
  }
}

function wrong(source: YamlSource, path: Path, issue: Issue & { code: "invalid_value" }): PlaybookError {
  const values = issue.values.map(String);
  const given = valueAt(source, path);
  const hint = typeof given === "string" ? suggest(given, values) : `one of: ${values.join(", ")}`;
  return source.error(path, `${JSON.stringify(given) ?? "nothing"} is not allowed here`, hint);
}

function missing(source: YamlSource, path: Path, issue: Issue & { code: "invalid_type" }): PlaybookError {
  const key = path.at(-1);
  if (valueAt(source, path) === undefined && typeof key === "string")
    return source.error(path, `"${key}" is missing`, `add ${key}: (${issue.expected})`);
  return source.error(path, `must be of kind ${issue.expected}`, "see playbooks/README.md");
}

function unionText(errors: readonly (readonly Issue[])[]): string {
  const kinds = errors.flatMap((branch) =>
    branch.map((issue) => (issue.code === "invalid_type" ? issue.expected : issue.message)),
  );
  return [...new Set(kinds)].join(" or ");
}

function valueAt(source: YamlSource, path: Path): unknown {
  let at = source.value();
  for (const key of path) at = typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
  return at;
}

/** The keys the schema knows at a path. */
function keysAt(path: Path): readonly string[] {
  let at: z.core.$ZodType | undefined = PlaybookYaml;
  for (const key of path) {
    const schema = bare(at);
    if (schema instanceof z.ZodArray) at = schema.element;
    else at = schema instanceof z.ZodObject ? schema.shape[key] : undefined;
  }
  const schema = bare(at);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let at = schema;
  for (let inner = at && wrapped(at); inner; inner = wrapped(inner)) at = inner;
  return at;
}
