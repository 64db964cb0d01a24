import type { Approval, Outcome, VerificationPoint } from "../../src/domain/approval.ts";
import { drawApproval, drawFollowUp } from "../../src/slack/draw/approval.ts";
import type { Drawn } from "../../src/slack/draw/blocks.ts";
import { drawCall } from "../../src/slack/draw/call.ts";
import { claimView, drawClaim, sayTaken, takeOverButton } from "../../src/slack/draw/claim.ts";
import { drawAnswer } from "../../src/slack/answer.ts";
import { drawEverything } from "../../src/slack/draw/everything.ts";
import { firstStepsDoneView, firstStepsView } from "../../src/slack/draw/first-steps.ts";
import { drawGroup } from "../../src/slack/draw/group.ts";
import { homeView } from "../../src/slack/draw/home.ts";
import { newRunView } from "../../src/slack/draw/new-run.ts";
import { drawTold, drawUndrawn } from "../../src/slack/draw/instead.ts";
import { drawNote } from "../../src/slack/draw/note.ts";
import { drawReport, drawReportDetails } from "../../src/slack/draw/report.ts";
import { drawRun, type RunNow } from "../../src/slack/draw/run.ts";
import { scheduleConfirmView, scheduleView } from "../../src/slack/draw/schedule.ts";
import { denyView, loadingView, noticeView, planView } from "../../src/slack/draw/views.ts";
import { drawChannelBody } from "../../src/slack/channel-message.ts";
import { readCommand } from "../../src/slack/command.ts";
import { sayFindings } from "../../src/slack/doctor.ts";
import type { HomeData } from "../../src/slack/home-data.ts";
import type { CallBody } from "../../src/workflows/call-approvers.ts";
import { noteOf } from "../../src/wording/approval.ts";
import { aBoundFix, aCause, aDiagnosisOf } from "../support/fix-stage.ts";
import { answersFromTheBot } from "./answers.ts";
import { HOSTILE } from "./hostile.ts";
import { answersToPresses } from "./presses.ts";
import type { Piece } from "./piece.ts";
import { troubles } from "./troubles.ts";
import { ADA, approval, AT, diagnosis, LIN, manyKinds, report, run, summary } from "./samples.ts";

const OPEN: RunNow = { open: new Set(["start-shop-api"]), decided: [] };
const MEMO = { approvalId: "ap-1", channel: "C0OPS00001", threadTs: "1.2" };
const RUN = { kind: "run", runId: "run-1", host: "web-1", actor: ADA, state: "done" } as const;

const message = (name: string, { text, blocks }: Drawn): Piece => ({
  name,
  surface: "message",
  payload: { text, blocks },
});
const modal = (name: string, view: object): Piece => ({ name, surface: "modal", payload: { ...view } });
const home = (name: string, data: HomeData): Piece => ({
  name,
  surface: "home",
  payload: { ...homeView(data) },
});

/** What the logs tell of a failure, and of one that just began. */
const IMPACT = {
  requests: { vhost: "shop.example.test", sharePct: 62.5, served: 40, minutes: 5 },
  log: {
    firstAt: AT - 540_000,
    lastAt: AT - 4_000,
    count: 57,
    course: { barMs: 60_000, counts: [3, 0, 1, 4, 9, 12, 10, 11, 7] },
  },
};

const CLAIM = { host: "web-1", by: LIN, since: AT - 240_000, runId: "run-1" };

const SCHEDULE = {
  id: "sch-1",
  when: "weekdays 09:00",
  cron: "0 9 * * 1-5",
  zone: "Europe/Berlin",
  channel: "C0OPS00001",
  on: ["@web"],
  quiet: false,
  paused: false,
  owner: "people" as const,
  createdBy: ADA,
  createdAt: AT,
  countsFrom: AT,
};

/** Its next times: Monday to Wednesday at 09:00 in Berlin. */
const NEXT = [23, 24, 25].map((day) => Date.UTC(2026, 10, day, 8));

/** Everything the product can post or open, of ordinary content and of hostile. */
export async function allPieces(): Promise<Piece[]> {
  const ordinary = [
    ...runs(),
    ...approvals(),
    ...claims(),
    ...(await channels()),
    ...views(),
    ...homes(),
    ...refusals(),
    ...instead(),
    ...(await answersFromTheBot()),
    ...(await answersToPresses()),
    ...troubles(),
  ];
  const hostile = await Promise.all(
    Object.entries(HOSTILE).map(async ([kind, say]) =>
      (await hostilePieces(say)).map((p) => ({ ...p, name: `hostile-${kind}-${p.name}` })),
    ),
  );
  return [...ordinary, ...hostile.flat()];
}

