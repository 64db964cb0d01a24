import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { document } from "../../src/cli/output.ts";
import type { Command, CommandResult } from "../../src/domain/command.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import { parseWords } from "../../src/grammar/parse.ts";
import { parseNginxErrorLine } from "../../src/parsers/nginx-error-log.ts";
import { drawApproval } from "../../src/slack/draw/approval.ts";
import { drawEverything } from "../../src/slack/draw/everything.ts";
import { drawNote } from "../../src/slack/draw/note.ts";
import { drawRun } from "../../src/slack/draw/run.ts";
import { denyView, noticeView, planView } from "../../src/slack/draw/views.ts";
import { readFixValue, readMemo } from "../../src/slack/ids.ts";
import { splitWords } from "../../src/slack/words.ts";
import { SshShell } from "../../src/ssh/ssh-shell.ts";
import { noteOf } from "../../src/wording/approval.ts";
import { diagnosisText } from "../../src/wording/diagnosis-text.ts";
import { printable } from "../../src/wording/printable.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { aBoundFix, aCause, aDiagnosisOf, ANN, offerOf, Stage } from "../support/fix-stage.ts";
import { anApproval } from "../support/nouns.ts";
import { ENGINES, makePlace, type OpenedStore, type Place } from "../support/place.ts";
import { lockFile } from "../support/own-lock.ts";
import { startTestSshd, type TestSshd } from "../support/sshd.ts";
import { CANARY, HOSTILE, type Hostile, PAYLOADS, PLACES } from "./payloads.ts";

const named = HOSTILE.map((h) => [h.place, JSON.stringify(h.payload), h] as const);

test("the table is large enough, and each payload stands in it once a place", () => {
  expect(new Set(PAYLOADS).size).toBe(PAYLOADS.length);
  expect(HOSTILE.length).toBeGreaterThanOrEqual(300);
  expect(new Set(HOSTILE.map((h) => h.place)).size).toBe(PLACES.length);
});

describe("on a host's shell", () => {
  let sshd: TestSshd;
  const seen = new Map<string, CommandResult>();

  beforeAll(async () => {
    sshd = await startTestSshd();
    const session = await new SshShell().open(sshd.host("web-1"), { purpose: "fix", deadlineMs: 120_000 });
    const wave = await session.runWave(HOSTILE.map((h, i) => command(`wave-${i}`, h.text)));
    const fix = await session.runFix(
      HOSTILE.map((h, i) => command(`fix-${i}`, h.text)),
      { lock: `hostile-${process.pid}` },
    );
    for (const result of [...wave, ...fix]) seen.set(result.id, result);
    await session.close();
  }, 120_000);
  afterAll(async () => {
    await sshd.stop();
    rmSync(lockFile(`hostile-${process.pid}`), { force: true });
  });

  function command(id: string, text: string): Command {
    return { id, argv: ["printf", "[%s]", text], sudo: "never", timeoutMs: 10_000, maxBytes: 65_536 };
  }

  test.each(named)("%s %s is one argument, to a check and to a fix", (_place, _shown, h) => {
    const at = HOSTILE.indexOf(h);
    for (const id of [`wave-${at}`, `fix-${at}`])
      expect(seen.get(id)).toMatchObject({ end: "exited", exitCode: 0, stdout: `[${h.text}]`, stderr: "" });
  });

  test("none was executed", () => {
    expect(
      readdirSync(sshd.directory, { recursive: true })
        .map(String)
        .filter((f) => f.includes(CANARY)),
    ).toEqual([]);
    expect(existsSync(join(process.cwd(), CANARY))).toBe(false);
  });
});

