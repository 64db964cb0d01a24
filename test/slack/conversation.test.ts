import { afterEach, describe, expect, test } from "vitest";
import type { Message } from "../../src/playground/workspace/state/messages.ts";
import { FIELDS } from "../../src/slack/ids.ts";
import { aBoundFix, aCause, aDiagnosisOf } from "../support/fix-stage.ts";
import { type BotOptions, type SlackBot, startBot } from "../support/slack-bot.ts";
import { until } from "../support/place.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

const FIX = "fix:start-shop-api";
const blocks = (m: { blocks: unknown }): string => JSON.stringify(m.blocks);

/** Types the command and waits for the verdict. */
async function verdictOf(options: BotOptions = {}): Promise<Message> {
  bot = await startBot(options);
  await bot.ws.postCommand("ada", "ops", "/502 web-1");
  return bot.ws.waitForMessage("ops", (m) => blocks(m).includes(FIX));
}

/** A person's screen that still shows the button, after everybody else's has lost it. */
function keepButton(verdict: Message): () => Promise<void> {
  const old = structuredClone(verdict.blocks);
  return async () => {
    await bot.ws.waitForMessage("ops", (m) => m.ts === verdict.ts && !blocks(m).includes(FIX));
    verdict.blocks = old;
  };
}

/** Presses the fix's button and waits for the plan. */
async function planFor(user: string, verdict: Message): Promise<string> {
  await bot.ws.click(user, verdict, FIX);
  const view = await bot.ws.waitForView(user, (v) => !JSON.stringify(v.payload).includes("One moment"));
  return JSON.stringify(view.payload);
}