function runs(): Piece[] {
  const d = diagnosis();
  const dangerous = { ...aBoundFix().fix, risk: "dangerous" as const };
  const byHand = { ...aBoundFix().fix, offered: false, because: "it would cut the connections of everybody" };
  const verdict = (name: string, change: Parameters<typeof diagnosis>[0], now = OPEN): Piece =>
    message(`run-${name}`, drawRun({ ...RUN, diagnosis: diagnosis(change) }, now));
  const seven = diagnosis({
    causes: Array.from({ length: 7 }, (_, i) => ({
      ...aCause({ title: `shop-api-${i + 1}.service is stopped`, evidence: d.causes[0]?.evidence ?? [] }),
      advice: [`Look at why it was stopped: journalctl -u shop-api-${i + 1}.service`],
    })),
  });
  const none = { causes: [], fixes: [], unrelated: [], timeline: [], blindSpots: [] };
  return [
    message("run-queued", drawRun({ ...RUN, state: "queued" }, OPEN)),
    message("run-running", drawRun({ ...RUN, state: "running", progress: "12 of 41 checks" }, OPEN)),
    message(
      "run-failed",
      drawRun(
        { ...RUN, state: "failed", failure: "the playbook asks for a check that does not exist" },
        OPEN,
      ),
    ),
    verdict("proven", {}),
    verdict("impact", { impact: IMPACT }),
    verdict("one-502", { impact: { log: { firstAt: AT, lastAt: AT, count: 1 } }, timeline: [] }),
    verdict("dangerous-fix", { fixes: [dangerous] }),
    verdict("by-hand", { fixes: [byHand] }),
    verdict("warning", { causes: d.causes.map((c) => ({ ...c, severity: "warning" as const })) }),
    verdict("undetermined", {
      verdict: "undetermined",
      causes: d.causes.map((c) => ({ ...c, grade: "unproven" as const })),
      fixes: [],
      headline:
        "shop.example.test fails with 502, and the cause cannot be told from what was seen. Possible: shop-api.service is stopped; a firewall rule drops connections to 127.0.0.1:3000.",
    }),
    verdict("unreachable", {
      ...none,
      verdict: "unreachable",
      headline: "web-1 did not answer on port 22 within 5 s.",
    }),
    verdict("healthy", { ...none, verdict: "healthy", headline: "web-1 serves all its vhosts: no 502 now." }),
    verdict("four-causes", { causes: Array.from({ length: 6 }, () => d.causes).flat() }),
    verdict("claimed", {}, { ...OPEN, claim: CLAIM }),
    verdict("late", {}, { ...OPEN, lateMs: 600_000 }),
    verdict(
      "replaced",
      {},
      { ...OPEN, replacedBy: { found: { verdict: "healthy", causes: [] }, at: AT + 60_000 } },
    ),
    verdict("replaced-failing", {}, { ...OPEN, replacedBy: { found: d, at: AT + 60_000 } }),
    verdict(
      "decided",
      {},
      { open: new Set(), decided: [`Start shop-api.service: approved by ${ADA}, running.`] },
    ),
    verdict(
      "fixed",
      {},
      {
        open: new Set(),
        decided: [`Start shop-api.service: approved by ${ADA}, ended as fixed.`],
        fixedAt: AT + 60_000,
      },
    ),
    ...drawEverything(d).map((drawn, i) => message(`everything-${i + 1}`, drawn)),
    ...drawEverything(seven).map((drawn, i) => message(`everything-seven-causes-${i + 1}`, drawn)),
  ];
}

const ENDED: Readonly<Record<Outcome, string>> = {
  fixed: "",
  "not-fixed": "nginx still answers 502 for shop.example.test after 45 seconds.",
  "rolled-back": "The unit ended again after 4 seconds; systemctl stop shop-api.service was run.",
  refused: "ActiveState was inactive, is now active.",
  interrupted: "The connection was lost while the first command ran.",
};

function pointsOf(outcome: Outcome): readonly VerificationPoint[] {
  return ["nginx answers", "another vhost", "the unit", "no new errors"].map((name, i) => {
    if (i === 3) return { name, outcome: "unknown", detail: "the error log could not be read" };
    if (i === 0 && outcome !== "fixed") return { name, outcome: "fail", detail: "0 of 3 answers were good" };
    return { name, outcome: "pass", detail: "as it should be" };
  });
}

