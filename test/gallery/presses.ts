import { SHORTCUTS } from "../../src/slack/ids.ts";
import { actions, rich, line, words, type ButtonLook } from "../../src/slack/draw/blocks.ts";
import type { Message } from "../../src/playground/workspace/state/messages.ts";
import type { View } from "../../src/playground/workspace/state/views.ts";
import type { Surface } from "../support/block-kit-limits.ts";
import { aBoundFix } from "../support/fix-stage.ts";
import { until } from "../support/place.ts";
import { type BotOptions, type SlackBot, startBot } from "../support/slack-bot.ts";

interface Answer {
  readonly name: string;
  readonly surface: Surface;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What stands at the fields after a submission. */
  readonly errors?: Readonly<Record<string, string>>;
}

const FIX = "fix:start-shop-api";
const DANGEROUS = { fix: { ...aBoundFix().fix, risk: "dangerous" as const } };
const option = (value: string): string =>
  JSON.stringify({ text: { type: "plain_text", text: value }, value });

/** What people are told when they press and submit, taken from conversations with the real adapter. */
export async function answersToPresses(): Promise<Answer[]> {
  return [
    ...(await stageOf({}, late)),
    ...(await stageOf({}, outdated)),
    ...(await stageOf({ access: (who) => (who.actor.id === "U0GUS00004" ? DENIED : ONE) }, stopping)),
    ...(await stageOf({}, withoutForms)),
    ...(await stageOf({ channels: { groups: { web: ["web-1"] } }, withoutPolicy: true }, forms)),
    ...(await stageOf(ELSEWHERE, elsewhere)),
    ...(await stageOf({}, claiming)),
    ...(await stageOf({ access: () => DENIED }, notAllowed)),
    ...(await stageOf({ bound: DANGEROUS, access: () => TWO }, dangerous)),
    ...(await stageOf({ ...FROZEN }, glass)),
  ];
}

const DENIED = { allowed: false, approvals: 0, fourEyes: false, why: "no rule allows approve:safe on web-1" };
/** A policy that speaks of another channel than the one the person is in. */
const ELSEWHERE: BotOptions = {
  policyChannels: ["C0GENERAL1"],
  mayDiagnose: (actor) => ({ allowed: actor.channel === "C0GENERAL1", why: "no rule allows it here" }),
};
const ONE = { allowed: true, approvals: 1, fourEyes: false, why: "" };
const TWO = { allowed: true, approvals: 2, fourEyes: false, why: "" };
const FROZEN: BotOptions = {
  access: () => ({ allowed: true, approvals: 1, fourEyes: false, why: "" }),
  fixWorld: {
    gate: () => ({ open: false, why: "No fix runs on web-1 before Monday." }),
    alarm: { channel: "G0SECRET01", group: "S0SECUR002" },
  },
};

/** A bot and what was kept of the conversation with it. */
class Talk {
  readonly bot: SlackBot;
  readonly kept: Answer[] = [];

  constructor(bot: SlackBot) {
    this.bot = bot;
  }

  async verdict(): Promise<Message> {
    const seen = this.bot.ws.messages("ops").length;
    await this.bot.ws.postCommand("ada", "ops", "/502 web-1");
    await until("the verdict", () => {
      const last = this.bot.ws.messages("ops").at(-1);
      return this.bot.ws.messages("ops").length > seen && last?.text.startsWith("502 now") === true;
    });
    return this.bot.ws.messages("ops").at(-1) ?? never();
  }

  /** Presses, and waits for the form that is no longer empty. */
  async form(user: string, message: Message, press: string): Promise<View> {
    await this.bot.ws.closeView(user).catch(() => undefined);
    await this.bot.ws.click(user, message, press);
    return this.bot.ws.waitForView(user, (v) => !JSON.stringify(v.payload).includes("One moment"));
  }

  keep(name: string, { payload, errors }: Pick<View, "payload" | "errors">): void {
    this.kept.push({ name: `press-${name}`, surface: "modal", payload: shownView(payload), errors });
  }

  /** Does something and keeps what this person alone is told then. */
  async told(name: string, user: string, act: () => Promise<unknown>): Promise<void> {
    const { ws } = this.bot;
    const before = ws.ephemeral(user, "ops").length;
    await act();
    await until(`${name} is answered`, () => ws.ephemeral(user, "ops").length > before);
    const { text, blocks } = ws.ephemeral(user, "ops").at(-1) ?? never();
    const payload = blocks.length === 0 ? { text } : { text, blocks };
    this.kept.push({ name: `press-${name}`, surface: "message", payload });
  }