/** A diagnosis in which everything a host or a person can name is hostile. */
function diagnosisOf({ text }: Hostile): Diagnosis {
  const cause = aCause({
    title: text,
    vhosts: [text],
    target: text,
    evidence: [{ check: text, command: text, excerpt: text }],
    ruledOut: [{ id: text, because: text }],
    consequences: [text],
    advice: [text],
  });
  const fix = {
    ...aBoundFix().fix,
    title: text,
    commands: [text],
    verify: text,
    rollback: text,
    because: text,
  };
  return aDiagnosisOf([cause], {
    host: text,
    headline: text,
    fixes: [
      { ...fix, diff: text },
      { ...fix, id: "by-hand", offered: false },
    ],
    blindSpots: [{ check: text, because: text, remedy: text }],
    unrelated: [text],
    ruledOut: [{ id: text, because: text }],
    timeline: [{ at: 1, what: text, source: "journal" }],
    traffic: [
      {
        vhost: text,
        from: 1,
        requests: 2,
        failed: 1,
        statuses: [{ status: 502, count: 1 }],
        first: 1,
        last: 1,
        paths: [{ path: text, count: 1 }],
        morePaths: 0,
        clients: [{ client: text, count: 1 }],
        moreClients: 0,
      },
    ],
    checks: [{ id: text, command: text, exitCode: 1, durationMs: 1, end: "exited" }],
  });
}

describe("in a terminal", () => {
  /** Control characters but line ends and tabs, and turns of the writing direction. */
  const ACTIVE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

  test.each(named)("%s %s does nothing", (_place, _shown, h) => {
    const d = diagnosisOf(h);
    const shown = printable(diagnosisText(d, { verbose: true }));
    expect(shown).not.toMatch(ACTIVE);
    const json = document(d).out ?? "";
    expect(json).not.toMatch(ACTIVE);
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(d)));
  });

  test.each(named)("%s %s cannot pretend to be another line of the answer", (_place, _shown, h) => {
    const shown = printable(diagnosisText(diagnosisOf(h))).split("\n");
    // Lines of the answer's own begin at the margin; what a host says stands further in.
    expect(shown.filter((l) => /^ ?(touch|\[healthy\])/.test(l))).toEqual([]);
  });
});

interface Found {
  readonly mrkdwn: string[];
  readonly elements: Record<string, unknown>[];
}

/** Every mrkdwn text of a payload as sent to Slack, and every element that is more than words. */
function inside(value: unknown, found: Found = { mrkdwn: [], elements: [] }): Found {
  if (Array.isArray(value)) for (const one of value) inside(one, found);
  else if (typeof value === "object" && value !== null) {
    const entries: Record<string, unknown> = { ...value };
    if (entries["type"] === "mrkdwn") found.mrkdwn.push(String(entries["text"]));
    if (["link", "user", "usergroup", "broadcast", "channel"].includes(String(entries["type"])))
      found.elements.push(entries);
    for (const one of Object.values(entries)) inside(one, found);
  }
  return found;
}

/** What Slack would act upon: marks in angle brackets that are not the bot's own dates and people. */
const MARK = /<(?!!date\^|@U0000000ANN>)[^>]*>/;

describe("in Slack", () => {
  test.each(named)("%s %s is mere words in every message and form", (_place, _shown, h) => {
    const d = diagnosisOf(h);
    const [fix] = d.fixes;
    if (fix === undefined) throw new Error("the diagnosis has a fix");
    const bound = { ...aBoundFix(), fix, host: h.text, vhost: h.text };
    const run = { kind: "run" as const, runId: "run-1", host: h.text, actor: ANN.id };
    const open = { open: new Set([fix.id]), decided: [] };
    const approval = anApproval("ap-1", "run-1", { host: h.text, requestedBy: ANN.id, why: h.text });
    const finished = { ...approval, state: "finished" as const, outcome: "not-fixed" as const };
    const memo = { approvalId: "ap-1", channel: "C0000FAKE1" };
    const drawn = [
      drawRun({ ...run, state: "done", diagnosis: d }, open),
      drawRun({ ...run, state: "running", progress: h.text }, open),
      drawRun({ ...run, state: "failed", failure: h.text }, open),
      ...drawEverything(d),
      drawApproval(noteOf(approval, fix, h.text), approval, bound),
      drawApproval(noteOf(finished, fix), finished, bound),
      drawNote({ kind: "note", mood: "warning", title: h.text, text: h.text, lines: [h.text] }, undefined),
    ];
    for (const { text, blocks } of drawn) {
      const found = inside(blocks);
      for (const mrkdwn of [text, ...found.mrkdwn]) expect(mrkdwn).not.toMatch(MARK);
      expect(found.elements.filter((e) => e["user_id"] !== ANN.id)).toEqual([]);
    }
    const views = [
      planView(approval, bound, memo, [h.text]),
      denyView(h.text, h.text, memo),
      noticeView(h.text, h.text),
    ];
    for (const view of views) for (const mrkdwn of inside(view).mrkdwn) expect(mrkdwn).not.toMatch(MARK);
  });

  const PRESSED = HOSTILE.filter((h) => h.place === "Slack payload" || h.place === "host");

  test.each(PRESSED.map((h) => [h.place, JSON.stringify(h.payload), h] as const))(
    "%s %s as a button's value, a form's memo, a command and a pressed id finds nothing",
    async (_place, _shown, { text }) => {
      expect(readFixValue(text)).toBeUndefined();
      expect(readFixValue(`run-1 ${text}`)).toBeUndefined();
      expect(readMemo(text)).toBeUndefined();
      const words = splitWords(text);
      const parsed = parseWords(words, "slack");
      // Either refused, or taken for a name that no inventory holds: never for another verb's work.
      expect(parsed.ok ? parsed.request.verb : "refused").toMatch(/^(diagnose|help|refused)$/);
      const s = await new Stage().set();
      const pressed = await pressOffer(s.world(), { runId: text, fixId: text, actor: ANN });
      expect(pressed.kind).toBe("no-such-offer");
      expect(s.host.ran).toEqual([]);
    },
  );
});