const STATES: readonly Partial<Approval>[] = [
  { state: "requested" },
  { state: "requested", votesNeeded: 2, votes: [{ by: ADA, at: AT }] },
  { state: "approved", decidedBy: LIN, decidedAt: AT },
  { state: "applying", decidedBy: LIN, decidedAt: AT },
  { state: "denied", decidedBy: LIN, decidedAt: AT, why: "a deploy is on" },
  { state: "expired", why: "Nobody decided in time." },
  { state: "superseded" },
  ...(["fixed", "not-fixed", "rolled-back", "refused", "interrupted"] as const).map((outcome) => ({
    state: "finished" as const,
    outcome,
    decidedBy: LIN,
    decidedAt: AT,
    votes: [{ by: LIN, at: AT }],
    why: ENDED[outcome],
    // What was never run was not checked afterwards.
    ...(outcome === "refused" || outcome === "interrupted" ? {} : { verification: pointsOf(outcome) }),
  })),
];

function approvals(): Piece[] {
  const bound = aBoundFix();
  const named = (a: Approval): string =>
    `approval-${a.outcome ?? a.state}${a.votesNeeded === 1 ? "" : "-of-two"}`;
  return [
    ...STATES.map((s) => approval(s)).map((a) =>
      message(named(a), drawApproval(noteOf(a, bound.fix), a, bound)),
    ),
    ...calls(),
    message("approval-late", drawApproval(noteOf(approval(), bound.fix), approval(), bound, 600_000)),
    ...[true, false].map((relapsed) =>
      message(
        relapsed ? "follow-up-relapsed" : "follow-up-held",
        drawFollowUp(
          {
            kind: "follow-up",
            approvalId: "ap-1",
            relapsed,
            text: relapsed
              ? "web-1 answers 502 again, 5 minutes after the fix."
              : "web-1 is still well, 30 minutes after the fix.",
          },
          "run-1",
        ),
      ),
    ),
  ];
}

function calls(say?: string): Piece[] {
  const body: CallBody = {
    kind: "call",
    approvalId: "ap-1",
    runId: "run-1",
    host: "web-1",
    title: say ?? "Start shop-api.service",
    risk: "safe",
    group: "S0ONCALL01",
  };
  const call = (name: string, change: Partial<Approval>, lateMs?: number): Piece =>
    message(`call-${name}`, drawCall(body, approval(change), AT + 180_000, lateMs));
  return [
    call("on-call", {}),
    call("for-a-second-vote", { votesNeeded: 2, votes: [{ by: ADA, at: AT }] }),
    call("late", {}, 240_000),
    call("decided", { state: "denied", decidedBy: LIN, decidedAt: AT, why: say ?? "a deploy is on" }),
    call("ended", { state: "finished", outcome: "fixed", decidedBy: LIN, decidedAt: AT + 30_000 }),
    call("expired", { expiresAt: AT }),
  ];
}

function claims(host = "web-1"): Piece[] {
  const said = (["handed-over", "taken-over", "released"] as const).map((what) => {
    const other = what === "released" ? {} : { other: LIN };
    return message(
      `claim-${what}`,
      drawClaim({ kind: "claim", what, runId: "run-1", host, actor: ADA, ...other }),
    );
  });
  const taken = drawAnswer(sayTaken({ ...CLAIM, host }), [takeOverButton("run-1")]);
  return [...said, { name: "answer-taken", surface: "message", payload: { ...taken } }];
}

const NOTES = {
  failing: { title: "502 again", text: "shop-api.service is stopped, so nginx answers 502." },
  warning: { title: "a problem without a 502", text: "The certificate of shop.example.test ends in 3 days." },
  healthy: { title: "well again", text: "shop.example.test answers 200; it failed for 12 minutes." },
  unknown: { title: "cannot tell", text: "The host did not answer on port 22 within 5 s." },
} as const;