describe("a verdict and its fix", () => {
  test("command, verdict, press, plan, approval, fixed: the buttons are gone", async () => {
    const verdict = await verdictOf();
    const { ws } = bot;
    expect(verdict.text).toContain("502 now on web-1: shop-api.service is stopped.");
    const plan = await planFor("ada", verdict);
    for (const part of [
      "sudo systemctl start shop-api.service",
      "safe: nothing that works now is stopped.",
      "ActiveState is inactive",
      "<!date^",
    ]) {
      expect(plan).toContain(part);
    }
    expect(await ws.submitView("ada", { "reason/reason": "customers wait" })).toMatchObject({
      outcome: "cleared",
    });
    const fixed = await ws.waitForMessage("ops", (m) =>
      m.text.startsWith("Fixed: Start shop-api.service on web-1"),
    );
    expect(fixed.threadTs).toBe(verdict.ts);
    expect(blocks(fixed)).toContain("of 10 ok");
    await ws.waitForMessage("ops", (m) => m.ts === verdict.ts && !blocks(m).includes(FIX));
    const old = await ws.waitForMessage(
      "ops",
      (m) => m.ts === verdict.ts && blocks(m).includes("ended as fixed"),
    );
    expect(old.text).toContain("Earlier: 502 on web-1; then: fixed: shop-api.service is stopped.");
    expect(blocks(old)).not.toMatch(/502 now|To tell users|Nobody has it|I have it/);
    expect(bot.host.ran).toEqual(["systemctl start shop-api.service"]);
    expect(ws.messages("ops")).toHaveLength(1);
    expect(ws.thread("ops", verdict.ts)).toHaveLength(2);
  });

  test("a second press finds who decided; a second approval finds itself too late", async () => {
    const verdict = await verdictOf();
    const { ws } = bot;
    const showButton = keepButton(verdict);
    await planFor("ada", verdict);
    await planFor("lin", verdict);
    await ws.submitView("ada", {});
    await ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
    expect(await ws.submitView("lin", {})).toMatchObject({ outcome: "updated" });
    expect(JSON.stringify(ws.view("lin")?.payload)).toContain("U0ADA00001");
    await ws.closeView("lin");
    await showButton();
    expect(await planFor("lin", verdict)).toContain("it ended as fixed");
    expect(bot.host.ran).toHaveLength(1);
  });

  test("denied with a reason: it stands in the thread, and nothing runs", async () => {
    const verdict = await verdictOf();
    const { ws } = bot;
    const showButton = keepButton(verdict);
    await planFor("ada", verdict);
    await ws.closeView("ada");
    const asked = await ws.waitForMessage("ops", (m) => m.text.includes("asks to run on web-1"));
    await ws.click("lin", asked, "deny");
    await ws.waitForView("lin", (v) => v.payload["callback_id"] === "deny-fix");
    expect(await ws.submitView("lin", {})).toMatchObject({ outcome: "errors" });
    expect(await ws.submitView("lin", { "reason/reason": "a deploy is on" })).toMatchObject({
      outcome: "cleared",
    });
    const denied = await ws.waitForMessage("ops", (m) => m.ts === asked.ts && m.text.includes("denied"));
    expect(denied.text).toContain("<@U0LIN00002> denied");
    expect(blocks(denied)).toContain("a deploy is on");
    expect(blocks(denied)).not.toContain('"action_id":"approve"');
    expect(bot.host.ran).toEqual([]);
    await showButton();
    expect(await planFor("ada", verdict)).toContain("denied it");
  });

  test("denied from within the plan: the reason is asked for on top", async () => {
    const verdict = await verdictOf();
    await planFor("ada", verdict);
    await bot.ws.clickInView("ada", "modal", "deny");
    await bot.ws.waitForView("ada", (v) => v.payload["callback_id"] === "deny-fix");
    expect(await bot.ws.submitView("ada", { "reason/reason": "not now" })).toMatchObject({
      outcome: "cleared",
    });
    await bot.ws.waitForMessage("ops", (m) => m.text.includes("denied"));
  });

  test("a second approver is waited for and shown the plan by the thread's button", async () => {
    const verdict = await verdictOf({
      access: () => ({ allowed: true, approvals: 2, fourEyes: false, why: "" }),
    });
    const { ws } = bot;
    await planFor("ada", verdict);
    expect(await ws.submitView("ada", {})).toMatchObject({ outcome: "updated" });
    expect(bot.host.ran).toEqual([]);
    const asked = await ws.waitForMessage("ops", (m) => m.text.includes("1 of 2 approvals"));
    await ws.click("lin", asked, "approve");
    await ws.waitForView("lin", (v) => v.payload["callback_id"] === "approve-fix");
    expect(await ws.submitView("lin", {})).toMatchObject({ outcome: "cleared" });
    await ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
  });

  test("a dangerous fix wants the host's name typed, and says so at the field", async () => {
    const dangerous = { fix: { ...aBoundFix().fix, risk: "dangerous" as const } };
    const verdict = await verdictOf({ bound: dangerous });
    const { ws } = bot;
    await planFor("ada", verdict);
    const name = `${FIELDS.hostName}/${FIELDS.hostName}`;
    expect(await ws.submitView("ada", { [name]: "web-2" })).toMatchObject({
      outcome: "errors",
      errors: { [FIELDS.hostName]: expect.stringContaining("web-1") },
    });
    expect(await ws.submitView("ada", { [name]: "web-1" })).toMatchObject({ outcome: "updated" });
    expect(bot.host.ran).toEqual([]);
  });

  test("an approval that expired meanwhile says so to who submits it", async () => {
    const verdict = await verdictOf();
    const { ws } = bot;
    await planFor("ada", verdict);
    bot.clock.shift += 11 * 60_000;
    expect(await ws.submitView("ada", {})).toMatchObject({ outcome: "updated" });
    expect(JSON.stringify(ws.view("ada")?.payload)).toContain("expired");
    expect(bot.host.ran).toEqual([]);
  });

  test("an offer older than an hour says so", async () => {
    const verdict = await verdictOf();
    bot.clock.shift += 61 * 60_000;
    expect(await planFor("ada", verdict)).toContain("This offer ended");
  });

  test("who may not approve is told why, and no approval is asked for", async () => {
    const verdict = await verdictOf({
      access: () => ({ allowed: false, approvals: 0, fourEyes: false, why: "only @oncall may approve" }),
    });
    expect(await planFor("ada", verdict)).toContain("only @oncall may approve");
    expect(await bot.store.approvals({ limit: 10 })).toEqual([]);
  });

  test("a newer run of the host takes the older one's buttons away", async () => {
    const verdict = await verdictOf();
    const { ws } = bot;
    await ws.postCommand("lin", "ops", "/502 web-1");
    await ws.waitForMessage("ops", (m) => m.ts !== verdict.ts && blocks(m).includes(FIX));
    const old = await ws.waitForMessage("ops", (m) => m.ts === verdict.ts && !blocks(m).includes(FIX));
    expect(blocks(old)).toContain("newer diagnosis");
  });

  test("a fix that is stopped: who asked for it is answered", async () => {
    const verdict = await verdictOf();
    const { ws } = bot;
    await planFor("ada", verdict);
    await ws.submitView("ada", {});
    const fixed = await ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
    const [approval] = await bot.store.approvals({ limit: 1 });
    const stop = {
      type: "actions",
      block_id: "late",
      elements: [{ type: "button", action_id: "cancel", value: approval?.id }],
    };
    // A press on a button that has gone meanwhile.
    fixed.blocks = [stop];
    await ws.click("lin", fixed, "cancel");
    const said = await ws.waitForMessage("ops", (m) => m.ephemeralFor === "U0LIN00002");
    expect(said.text).toContain("<@U0ADA00001> approved it");
  });
});