  async submit(name: string, user: string, inputs: Record<string, string | string[]>): Promise<void> {
    await this.bot.ws.submitView(user, inputs);
    const view = this.bot.ws.view(user);
    if (view !== undefined) this.keep(name, view);
  }
}

function never(): never {
  throw new Error("nothing was said");
}

/** A view without what Slack adds to it. */
function shownView(payload: View["payload"]): Answer["payload"] {
  const own = ["type", "callback_id", "title", "submit", "close", "blocks", "private_metadata"];
  return Object.fromEntries(Object.entries(payload).filter(([key]) => own.includes(key)));
}

async function stageOf(options: BotOptions, play: (talk: Talk) => Promise<void>): Promise<Answer[]> {
  const bot = await startBot(options);
  try {
    const talk = new Talk(bot);
    await play(talk);
    return talk.kept;
  } finally {
    await bot.stop();
  }
}

/** Offers and approvals whose time is over, decided ones, those of an older verdict. */
async function late(talk: Talk): Promise<void> {
  const { bot } = talk;
  const first = await talk.verdict();
  const old = structuredClone(first.blocks);
  const again = (): Message => Object.assign(first, { blocks: old });
  await talk.told("too-late-for-a-form", "ada", () => {
    bot.ws.faults.set({ rules: [{ fault: "expired-trigger", types: ["block_actions"], times: 1 }] });
    return bot.ws.click("ada", first, FIX);
  });
  await talk.form("ada", first, FIX);
  await bot.ws.closeView("ada");
  const asked = await bot.ws.waitForMessage("ops", (m) => m.text.includes("asks to run on web-1"));
  const buttons = structuredClone(asked.blocks);
  await talk.form("lin", asked, "deny");
  await talk.submit("deny-without-reason", "lin", {});
  await talk.submit("deny-blank-reason", "lin", { "reason/reason": " " });
  await bot.ws.submitView("lin", { "reason/reason": "a deploy is on" });
  await bot.ws.waitForMessage("ops", (m) => m.ts === asked.ts && m.text.includes("denied"));
  talk.keep("denied-already", await talk.form("ada", Object.assign(asked, { blocks: buttons }), "approve"));
  await talk.told("everything-twice", "ada", async () => {
    await bot.ws.click("ada", first, "everything");
    await bot.ws
      .waitForMessage("ops", (m) => m.text.includes("Everything the run collected"), 20_000)
      .catch(() => undefined);
    await bot.ws.click("ada", first, "everything");
  });
  const second = await talk.verdict();
  talk.keep("newer-diagnosis", await talk.form("ada", again(), FIX));
  bot.clock.shift += 61 * 60_000;
  talk.keep("offer-ended", await talk.form("ada", second, FIX));
}

