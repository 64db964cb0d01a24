import type { VerificationPoint } from "../domain/approval.ts";
import type { CheckReport, Diagnosis } from "../domain/diagnosis.ts";
import type { BoundFix } from "../domain/fix.ts";
import { sayStatus } from "../wording/verification.ts";
import { sayRoom } from "./judge-fix.ts";
import type { Verified } from "./verify-fix.ts";

type Point = Omit<VerificationPoint, "name">;

/** The ten things to check after a repair, in the order of the owner's articles. */
export const POINT_NAMES = [
  "direct to the backend",
  "through nginx",
  "error log",
  "process running",
  "port or socket listening",
  "nginx -t",
  "effective time-outs",
  "upstream state",
  "permissions",
  "boot enablement and monitoring",
] as const;

const TIMEOUTS = /time-?out|harakiri|slow/;
const UPSTREAM = /^(no-live-upstreams|one-of-n-upstreams-down|all-servers-down)/;
const PERMISSIONS = /permission|selinux|apparmor|socket-dir|private-tmp|temp-dir/;

/**
 * The ten points from the probes after the fix and the diagnosis made again; what could not be looked at is
 * "unknown", never "pass".
 * @param after the diagnosis made again; undefined when it could not be made
 */
export function verificationPoints(
  bound: BoundFix,
  v: Verified,
  after: Diagnosis | undefined,
): VerificationPoint[] {
  const seen = after === undefined || after.verdict === "unreachable" ? undefined : after;
  if (v.plan.target === null && v.plan.unit === undefined && v.plan.fronts.length === 0)
    return hostPoints(bound, v, seen);
  const points: Point[] = [
    direct(v),
    throughNginx(v),
    errorLog(bound, v, seen),
    processRunning(v),
    listening(v),
    nginxTest(seen),
    timeouts(v, seen),
    byCauses(seen, UPSTREAM, ["nginx-config"], "no upstream group is out of live servers"),
    byCauses(
      seen,
      PERMISSIONS,
      ["tcp-listeners", "unix-listeners", "selinux-mode"],
      "nothing is denied by file modes, SELinux or AppArmor",
    ),
    boot(v, bound),
  ];
  return points.map((p, i) => ({ name: POINT_NAMES[i] ?? "", ...p }));
}

/** Of a fix that mends the host and no one backend: what it mends, and that nginx serves. */
function hostPoints(bound: BoundFix, v: Verified, seen: Diagnosis | undefined): VerificationPoint[] {
  const points: VerificationPoint[] = [
    { name: "the cause", ...causeGone(bound, seen) },
    { name: POINT_NAMES[1], ...vhostsServed(seen) },
    { name: POINT_NAMES[2], ...errorLog(bound, v, seen) },
    { name: POINT_NAMES[5], ...nginxTest(seen) },
  ];
  return v.plan.room === undefined ? points : [{ name: "space free now", ...room(v) }, ...points];
}

function room(v: Verified): Point {
  const said = sayRoom(v);
  if (v.room === "gained") return pass(said);
  return v.room === "none" ? fail(`no more than before: ${said}`) : unknown(said || "df could not be run");
}

function causeGone(bound: BoundFix, d: Diagnosis | undefined): Point {
  if (d === undefined) return unknown("the host could not be diagnosed again");
  if (d.verdict === "undetermined") return unknown("the diagnosis could not tell");
  const still = d.causes.find((c) => c.id === bound.fix.causeId && c.grade !== "unproven");
  return still === undefined ? pass("the new diagnosis does not find it any more") : fail(still.title);
}

function vhostsServed(d: Diagnosis | undefined): Point {
  if (d === undefined) return unknown("the host could not be diagnosed again");
  const failing = d.causes.find((c) => c.severity === "critical");
  if (failing !== undefined) return fail(failing.title);
  if (d.verdict === "undetermined") return unknown("the diagnosis could not tell");
  return pass("the new diagnosis finds no vhost that fails");
}

const unknown = (detail: string): Point => ({ outcome: "unknown", detail });
const pass = (detail: string): Point => ({ outcome: "pass", detail });
const fail = (detail: string): Point => ({ outcome: "fail", detail });
const warn = (detail: string): Point => ({ outcome: "warn", detail });

function direct({ plan, after }: Verified): Point {
  const { target } = plan;
  if (target === null) return unknown("the fix names no backend");
  if (target.startsWith("unix:"))
    return unknown(`${target} is not asked directly: the socket's protocol may not be HTTP`);
  const a = after.direct;
  if (a?.status === undefined) return unknown(`${target} could not be asked`);
  if (a.status > 0) return pass(`${target} answers ${a.status}`);
  if (a.curl === 7) return fail(`${target} refuses the connection`);
  if (a.curl === 28) return fail(`${target} does not answer in time`);
  return unknown(`${target} accepts the connection but does not answer in plain HTTP`);
}

function throughNginx({ plan, before, after, symptom, streak }: Verified): Point {
  if (plan.fronts.length === 0) return unknown("no request through nginx is known to be harmless");
  const said = after.fronts.map(({ probe, answer }, i) => {
    const then = before?.fronts[i];
    const was = then === undefined ? "" : ` (before: ${sayStatus(then.answer.status)})`;
    return `${probe.vhost}${probe.path} answers ${sayStatus(answer.status)}${was}`;
  });
  const detail = said.join("; ");
  if (symptom === "gone") return pass(`${detail}, ${streak} times in a row`);
  return symptom === "unknown" ? unknown(detail) : fail(detail);
}