describe("a verdict without a fix", () => {
  test("show everything replies once in the thread", async () => {
    const verdict = await verdictOf();
    const { ws } = bot;
    await ws.click("lin", verdict, "everything");
    await ws.waitForMessage("ops", (m) => m.threadTs === verdict.ts && m.text.includes(": Checks"));
    const nameOf = (id: string | undefined): string => ws.state.files.find(id ?? "")?.name ?? "";
    await ws.waitForMessage(
      "ops",
      (m) => m.threadTs === verdict.ts && nameOf(m.files[0]).endsWith(".json.gz"),
    );
    const files = ws.thread("ops", verdict.ts).flatMap((m) => m.files.map(nameOf));
    expect(files).toEqual([
      expect.stringMatching(/^web-1-run-.*\.diagnosis\.json$/),
      expect.stringMatching(/^web-1-run-.*\.json\.gz$/),
    ]);
    const replies = ws.thread("ops", verdict.ts).length;
    await ws.click("lin", verdict, "everything");
    await ws.waitForMessage("ops", (m) => m.ephemeralFor === "U0LIN00002" && m.text.includes("already"));
    expect(ws.thread("ops", verdict.ts)).toHaveLength(replies);
  });

  test("unreachable: the sentence, and a button that checks again in the thread", async () => {
    const find = (host: string, runId: string) =>
      aDiagnosisOf([], {
        host,
        runId,
        verdict: "unreachable",
        headline: `${host} cannot be reached: connection refused by 198.51.100.7 port 22.`,
      });
    bot = await startBot({ find });
    const { ws } = bot;
    await ws.postCommand("ada", "ops", "/502 web-1");
    const verdict = await ws.waitForMessage("ops", (m) => m.text.startsWith("Unreachable on web-1"));
    await ws.click("ada", verdict, "check-again");
    const again = await ws.waitForMessage(
      "ops",
      (m) => m.threadTs === verdict.ts && m.text.startsWith("Unreachable"),
    );
    expect(again.ts).not.toBe(verdict.ts);
  });

  test("what a newer run found stands on the older verdict, which says 502 now no more", async () => {
    let well = false;
    bot = await startBot({
      find: (host, runId) =>
        aDiagnosisOf(well ? [] : [aCause()], { host, runId, startedAt: Date.now(), fixes: [] }),
    });
    const { ws } = bot;
    await ws.postCommand("ada", "ops", "/502 web-1");
    const verdict = await ws.waitForMessage("ops", (m) => m.text.startsWith("502 now on web-1"));
    well = true;
    await ws.postCommand("lin", "ops", "/502 web-1");
    const old = await ws.waitForMessage("ops", (m) => m.ts === verdict.ts && m.text.startsWith("Earlier"));
    expect(old.text).toContain("Earlier: 502 on web-1; then: healthy");
    expect(blocks(old)).not.toContain("502 now");
  });

  test("a run that broke is no verdict about the host", async () => {
    bot = await startBot({ find: () => new Error("the disk of the bot is full") });
    await bot.ws.postCommand("ada", "ops", "/502 web-1");
    const failed = await bot.ws.waitForMessage("ops", (m) => m.text.includes("failed"));
    expect(failed.text).toBe(
      "The diagnosis of web-1 failed, so nothing is known of it: the disk of the bot is full.",
    );
  });

  test("host output is shown as it is, never as markup", async () => {
    const evil = "<!channel> *bold* <https://evil.example|click> & `x` \u001b[31mred\u202e";
    const find = (host: string, runId: string) =>
      aDiagnosisOf(
        [
          aCause({
            title: evil,
            evidence: [{ check: "journal", command: `journalctl ${evil}`, excerpt: evil }],
          }),
        ],
        { host, runId, headline: evil },
      );
    bot = await startBot({ find });
    await bot.ws.postCommand("ada", "ops", "/502 web-1");
    const said = await bot.ws.waitForMessage("ops", (m) => m.text.includes("502 now"));
    expect(said.text).toContain("&lt;!channel&gt;");
    expect(said.text).not.toMatch(/<!channel>|\u001b|\u202e/);
    // In rich text nothing is read as markup.
    const markup = said.blocks.filter((b) => b["type"] !== "rich_text");
    expect(JSON.stringify(markup)).not.toContain("<!channel>");
    expect(JSON.stringify(said.blocks)).not.toMatch(/\\u001b|\u202e/);
  });
});

