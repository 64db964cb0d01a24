import type { Unit } from "../parsers/systemctl-show.ts";

/** Linux's signal numbers (signal(7)), those that end programs; they are the same on x86 and ARM. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
  24: "SIGXCPU, its CPU time was used up",
  25: "SIGXFSZ, a file became too large",
  31: "SIGSYS, for a system call that its unit does not allow",
};

/** systemd.exec(5), "process exit codes", and systemd.service(5), Result=. */
const RESULTS: Readonly<Record<string, string>> = {
  timeout: "a time limit of the unit was over (start, run or stop)",
  watchdog: "systemd's watchdog got no sign of life from it",
  protocol: "it did not report to systemd as its Type= asks",
  "oom-kill": "it was killed for want of memory",
  "start-limit-hit": "it was restarted too often",
  resources: "systemd could not set up what it needs",
  dependency: "a unit that it needs did not start",
};

/** How a unit's last run ended, in words; undefined where it did not fail. */
export function endOf(unit: Pick<Unit, "result" | "execMainStatus">): string | undefined {
  const { result, execMainStatus: status } = unit;
  if (result === undefined || result === "success") return undefined;
  if (result === "exit-code") return status === undefined ? undefined : `it ended with exit code ${status}`;
  if (result === "signal" || result === "core-dump")
    return status === undefined ? undefined : `it was killed by ${SIGNALS[status] ?? `signal ${status}`}`;
  return RESULTS[result] ?? result;
}
