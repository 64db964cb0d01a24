import { factRows, factsTable } from "../playbook/facts-table.ts";
import { playbookJsonSchema } from "../playbook/json-schema.ts";
import type { LoadEnvironment } from "../playbook/load-environment.ts";
import type { Call } from "./call.ts";
import { type Answer, document } from "./output.ts";

/** `502 schema`: the JSON Schema of playbooks for editors; with `--facts` the table of facts that rules may name. */
export function schemaCommand({ environment, parsers, scopes }: LoadEnvironment, call: Call): Answer {
  if (!call.flag("facts")) return document(playbookJsonSchema(parsers));
  return { exitCode: 0, out: `${factsTable(factRows(environment, scopes))}\n` };
}
