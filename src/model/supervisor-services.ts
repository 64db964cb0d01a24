import type { Plain } from "../parsers/plain.ts";
import type { FactSet } from "./facts.ts";
import type { Service } from "./service.ts";
import { logFiles, definitionFiles } from "./definition-files.ts";

export function supervisorServices(facts: FactSet): Service[] {
  const status = facts.one<Plain>("supervisor");
  const texts = new Map<string, string>();
  let program = "";
  for (const line of facts.one<Plain>("supervisor-conf")?.lines ?? []) {
    const content = /^[^:]+:\d+:(.*)$/.exec(line)?.[1] ?? "";
    program =
      /^\s*\[(?:program|fcgi-program):([^\]]+)\]/.exec(content)?.[1] ??
      (/^\s*\[/.test(content) ? "" : program);
    if (program !== "" && !/^\s*[;#]/.test(content))
      texts.set(program, `${texts.get(program) ?? ""}${content}\n`);
  }
  return (status?.lines ?? []).flatMap((line): Service[] => {
    const match = /^(\S+)\s+(STOPPED|STARTING|RUNNING|BACKOFF|STOPPING|EXITED|FATAL|UNKNOWN)\b/.exec(line);
    if (!match) return [];
    const name = match[1] ?? "";
    const text = textOf(name, texts);
    const command = /command\s*=\s*(.*)/.exec(text)?.[1]?.split(/\s+/) ?? [];
    const cwd = /directory\s*=\s*(\S+)/.exec(text)?.[1];
    return [
      {
        key: `supervisor:${name}`,
        kind: "supervisor",
        name,
        state: match[2] ?? "",
        text,
        files: definitionFiles(command, cwd, ""),
        logs: logFiles(command.join(" "), text),
        declared: [],
        local: true,
      },
    ];
  });
}

/** "group:program" or "program", a numbered process ("web:web_00") under its program's name. */
function textOf(name: string, texts: ReadonlyMap<string, string>): string {
  const process = name.slice(name.indexOf(":") + 1);
  return (
    texts.get(process) ?? texts.get(process.replace(/_\d+$/, "")) ?? texts.get(name.split(":")[0] ?? "") ?? ""
  );
}