async function channels(say?: string, size = 12): Promise<Piece[]> {
  const r = report(size, say);
  const { summary: _none, ...open } = r;
  const file = async (what: "chart" | "csv"): Promise<Piece[]> => {
    const drawn = await drawChannelBody(
      { kind: "report-file", reportId: r.id, what },
      async () => r,
      undefined,
    );
    return drawn === undefined ? [] : [message(`report-${what}`, drawn)];
  };
  const moods = (["failing", "warning", "healthy", "unknown"] as const).map((mood) =>
    message(
      `note-${mood}`,
      drawNote(
        {
          kind: "note",
          mood,
          title: `web-1: ${NOTES[mood].title}`,
          text: say ?? NOTES[mood].text,
          lines: [say ?? "The alert HighErrorRate fired.", `${ADA} silenced it`],
          people: [ADA],
          userGroup: "S0ONCALL01",
        },
        600_000,
      ),
    ),
  );
  return [
    message("group-running", drawGroup({ kind: "group", report: open, done: 3 })),
    message("group", drawGroup({ kind: "group", report: r, done: size })),
    ...(say === undefined
      ? [message("group-of-many", drawGroup({ kind: "group", report: manyKinds(), done: 500 }))]
      : []),
    message("report", drawReport({ kind: "report", report: r, before: summary(size, say) })),
    message("report-details", drawReportDetails({ kind: "report-details", report: r })),
    ...(await file("chart")),
    ...(await file("csv")),
    ...moods,
  ];
}

function views(say?: string): Piece[] {
  const bound = aBoundFix();
  const fix =
    say === undefined
      ? bound.fix
      : { ...bound.fix, title: say, commands: [say, say], verify: say, rollback: say };
  const plan = (name: string, change: Partial<typeof fix>, glass: readonly string[] = []): Piece =>
    modal(`plan-${name}`, planView(approval(), { ...bound, fix: { ...fix, ...change } }, MEMO, glass));
  return [
    modal("loading", loadingView("Approve a fix")),
    modal("notice", noticeView("Approve a fix", say ?? "It has expired. Check the host again.")),
    plan("safe", {}),
    plan("disruptive", { risk: "disruptive" }),
    plan("dangerous", { risk: "dangerous" }),
    plan("edit", {
      diff: say ?? "-    proxy_pass http://127.0.0.1:3001;\n+    proxy_pass http://127.0.0.1:3000;",
    }),
    plan("break-glass", {}, [say ?? "Changes are frozen until Monday."]),
    modal("new-run", newRunView(["502", "504", "disk", "php-fpm"])),
    modal("schedule", scheduleView(["502", "504", "disk", "php-fpm"], { quiet: true, memo: "{}" })),
    modal(
      "schedule-confirm",
      scheduleConfirmView(
        { ...SCHEDULE, ...(say === undefined ? {} : { when: say, on: [say, say], playbook: say }) },
        NEXT,
        "{}",
      ),
    ),
    modal(
      "schedule-confirm-quiet",
      scheduleConfirmView({ ...SCHEDULE, quiet: true }, NEXT.slice(0, 1), "{}"),
    ),
    modal("first-steps", firstStepsView()),
    modal(
      "first-steps-done",
      firstStepsDoneView({ approvers: [ADA, LIN], group: "S0ONCALL01", channel: "C0OPS00001" }),
    ),
    modal("hand-over", claimView({ ...CLAIM, host: say ?? "web-1" }, true, JSON.stringify(MEMO))),
    modal("take-over", claimView({ ...CLAIM, host: say ?? "web-1" }, false, JSON.stringify(MEMO))),
    modal("deny", denyView("web-1", say ?? "Start shop-api.service", MEMO)),
  ];
}

