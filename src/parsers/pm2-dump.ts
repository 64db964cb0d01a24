import { z } from "zod";
import { ran, toJson, type Output } from "./output.ts";
import { appOf, pm2AppSchema } from "./pm2-jlist.ts";

export const pm2DumpSchema = z.object({
  apps: z.array(
    pm2AppSchema.pick({
      name: true,
      namespace: true,
      execPath: true,
      cwd: true,
      execMode: true,
      instances: true,
      port: true,
    }),
  ),
});
export type Pm2Dump = z.infer<typeof pm2DumpSchema>;

/** What `pm2 resurrect` would start: the apps of ~/.pm2/dump.pm2 (the file's text on standard output). */
export function parsePm2Dump(output: Output): Pm2Dump | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const value = toJson(output.stdout);
  if (!Array.isArray(value)) return undefined;
  const items: readonly unknown[] = value;
  return {
    apps: items
      .flatMap((item) => appOf(item))
      .map(({ name, namespace, execPath, cwd, execMode, instances, port }) => ({
        name,
        namespace,
        execPath,
        cwd,
        execMode,
        instances,
        port,
      })),
  };
}
