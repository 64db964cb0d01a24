import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

/** One change of a package, by dpkg, dnf or yum. */
const packageChangeSchema = z.object({
  /** The host's local time as printed, "2026-11-20T10:22:05" (dnf: minutes only). */
  localTime: z.string(),
  action: z.string(),
  package: z.string(),
  oldVersion: z.string().optional(),
  newVersion: z.string().optional(),
});

export const dpkgLogSchema = z.object({ changes: z.array(packageChangeSchema) });
export type DpkgLog = z.infer<typeof dpkgLogSchema>;

const LINE =
  /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (install|upgrade|remove|purge) (\S{1,200}) (\S{1,200}) (\S{1,200})$/;

/** Installed, upgraded and removed packages from the end of /var/log/dpkg.log. */
export function parseDpkgLog(output: Output): DpkgLog | undefined {
  if (!ran(output) || (output.exitCode !== 0 && output.stdout === "")) return undefined;
  const lines = linesOf(output.stdout);
  const changes = lines.flatMap((line) => {
    const match = LINE.exec(line.trimEnd());
    if (match === null) return [];
    const [, day = "", time = "", action = "", name = "", oldVersion, newVersion] = match;
    const version = (text: string | undefined): string | undefined => (text === "<none>" ? undefined : text);
    return [
      {
        localTime: `${day}T${time}`,
        action,
        package: name.replace(/:[^:]{1,40}$/, ""),
        oldVersion: version(oldVersion),
        newVersion: version(newVersion),
      },
    ];
  });
  return lines.length > 0 &&
    changes.length === 0 &&
    !lines.some((line) => /^\d{4}-\d\d-\d\d \d\d:/.test(line))
    ? undefined
    : { changes };
}