function homes(say?: string): Piece[] {
  const seen = run("run-1", { diagnosis: diagnosis({}, say) });
  const bound = aBoundFix();
  const fix = say === undefined ? bound.fix : { ...bound.fix, title: say };
  const schedule = { ...SCHEDULE, on: [say ?? "@web"] };
  const empty: HomeData = {
    now: AT,
    filter: "",
    page: 0,
    pages: 1,
    found: 0,
    total: 0,
    hosts: [],
    waiting: [],
    claims: [],
    schedules: [],
    maySchedule: false,
    firstSteps: false,
    runs: [],
  };
  const full: HomeData = {
    ...empty,
    page: 3,
    pages: 25,
    found: 500,
    total: 500,
    hosts: Array.from({ length: 20 }, (_, i) => ({
      name: `web-${i + 1}`,
      ...(i === 9 ? {} : { last: seen, before: seen }),
    })),
    waiting: Array.from({ length: 15 }, (_, i) => ({
      approval: approval({ id: `ap-${i + 1}` }),
      bound: { ...bound, fix },
    })),
    claims: Array.from({ length: 30 }, (_, i) => ({
      host: say ?? `web-${i + 1}`,
      by: ADA,
      since: AT - i * 60_000,
      runId: `run-${i + 1}`,
    })),
    schedules: Array.from({ length: 15 }, (_, i) => ({ ...schedule, id: `sch-${i + 1}` })),
    maySchedule: true,
    runs: Array.from({ length: 10 }, () => seen),
  };
  return [
    home("home-nobody", empty),
    home("home-first-steps", {
      ...full,
      firstSteps: true,
      waiting: [],
      schedules: [],
      hosts: [{ name: "web-1" }],
      page: 0,
      pages: 1,
      found: 1,
      total: 1,
      runs: [],
    }),
    home("home", {
      ...full,
      ...(say === undefined ? { docs: "https://wiki.example.test/fiveohtwo" } : {}),
      waiting: full.waiting.slice(0, 1),
      claims: full.claims.slice(0, 2),
      schedules: [schedule],
      hosts: full.hosts.slice(0, 4),
      page: 0,
      pages: 1,
      found: 4,
      total: 4,
      runs: [seen],
    }),
    home("home-filtered-to-nothing", {
      ...full,
      filter: say ?? "mail",
      found: 0,
      page: 0,
      pages: 1,
      hosts: [],
    }),
    home("home-full", full),
  ];
}

/** What stands for a message that cannot be drawn, or not be posted where it belongs. */
function instead(): Piece[] {
  const verdict = drawRun({ ...RUN, diagnosis: diagnosis() }, OPEN);
  const why = "I am not in that channel: invite me with /invite @fiveohtwo";
  return [
    message("undrawn", drawUndrawn({ kind: "undrawn" })),
    message("undrawn-host", drawUndrawn({ kind: "undrawn", again: "web-1" })),
    message("told-directly", drawTold({ place: "C0OPS00001", why }, verdict)),
  ];
}

function refusals(): Piece[] {
  const well = sayFindings("web-1", [{ what: "reach", outcome: "pass", detail: "web-1 answers as ops" }]);
  const doctor: Piece = { name: "doctor-well", surface: "message", payload: { text: well } };
  const refused = ["", "web-1 --vhots x", "approve it", "web-1 --json"].flatMap((text, i) => {
    const read = readCommand(text);
    return "refused" in read
      ? [{ name: `refused-${i + 1}`, surface: "message" as const, payload: { text: read.refused } }]
      : [];
  });
  return [doctor, ...refused];
}

async function hostilePieces(say: string): Promise<Piece[]> {
  const d = diagnosis({}, say);
  const many = Array.from({ length: 8 }, () => d.causes).flat();
  const checks = Array.from({ length: 300 }, (_, i) => ({
    ...(aDiagnosisOf([]).checks[0] ?? { exitCode: 0, durationMs: 1, end: "exited" as const }),
    id: `check-${i}`,
    command: say,
  }));
  const spots = Array.from({ length: 12 }, () => d.blindSpots).flat();
  const worst = { ...d, causes: many, checks, blindSpots: spots };
  const bound = aBoundFix();
  const fix = { ...bound.fix, title: say, commands: [say, say], verify: say, rollback: say };
  const states = STATES.map((s) =>
    approval({
      ...s,
      why: say,
      ...(s.verification === undefined
        ? {}
        : { verification: s.verification.map((v) => ({ ...v, name: say, detail: say })) }),
    }),
  );
  return [
    message("run", drawRun({ ...RUN, diagnosis: worst }, OPEN)),
    message(
      "run-decided",
      drawRun(
        { ...RUN, diagnosis: worst },
        { open: new Set(), decided: Array.from({ length: 9 }, () => say) },
      ),
    ),
    message("run-running", drawRun({ ...RUN, state: "running", progress: say }, OPEN)),
    message("run-failed", drawRun({ ...RUN, state: "failed", failure: say }, OPEN)),
    ...drawEverything(worst).map((drawn, i) => message(`everything-${i + 1}`, drawn)),
    ...states.map((a, i) =>
      message(`approval-${i + 1}`, drawApproval(noteOf(a, fix, say), a, { ...bound, fix })),
    ),
    message(
      "follow-up",
      drawFollowUp({ kind: "follow-up", approvalId: "ap-1", relapsed: true, text: say }, "run-1"),
    ),
    ...calls(say),
    ...claims(say),
    ...(await channels(say, 120)),
    ...views(say),
    ...homes(say),
  ];
}
