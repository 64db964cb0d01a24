import type { Shell } from "../../src/workflows/ports.ts";

/**
 * A shell whose fixes take a lock of their own: the hosts of tests are all this machine, and what another test fixes
 * there is none of theirs.
 */
export function withOwnLock(shell: Shell, lock: string): Shell {
  return {
    open: async (host, opts) => {
      const session = await shell.open(host, opts);
      return {
        hostKey: session.hostKey,
        runWave: (commands, onResult) => session.runWave(commands, onResult),
        runFix: (commands, how) => session.runFix(commands, { ...how, lock }),
        close: () => session.close(),
      };
    },
  };
}

/** Where the script of a fix keeps a lock of that name, on a machine that has the usual folder. */
export function lockFile(lock: string): string {
  return `/run/lock/fiveohtwo-${lock}.lock`;
}
