import type { LoadedPlaybook } from "../workflows/collect.ts";
import type { Call } from "./call.ts";
import { type Answer, document, lines } from "./output.ts";

/** `502 playbooks`: what `--playbook` may name. */
export function playbooksCommand(playbooks: ReadonlyMap<string, LoadedPlaybook>, call: Call): Answer {
  const list = [...playbooks.values()].map(({ playbook: { name, title, revision } }) => ({
    name,
    title,
    revision,
  }));
  return call.json
    ? document(list)
    : lines(
        list.map(({ name, title }) => `${name}  ${title}`),
        "no playbooks",
      );
}
