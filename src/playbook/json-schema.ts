import { z } from "zod";
import { PlaybookYaml } from "./schema.ts";

/**
 * The JSON Schema (2020-12) of a playbook file, for completion and checking in an editor. It knows the shape;
 * rules and references are checked by `502 lint`.
 * @param parsers - the names a check's parser may have
 */
export function playbookJsonSchema(parsers: Iterable<string> = []): Readonly<Record<string, unknown>> {
  const names = [...parsers];
  const schema = z.toJSONSchema(PlaybookYaml, {
    target: "draft-2020-12",
    io: "input",
    override({ jsonSchema, path }) {
      const isParser = path.at(-1) === "parser" && path.includes("checks");
      if (isParser && names.length > 0) jsonSchema.enum = names;
    },
  });
  return { title: "fiveohtwo playbook", ...schema };
}
