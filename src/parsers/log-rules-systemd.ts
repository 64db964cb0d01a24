import { rule, type Rule } from "./log-event.ts";

const UNIT = String.raw`(?<unit>[\w:.\\@-]{1,256}\.(?:service|socket|target|mount|scope|timer))`;
const about = (text: string): RegExp => new RegExp(`^${UNIT}: ${text}`);

/** Lines that systemd writes about a unit; their words are those of src/core in systemd 219 to 257. */
export const SYSTEMD_RULES: readonly Rule[] = [
  rule(
    "main-exited",
    about(String.raw`Main process exited, code=exited, status=(?<code>\d{1,3})(?:/(?<name>[\w-]+))?`),
  ),
  rule(
    "main-exited",
    about(String.raw`Main process exited, code=(?:killed|dumped), status=\d{1,3}/(?<signal>[\w+-]+)`),
  ),
  rule("failed", about(String.raw`Failed with result '(?<result>[\w-]+)'`)),
  rule("failed", about(String.raw`Unit entered failed state`)),
  rule(
    "scheduled-restart",
    about(String.raw`Scheduled restart job, restart counter is at (?<count>\d{1,9})`),
  ),
  rule("start-limit", about(String.raw`Start request repeated too quickly`)),
  rule("start-limit", about(String.raw`(?:Start-limit hit|start request repeated too quickly)`)),
  rule(
    "left-over-process",
    about(String.raw`Found left-over process (?<pid>\d{1,10}) \((?<name>[^)]{0,64})\)`),
  ),
  rule(
    "remains-running",
    about(
      String.raw`Unit process (?<pid>\d{1,10}) \((?<name>[^)]{0,64})\) remains running after unit stopped`,
    ),
  ),
  rule("oom-killed", about(String.raw`A process of this unit has been killed by the OOM killer`)),
  rule(
    "exec-step-failed",
    about(
      String.raw`Failed at step (?<step>[A-Z_]{2,40}) spawning (?<path>[^:]{1,1000}): (?<detail>.{1,200})`,
    ),
  ),
  rule(
    "exec-step-failed",
    about(
      String.raw`Failed to (?:locate|find|execute) (?:executable|command:?) (?<path>[^:]{1,1000}): (?<detail>.{1,200})`,
    ),
  ),
  rule(
    "exec-step-failed",
    about(String.raw`Changing to the requested working directory failed: (?<detail>.{1,200})`),
  ),
  rule("env-file-missing", about(String.raw`Failed to load environment files: (?<detail>.{1,200})`)),
  rule("start-timeout", about(String.raw`[Ss]tart(?:-pre|-post)? operation timed out`)),
  rule("stop-timeout", about(String.raw`State '(?<step>[\w-]+)' timed out`)),
  rule("watchdog-timeout", about(String.raw`Watchdog timeout`)),
  rule("deactivated", about(String.raw`(?:Deactivated successfully|Succeeded)\.`)),
  rule("dependency-failed", about(String.raw`Job \S+ failed with result 'dependency'`)),
  rule(
    "unit-invalid",
    about(String.raw`(?:Service has no ExecStart=|Unit .{0,40}has a bad unit file setting|Refusing)`),
  ),
  rule("dependency-failed", /^Dependency failed for (?<name>.{1,200}?)\.?$/),
  rule("condition-failed", /^Condition check resulted in (?<name>.{1,200}?) being skipped/),
  rule(
    "condition-failed",
    /^(?<name>.{1,200}?) was skipped because (?:of an unmet condition check|no trigger condition)/,
  ),
  rule("start-failed", /^Failed to start (?<name>.{1,200}?)\.?$/),
  rule("starting", /^Starting (?<name>[^(].{0,200}?)\.{3}$/),
  rule("started", /^Started (?<name>.{1,200}?)\.$/),
  rule("stopping", /^Stopping (?<name>.{1,200}?)\.{3}$/),
  rule("stopped", /^Stopped (?<name>.{1,200}?)\.$/),
  rule("reloaded", /^Reloaded (?<name>.{1,200}?)\.$/),
];