/** The instances of a check: "error-logs", "error-logs#2". */
function ran(d: Diagnosis, ids: readonly string[]): CheckReport[] {
  return d.checks.filter((c) => ids.includes(c.id.split("#")[0] ?? ""));
}

function looked(d: Diagnosis, ids: readonly string[]): boolean {
  return ran(d, ids).some((c) => c.end === "exited" || c.end === "cut");
}

const LOGS = ["error-log", "error-logs", "error-logs-again"];

/** By the place that the log had come to before the fix, and by what the new diagnosis reads in it. */
function errorLog(bound: BoundFix, { log, plan }: Verified, d: Diagnosis | undefined): Point {
  const kind = `of this kind (${plan.log?.class})`;
  if (log !== undefined && log.afterwards > 0)
    return fail(`${log.afterwards} new lines ${kind} in ${plan.log?.path} since it answers well`);
  if (log !== undefined && log.since > 0)
    return pass(`no new line ${kind} since it answers well; ${log.since} came while the fix ran`);
  if (d === undefined && log !== undefined)
    return pass(`no new line ${kind} in ${plan.log?.path} since the fix`);
  if (d === undefined) return unknown("the host could not be diagnosed again");
  const loud = d.causes.filter(
    (c) => c.severity === "critical" && c.evidence.some((e) => e.ground !== true && LOGS.includes(e.check)),
  );
  const again = loud.find((c) => c.id === bound.fix.causeId) ?? loud[0];
  if (again !== undefined) return fail(`it still tells of ${again.title}`);
  if (!looked(d, LOGS)) return unknown("the error log could not be read");
  return pass(
    log === undefined
      ? "the new diagnosis reads nothing of this kind in it"
      : `no new line ${kind} in ${plan.log?.path} since the fix`,
  );
}

function processRunning({ plan, unit, after }: Verified): Point {
  const now = after.unit;
  const seconds = Math.round(plan.stableMs / 1000);
  if (plan.unit !== undefined && now !== undefined) {
    const said = `${plan.unit} is ${now.active} (${now.sub}), pid ${now.pid}, ${now.restarts} restarts`;
    if (unit === "stable") return pass(`${said}, unchanged for ${seconds} s`);
    if (unit === "restarted") return fail(`${said}: it was restarted while it was watched`);
    return unit === "down" ? fail(said) : unknown(said);
  }
  const owner = after.listening?.owner;
  if (owner !== undefined) return pass(`${owner} owns the listener`);
  return unknown(
    plan.unit === undefined
      ? "no unit is known, and the listener's owner is not visible"
      : `${plan.unit} could not be asked`,
  );
}

function listening({ plan, after }: Verified): Point {
  if (plan.target === null) return unknown("the fix names no port or socket");
  const l = after.listening;
  if (l?.found === true)
    return pass(`${plan.target} is listened on${l.owner === undefined ? "" : ` by ${l.owner}`}`);
  if ((after.direct?.status ?? 0) > 0) return pass(`${plan.target} accepts connections`);
  return l === undefined
    ? unknown("the listeners could not be read")
    : fail(`nothing listens on ${plan.target}`);
}

function nginxTest(d: Diagnosis | undefined): Point {
  if (d === undefined) return unknown("the host could not be diagnosed again");
  const tested = d.checks.filter(
    (c) => /(^|\s|\/)nginx\s(.*\s)?-[tT](\s|$)/.test(c.command) && c.end === "exited",
  );
  if (tested.length === 0) return unknown("nginx -t could not be run");
  const bad = tested.find((c) => c.exitCode !== 0);
  return bad === undefined
    ? pass("the configuration is valid")
    : fail(`${bad.command} ends with exit code ${bad.exitCode ?? "unknown"}`);
}

function timeouts(v: Verified, d: Diagnosis | undefined): Point {
  const slow = d?.causes.find((c) => c.status === 504 || TIMEOUTS.test(c.id));
  if (slow !== undefined) return slow.severity === "critical" ? fail(slow.title) : warn(slow.title);
  const times = v.after.fronts.flatMap((f) =>
    f.good === true && f.answer.seconds !== undefined ? [f.answer.seconds] : [],
  );
  if (d === undefined || times.length === 0 || !looked(d, ["nginx-config"]))
    return unknown("no answer to compare with nginx's time-outs");
  return pass(`answered within ${Math.round(Math.max(...times) * 1000)} ms, and nginx ran into no time-out`);
}

/** Judged by what the diagnosis found: a cause of the kind fails, a clean look passes, a blind one is unknown. */
function byCauses(d: Diagnosis | undefined, kind: RegExp, needs: readonly string[], clean: string): Point {
  if (d === undefined) return unknown("the host could not be diagnosed again");
  const found = d.causes.find((c) => kind.test(c.id));
  if (found !== undefined) return found.severity === "critical" ? fail(found.title) : warn(found.title);
  if (d.verdict === "undetermined") return unknown("the diagnosis could not tell");
  return looked(d, needs) ? pass(clean) : unknown("it could not be looked at");
}

const STARTS_AT_BOOT = new Set(["enabled", "enabled-runtime", "static", "indirect", "generated", "alias"]);

function boot({ plan, after }: Verified, bound: BoundFix): Point {
  const watch = "the bot looks again in 5 and 30 minutes";
  const state = after.unit?.boot ?? "";
  if (plan.unit === undefined || state === "")
    return unknown(`not known whether it starts at boot; ${watch}`);
  if (STARTS_AT_BOOT.has(state)) return pass(`${plan.unit} is ${state}; ${watch}`);
  return warn(`${plan.unit} is ${state}: it will not be back after a reboot of ${bound.host}; ${watch}`);
}