describe("what is typed", () => {
  test("a misspelt host: only the person sees the nearest names and the usage", async () => {
    bot = await startBot();
    await bot.ws.postCommand("ada", "ops", "/502 web-11");
    const said = await bot.ws.waitForMessage("ops", (m) => m.ephemeralFor === "U0ADA00001");
    expect(said.text).toContain("There is no host web-11");
    expect(said.text).toContain("Did you mean `/502 web-1` or `/502 web-2`?");
    expect(said.text).toContain("/502 HOST");
    expect(bot.ws.messages("ops")).toEqual([]);
  });

  test.each([
    ["/502 web-1 --vhosts x", "Did you mean --vhost"],
    ["/502 web-1 --json", "is for the terminal"],
    ["/502 fix run-1 start", "terminal"],
    ["/502 web-1 web-2", "one word too many"],
  ])("%s is answered with what is wrong", async (line, expected) => {
    bot = await startBot();
    await bot.ws.postCommand("ada", "ops", line);
    expect(
      bot.ws
        .ephemeral("ada", "ops")
        .map((m) => m.text)
        .join(),
    ).toContain(expected);
  });

  test.each([
    ["/502 hosts", "3 hosts"],
    ["/502 help", "`/502 web-1`"],
    ["/502", "`/502 web-1`"],
    ["/502 runs", "Nothing was run yet"],
    ["/502 approvals", "No approval waits"],
    ["/502 playbooks", "502"],
    ["/502 hots", "Did you mean `/502 hosts`?"],
    ["/502 help runs", "runs [HOST]"],
    ["/502 runs --help", "usage: /502 runs [HOST]"],
    ["/502 doctor", "Say which host"],
    ["/502 doctor web-9", "Did you mean `/502 web-1`"],
  ])("%s is answered to one person", async (line, expected) => {
    bot = await startBot();
    await bot.ws.postCommand("ada", "ops", line);
    const said = await bot.ws.waitForMessage("ops", (m) => m.ephemeralFor === "U0ADA00001");
    expect(said.text).toContain(expected);
  });

  test("guests and people of other organisations are denied, and help offers them no host", async () => {
    bot = await startBot();
    const { ws } = bot;
    for (const [user, id] of [
      ["gus", "U0GUS00004"],
      ["olga", "U0OLGA0005"],
    ] as const) {
      await ws.postCommand(user, "ops", "/502 web-1");
      const said = await ws.waitForMessage("ops", (m) => m.ephemeralFor === id);
      expect(said.text).toContain("You may not diagnose web-1");
    }
    await ws.postCommand("gus", "ops", "/502 help");
    await ws.waitForMessage(
      "ops",
      (m) => m.ephemeralFor === "U0GUS00004" && m.text.includes("no host you may diagnose"),
    );
    expect(await bot.store.runs({ limit: 10 })).toEqual([]);
  });

  test("runs, approvals and help show only what the caller may see and do", async () => {
    bot = await startBot({ channels: { groups: {}, may: () => ({ allowed: false, why: "no" }) } });
    const { ws } = bot;
    await ws.postCommand("ada", "ops", "/502 web-1");
    await ws.waitForMessage("ops", (m) => m.text.startsWith("502 now on web-1"));
    const told = async (user: string, id: string, line: string): Promise<string> => {
      const before = ws.ephemeral(user, "ops").length;
      await ws.postCommand(user, "ops", line);
      await until("it is answered", () => ws.ephemeral(user, "ops").length > before);
      return ws.ephemeral(user, "ops").at(-1)?.text ?? id;
    };
    expect(await told("ada", "U0ADA00001", "/502 runs")).toContain(": shop-api.service is stopped");
    for (const line of ["/502 runs", "/502 runs web-1", "/502 approvals", "/502 hosts"]) {
      expect(await told("gus", "U0GUS00004", line)).toContain("no host you may diagnose");
    }
    expect(await told("gus", "U0GUS00004", "/502 web-9")).not.toContain("web-1`");
    const help = await told("ada", "U0ADA00001", "/502 help");
    expect(help).toContain("/502 runs");
    expect(help).not.toMatch(/schedule|silence/);
  });

  test("doctor says what the bot meets on a host", async () => {
    bot = await startBot();
    await bot.ws.postCommand("ada", "ops", "/502 doctor web-1");
    const said = await bot.ws.waitForMessage("ops", (m) => /missing|has all/.test(m.text));
    expect(said.ephemeralFor).toBe("U0ADA00001");
    expect(said.text).toContain("reach: web-1 answers as");
    await bot.ws.postCommand("gus", "ops", "/502 doctor web-1");
    await bot.ws.waitForMessage("ops", (m) => m.text.startsWith("You may not diagnose web-1"));
  });

  test("a host with an open run: the second command joins it", async () => {
    bot = await startBot({ find: () => aDiagnosisOf([]) });
    const { ws, store } = bot;
    await store.transaction((tx) =>
      tx.insertRun({
        id: "run-open",
        request: { host: "web-1", playbook: "502" },
        actor: { id: "U0LIN00002", via: "slack" },
        destination: { channel: "C0OPS00001" },
        state: "queued",
        createdAt: Date.now(),
      }),
    );
    await ws.postCommand("ada", "ops", "/502 web-1");
    const said = await ws.waitForMessage("ops", (m) => m.ephemeralFor === "U0ADA00001");
    expect(said.text).toContain("is being diagnosed already, asked by <@U0LIN00002>");
  });

  test("a mention is answered in its thread, a direct message where it was said", async () => {
    bot = await startBot();
    const { ws } = bot;
    const mention = ws.say("ada", "ops", "@fiveohtwo web-1");
    const verdict = await ws.waitForMessage(
      "ops",
      (m) => m.threadTs === mention.ts && m.text.includes("502 now"),
    );
    await ws.click("ada", verdict, FIX);
    await ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
    await ws.submitView("ada", {});
    await ws.waitForMessage("ops", (m) => m.threadTs === mention.ts && m.text.startsWith("Fixed:"));
    ws.say("lin", "D0LIN00002", "web-2");
    const direct = await ws.waitForMessage("D0LIN00002", (m) =>
      m.text.includes("web-2 serves all its vhosts"),
    );
    expect(direct.threadTs).toBeUndefined();
  });
});