/** Buttons that stand for what is not stored any more, and an approval that has expired. */
async function outdated(talk: Talk): Promise<void> {
  const { bot } = talk;
  const { ws } = bot;
  await talk.told("no-runs", "ada", () => ws.postCommand("ada", "ops", "/502 runs"));
  const first = await talk.verdict();
  await talk.form("ada", first, FIX);
  await ws.closeView("ada");
  await talk.told("approvals-wait", "ada", () => ws.postCommand("ada", "ops", "/502 approvals"));
  const asked = await ws.waitForMessage("ops", (m) => m.text.includes("asks to run on web-1"));
  const [approval] = await bot.store.approvals({ limit: 1 });
  const looks: readonly Omit<ButtonLook, "text">[] = [
    { actionId: "fix:other", value: "of another version" },
    { actionId: "fix:gone", value: "run-gone start-shop-api" },
    { actionId: "fix:none", value: `${approval?.runId} no-such-fix` },
    { actionId: "approve", value: "ap-gone" },
    { actionId: "deny", value: "ap-gone" },
    { actionId: "cancel", value: approval?.id ?? "" },
    { actionId: "check-again", value: "run-gone" },
    { actionId: "everything", value: "run-gone" },
    { actionId: "claim", value: "run-gone" },
    { actionId: "hand-over", value: "run-gone" },
  ];
  const blocks = [
    rich(line(words("Buttons of long ago"))),
    ...actions(
      "old",
      looks.map((l) => ({ ...l, text: l.actionId })),
    ),
  ];
  const old = Object.assign(first, { blocks });
  for (const [press, name] of [
    ["fix:other", "another-version"],
    ["fix:gone", "run-gone"],
    ["fix:none", "no-such-fix"],
    ["approve", "approval-gone"],
    ["deny", "approval-to-deny-gone"],
    ["hand-over", "nobody-has-it"],
  ] as const) {
    talk.keep(name, await talk.form("ada", old, press));
  }
  await ws.closeView("ada");
  for (const [press, name] of [
    ["cancel", "nothing-to-cancel"],
    ["check-again", "run-to-check-gone"],
    ["everything", "run-to-show-gone"],
    ["claim", "run-to-claim-gone"],
  ] as const) {
    await talk.told(name, "ada", () => ws.click("ada", old, press));
  }
  Object.assign(old, {
    blocks: actions("older", [{ actionId: "cancel", value: "ap-gone", text: "cancel" }]),
  });
  await talk.told("approval-to-cancel-gone", "ada", () => ws.click("ada", old, "cancel"));
  const message = ws.say("lin", "ops", "the shop is slow, does anybody know why?");
  await talk.told("no-host-named", "lin", () => ws.messageShortcut("lin", message, SHORTCUTS.diagnoseThis));
  bot.clock.shift += 11 * 60_000;
  talk.keep("approval-expired", await talk.form("lin", asked, "approve"));
}

/** A fix that runs, stopped by who asked for it, and by somebody who comes second. */
async function stopping(talk: Talk): Promise<void> {
  const { ws, store } = talk.bot;
  const verdict = await talk.verdict();
  await talk.form("ada", verdict, FIX);
  await ws.closeView("ada");
  const asked = await ws.waitForMessage("ops", (m) => m.text.includes("asks to run on web-1"));
  const [approval] = await store.approvals({ limit: 1 });
  const id = approval?.id ?? "";
  const by = "U0ADA00001";
  await store.transaction(async (tx) => {
    await tx.addVote(id, { by, at: Date.now() });
    await tx.moveApproval(id, "requested", "approved", { at: Date.now(), by });
  });
  const running = Object.assign(asked, {
    blocks: actions("runs", [{ actionId: "cancel", value: id, text: "cancel" }]),
  });
  await talk.told("may-not-stop", "gus", () => ws.click("gus", running, "cancel"));
  await talk.told("stops", "ada", () => ws.click("ada", running, "cancel"));
  await talk.told("stops-already", "lin", () => ws.click("lin", running, "cancel"));
}

/** Slack refuses to open a form, and to fill one. */
async function withoutForms(talk: Talk): Promise<void> {
  const { ws } = talk.bot;
  const verdict = await talk.verdict();
  for (const [name, method] of [
    ["form-not-opened", "views.open"],
    ["form-not-filled", "views.update"],
  ] as const) {
    await talk.told(name, "ada", () => {
      ws.faults.set({ rules: [{ fault: "error", methods: [method], error: "fatal_error", times: 1 }] });
      return ws.click("ada", verdict, FIX);
    });
    await ws.closeView("ada").catch(() => undefined);
  }
}