describe("in a log", () => {
  const LINES = HOSTILE.filter((h) => h.place === "log line");

  test.each(LINES.map((h) => [JSON.stringify(h.payload), h] as const))(
    "%s stays where it stands",
    (_shown, h) => {
      const [first = ""] = h.text.split("\n");
      const record = parseNginxErrorLine(first);
      expect(record).toMatchObject({ level: "error", class: "connect-failed" });
      // What the line says of the upstream is not what its request says.
      const upstream = JSON.stringify(record?.upstream ?? "127.0.0.1:3000");
      expect(upstream).toContain("127.0.0.1:3000");
      expect(upstream).not.toContain("evil");
    },
  );
});

for (const { engine, skipped } of ENGINES) {
  describe.skipIf(skipped)(`in the state on ${engine}`, () => {
    let place: Place;
    let store: OpenedStore;
    beforeAll(async () => {
      place = await makePlace(engine);
      store = await place.open();
    }, 60_000);
    afterAll(() => place.end());

    test.each(named)("%s %s is stored as it is, and finds only itself", async (_place, _shown, h) => {
      const at = HOSTILE.indexOf(h);
      const id = `run-${at}`;
      const bound = { ...aBoundFix({ runId: id }), host: h.text };
      await store.transaction(async (tx) => {
        const request = { host: h.text, playbook: h.text };
        await tx.insertRun({ id, request, actor: { ...ANN, id: h.text }, state: "queued", createdAt: at });
        await tx.finishRun(id, "done", at, diagnosisOf(h));
        await tx.insertOffers([offerOf(bound, at)]);
        await tx.insertApproval(anApproval(`ap-${at}`, id, { host: h.text, why: h.text }));
        await tx.audit({
          at,
          actor: h.text,
          via: "slack",
          action: h.text,
          host: h.text,
          detail: { text: h.text },
        });
      });
      expect(await store.run(id)).toMatchObject({
        request: { host: h.text },
        diagnosis: { headline: h.text },
      });
      const ids = HOSTILE.flatMap((o, i) => (o.text === h.text && i <= at ? [`run-${i}`] : []));
      const mine = await store.runs({ host: h.text, limit: 10 });
      expect(mine.map((r) => r.id).toSorted()).toEqual(ids.toSorted());
      expect((await store.approvals({ host: h.text, limit: 10 })).map((a) => a.host)).toEqual(
        ids.map(() => h.text),
      );
      expect(await store.lease(h.text, h.text, 1_000)).toBe(true);
      await store.release(h.text, h.text);
    });

    test("all tables stand, and the audit chain holds", async () => {
      expect(await store.runs({ limit: 1_000 })).toHaveLength(HOSTILE.length);
      expect(await store.auditVerify()).toMatchObject({ entries: HOSTILE.length });
      expect(await store.auditVerify()).not.toHaveProperty("brokenAt");
    });
  });
}
