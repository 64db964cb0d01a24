import type { Command, CommandResult } from "../domain/command.ts";
import type { Session } from "./ports.ts";

const NO_ANSWER = new Set<CommandResult["end"]>(["timed-out", "unreachable"]);

/**
 * A session that asks the host each question once: playbooks share most of their checks, and a busy host is asked for
 * the same thing no second time. What had no answer is asked again.
 */
export function rememberingSession(session: Session): Session {
  const known = new Map<string, CommandResult>();
  const keyOf = ({ argv, sudo, runAs, maxBytes }: Command): string =>
    JSON.stringify([argv, sudo, runAs ?? null, maxBytes]);
  return {
    hostKey: session.hostKey,
    runWave: async (commands, onResult) => {
      const open = commands.filter((c) => !known.has(keyOf(c)));
      const asked = open.length === 0 ? [] : await session.runWave(open, onResult);
      const fresh = new Map(asked.map((r) => [r.id, r]));
      for (const c of open) {
        const r = fresh.get(c.id);
        if (r !== undefined && !NO_ANSWER.has(r.end)) known.set(keyOf(c), r);
      }
      return commands.flatMap((c) => {
        const own = fresh.get(c.id);
        if (own !== undefined) return [own];
        const before = known.get(keyOf(c));
        if (before === undefined) return [];
        const again = { ...before, id: c.id };
        onResult?.(again);
        return [again];
      });
    },
    runFix: (commands, opts) => session.runFix(commands, opts),
    close: () => session.close(),
  };
}