/** Mistakes in the forms, each at its field. */
async function forms(talk: Talk): Promise<void> {
  const { ws } = talk.bot;
  await ws.shortcut("ada", SHORTCUTS.newRun, "ops");
  await ws.waitForView("ada");
  const host = option("web-1");
  await talk.submit("new-run-site", "ada", { host, site: "two words" });
  await talk.submit("new-run-url", "ada", { host, site: "https://" });
  await talk.submit("new-run-gone", "ada", { host: option("gone-9"), site: "" });
  await talk.submit("new-run-channel", "ada", { host, channel: "G0SECRET01" });
  await ws.closeView("ada");
  await ws.shortcut("gus", SHORTCUTS.newRun, "ops");
  await ws.waitForView("gus");
  await talk.submit("new-run-guest", "gus", { host });
  await ws.postCommand("ada", "ops", "/502 schedule add");
  await ws.waitForView("ada", (v) => v.payload["callback_id"] === "schedule");
  const targets = [option("@web")];
  await talk.submit("schedule-when", "ada", { targets, when: "now and then" });
  await talk.submit("schedule-too-often", "ada", { targets, when: "* * * * *" });
  await talk.submit("schedule-zone", "ada", { targets, when: "daily 09:00 UTC", zone: option("Asia/Tokyo") });
  await talk.submit("schedule-targets", "ada", { targets: [option("@gone")], when: "daily 09:00" });
  const many = Array.from({ length: 100 }, (_, i) => option(`a-rather-long-name-of-a-host-${i}`));
  await talk.submit("schedule-too-many", "ada", { targets: many, when: "daily 09:00" });
  await ws.closeView("ada");
  await ws.openHome("ada");
  await ws.waitForHome("ada", (v) => JSON.stringify(v.payload).includes("Say who may approve"));
  await ws.clickInView("ada", "home", "first-steps");
  await ws.waitForView("ada", (v) => v.payload["callback_id"] === "first-steps");
  await talk.submit("first-steps-nobody", "ada", {});
  await ws.closeView("ada");
  await talk.told("terminal-option", "ada", async () => {
    await ws.postCommand("ada", "ops", "/502 web-1 --json");
  });
}

async function elsewhere(talk: Talk): Promise<void> {
  const { ws } = talk.bot;
  await talk.told("policy-of-another-channel", "ada", () => ws.postCommand("ada", "ops", "/502 hosts"));
  await ws.shortcut("ada", SHORTCUTS.newRun, "ops");
  await ws.waitForView("ada");
  await talk.submit("new-run-other-channel", "ada", { host: option("web-1") });
}

async function notAllowed(talk: Talk): Promise<void> {
  const verdict = await talk.verdict();
  talk.keep("not-allowed", await talk.form("ada", verdict, FIX));
  await talk.told("guest-has-it", "gus", () => talk.bot.ws.click("gus", verdict, "claim"));
  await talk.told("guest-wants-everything", "gus", () => talk.bot.ws.click("gus", verdict, "everything"));
  await talk.told("guest-asks-the-doctor", "gus", () =>
    talk.bot.ws.postCommand("gus", "ops", "/502 doctor web-1"),
  );
}

/** A dangerous fix: the host's name, two people, one vote each. */
async function dangerous(talk: Talk): Promise<void> {
  const verdict = await talk.verdict();
  await talk.form("ada", verdict, FIX);
  await talk.submit("wrong-host-name", "ada", { "host-name/host-name": "web-2" });
  await talk.submit("one-of-two", "ada", { "host-name/host-name": "web-1" });
  await talk.form("ada", verdict, FIX);
  await talk.submit("voted-already", "ada", { "host-name/host-name": "web-1" });
}

async function glass(talk: Talk): Promise<void> {
  const verdict = await talk.verdict();
  talk.keep("frozen", await talk.form("ada", verdict, FIX));
  await talk.submit("glass-without-reason", "ada", { "break-glass/break-glass": ["break"] });
  await talk.submit("frozen-still", "ada", { "break-glass/break-glass": [], "reason/reason": "now" });
}

/** Somebody has it: pressing again, handing it over to somebody who may not, a run that is on already. */
async function claiming(talk: Talk): Promise<void> {
  const { ws, store } = talk.bot;
  const verdict = await talk.verdict();
  const old = structuredClone(verdict.blocks);
  const shown = (): string => JSON.stringify(verdict.blocks);
  await ws.click("ada", verdict, "claim");
  await until("it is claimed", () => shown().includes("has it, since"));
  await ws.click("ada", verdict, "hand-over");
  await ws.waitForView("ada", (v) => JSON.stringify(v.payload).includes("To whom?"));
  await talk.submit("hand-over-to-guest", "ada", { person: ["U0GUS00004"] });
  await ws.closeView("ada");
  await talk.told("has-it-already", "ada", () =>
    ws.click("ada", Object.assign(verdict, { blocks: old }), "claim"),
  );
  await store.transaction((tx) =>
    tx.insertRun({
      id: "run-open",
      request: { host: "web-2", playbook: "502" },
      actor: { id: "U0LIN00002", via: "slack" },
      destination: { channel: "C0OPS00001" },
      state: "queued",
      createdAt: Date.now(),
    }),
  );
  await talk.told("joined", "ada", () => ws.postCommand("ada", "ops", "/502 web-2"));
}
