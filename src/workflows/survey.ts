import type { BundledCommand } from "../domain/bundle.ts";
import type { Command, CommandResult } from "../domain/command.ts";
import { nginxView } from "../model/nginx-view.ts";
import { factSet } from "../model/facts.ts";
import { redact } from "../parsers/redact.ts";
import { certificateArgv } from "../playbook/sudo-rules.ts";
import type { Session } from "./ports.ts";

const MOST_CERTIFICATES = 40;

/**
 * What a report looks at beside its diagnosis, on the same connection and read-only: the packages and SELinux
 * booleans to compare with the host's peers, and the certificates that nginx shows.
 */
export function surveyCommands(seen: readonly BundledCommand[]): Command[] {
  if (!seen.some((c) => c.id === "nginx-config")) return [];
  const command = (
    id: string,
    argv: readonly string[],
    sudo: Command["sudo"] = "never",
    maxBytes = 262_144,
  ): Command => ({
    id,
    argv,
    sudo,
    timeoutMs: 5000,
    maxBytes,
  });
  return [
    command("peer-packages-deb", ["dpkg-query", "-W", "-f", "${Package} ${Version}\\n"]),
    command("peer-packages-rpm", ["rpm", "-qa", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\\n"]),
    command("peer-booleans", ["getsebool", "-a"]),
    ...certificatePaths(seen).map((path, i) =>
      command(`certificate#${i}`, certificateArgv(path), "try", 16_384),
    ),
  ];
}

/** The files of `ssl_certificate` in the configuration; one whose name holds a variable is chosen at run time. */
function certificatePaths(seen: readonly BundledCommand[]): string[] {
  const { config } = nginxView(factSet(seen, () => undefined));
  const files = new Set<string>();
  const visit = (directives: NonNullable<typeof config>["directives"]): void => {
    for (const d of directives) {
      const [path] = d.args;
      if (d.name === "ssl_certificate" && path?.startsWith("/") === true && !path.includes("$"))
        files.add(path);
      if (d.block !== undefined) visit(d.block);
    }
  };
  visit(config?.directives ?? []);
  return [...files].slice(0, MOST_CERTIFICATES);
}

/** Runs the survey; what could not be looked at is left out, as the diagnosis before it stands for itself. */
export async function survey(session: Session, seen: readonly BundledCommand[]): Promise<BundledCommand[]> {
  const commands = surveyCommands(seen);
  if (commands.length === 0) return [];
  const results = await session.runWave(commands).catch((): CommandResult[] => []);
  return results.map((r) => ({
    ...r,
    argv: [...r.argv],
    wave: 4,
    stdout: redact(r.stdout),
    stderr: redact(r.stderr),
  }));
}
