import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Bundle } from "../../src/domain/bundle.ts";
import type { Command, CommandResult } from "../../src/domain/command.ts";
import type { Session, Shell } from "../../src/workflows/ports.ts";

/** A bundle recorded on a real host, from test/workflows/bundles. */
export function recorded(name: "healthy" | "stopped"): Bundle {
  const file = join(import.meta.dirname, "..", "workflows", "bundles", `${name}.json.gz`);
  return Bundle.parse(JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")));
}

/** What a host does when it is asked: the bundle it answers from, or the error its connection ends with. */
export type Replies = (host: string) => Bundle | Error | Promise<Bundle | Error>;

/** A shell whose hosts answer each command as the bundle recorded it; `opened` counts the connections. */
export function replayedShell(
  replies: Replies,
  extra: Readonly<Record<string, string>> = {},
): Shell & { opened: string[]; open: Shell["open"] } {
  const opened: string[] = [];
  return {
    opened,
    open: async (host): Promise<Session> => {
      opened.push(host.name);
      const bundle = await replies(host.name);
      if (bundle instanceof Error) throw bundle;
      return {
        hostKey: bundle.hostKey,
        runWave: async (commands, onResult) =>
          commands.map((c) => {
            const result = answer(bundle, c, extra);
            onResult?.(result);
            return result;
          }),
        runFix: async () => [],
        close: async () => undefined,
      };
    },
  };
}

function answer(bundle: Bundle, command: Command, extra: Readonly<Record<string, string>>): CommandResult {
  const own = extra[command.argv.join(" ")];
  const words = (argv: readonly string[]): string =>
    JSON.stringify(
      argv.filter((w) => !w.startsWith("fiveohtwo/") && !(argv[0] === "journalctl" && w === "-r")),
    );
  const found =
    bundle.commands.find((c) => words(c.argv) === words(command.argv)) ??
    bundle.commands.find((c) => c.id === command.id);
  const nothing = {
    stdout: "",
    stderr: "not recorded",
    exitCode: null,
    end: "missing",
    durationMs: 1,
    privileged: false,
  } as const;
  const said =
    own === undefined
      ? (found ?? nothing)
      : { ...nothing, stdout: own, stderr: "", exitCode: 0, end: "exited" as const };
  return { ...said, id: command.id, argv: command.argv };
}
