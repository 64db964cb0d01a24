import type { types } from "@slack/bolt";
import type { Schedule } from "../../domain/schedule.ts";
import type { Diagnosis } from "../../domain/diagnosis.ts";
import { sayVotes } from "../../wording/approval.ts";
import { moodOf, pastMoodWord, sayState } from "../../wording/run.ts";
import { saySchedule } from "../../wording/schedule.ts";
import type { HomeData, HostSeen } from "../home-data.ts";
import { ACTIONS } from "../ids.ts";
import { cutLabel, cutSentence, LIMITS } from "../limits.ts";
import {
  actions,
  type Block,
  bullets,
  type ButtonLook,
  context,
  line,
  moment,
  named,
  plain,
  rich,
  words,
} from "./blocks.ts";
import { moodMark } from "./mood.ts";
import { asSentence, clean, dateMark, mentions, MINUTES, person } from "./text.ts";

const MOST_WAITING = 10;
const MOST_SCHEDULES = 10;
const MOST_CLAIMS = 20;
const HEADLINE = 140;

type Words = Parameters<typeof bullets>[0][number];

/** App Home of one person: what waits for them first, then the hosts, the schedules and the latest runs. */
export function homeView(seen: HomeData): types.HomeView {
  const data = { ...seen, filter: clean(seen.filter) };
  return {
    type: "home",
    private_metadata: JSON.stringify({ filter: data.filter.slice(0, 200), page: data.page }),
    blocks: [
      ...firstSteps(data),
      ...waiting(data),
      ...claims(data),
      ...hosts(data),
      ...schedules(data),
      ...runs(data),
      ...foot(data),
    ],
  };
}

/** Before anybody may approve: what to do about it. */
function firstSteps({ firstSteps: needed }: HomeData): Block[] {
  if (!needed) return [];
  return [
    header("First steps"),
    rich(line(words("Nobody may approve fixes in Slack yet: 502.yml has no policy."))),
    ...actions("first-steps", [
      { actionId: ACTIONS.firstSteps, value: "open", text: "Say who may approve", style: "primary" },
    ]),
  ];
}

function waiting({ waiting: all }: HomeData): Block[] {
  if (all.length === 0) return [header("Approvals waiting for you"), rich(line(words("None.")))];
  const left = all.length - MOST_WAITING;
  return [
    header(`Approvals waiting for you (${all.length})`),
    ...all.slice(0, MOST_WAITING).flatMap(({ approval: a, bound }) => [
      rich(
        line(
          words(`${cutLabel(a.host, 100)}: `, { bold: true }),
          words(`${cutSentence(bound.fix.title, 500)} (${bound.fix.risk})`),
        ),
      ),
      context(
        `${asSentence(mentions(sayVotes(a)))} Asked by ${person(a.requestedBy)}, expires ${dateMark(a.expiresAt, MINUTES)}.`,
      ),
      ...actions(`approval:${a.id}`, [
        { actionId: ACTIONS.approve, value: a.id, text: "Review and approve", style: "primary" },
        { actionId: ACTIONS.deny, value: a.id, text: "Deny", style: "danger" },
      ]),
    ]),
    ...(left > 0 ? [context(`${left} more: \`/502 approvals\``)] : []),
  ];
}

function claims({ claims: all }: HomeData): Block[] {
  if (all.length === 0) return [];
  const rows = all
    .slice(0, MOST_CLAIMS)
    .map(({ host, since }): Words => [
      words(cutLabel(host, 100), { bold: true }),
      words(" since "),
      moment(since, MINUTES),
    ]);
  const left = all.length - rows.length;
  return [
    header(`Hosts you have on your hands (${all.length})`),
    rich(bullets(rows)),
    ...(left > 0 ? [context(`${left} more: each verdict's message says who has its host`)] : []),
  ];
}

function hosts(data: HomeData): Block[] {
  const { found, total, page, pages } = data;
  if (total === 0) {
    return [
      header("Hosts"),
      rich(
        line(
          words(
            "There is no host you may diagnose. Whoever keeps the bot's 502.yml can change that: its hosts: lists the hosts, its policy: says who may.",
          ),
        ),
      ),
    ];
  }
  const shown = found === total ? `${total}` : `${found} of ${total}`;
  return [
    header(`Hosts (${shown})`),
    filterInput(data.filter),
    rich(
      found === 0
        ? line(words(`No host's name contains ${cutLabel(data.filter, 100)}.`))
        : bullets(data.hosts.map(hostWords)),
    ),
    ...(pages === 1 ? [] : [context(`Page ${page + 1} of ${pages}; hosts that were not well come first`)]),
    ...actions("home-pages", pageButtons(data)),
  ];
}

function pageButtons({ page, pages }: HomeData): ButtonLook[] {
  const to = (at: number, actionId: string, text: string): ButtonLook[] =>
    at < 0 || at >= pages ? [] : [{ actionId, value: String(at), text }];
  return [
    ...to(page - 1, ACTIONS.homePrevious, "Previous page"),
    ...to(page + 1, ACTIONS.homeNext, "Next page"),
    { actionId: ACTIONS.homeRefresh, value: String(page), text: "Refresh" },
  ];
}

function filterInput(filter: string): Block {
  return {
    type: "input",
    // Another id than before makes clients show the value that is in force.
    block_id: `home-filter:${cutLabel(filter, 100)}`,
    dispatch_action: true,
    optional: true,
    label: plain("Show hosts whose name contains", LIMITS.inputLabel),
    element: {
      type: "plain_text_input",
      action_id: ACTIONS.homeFilter,
      max_length: 100,
      placeholder: plain("part of a name, then Enter", LIMITS.placeholder),
      ...(filter === "" ? {} : { initial_value: filter.slice(0, 100) }),
    },
  };
}

function hostWords({ name, last, before }: HostSeen): Words {
  const label = words(`${cutLabel(name, 100)}: `, { bold: true });
  if (last?.diagnosis === undefined) return [label, words("never diagnosed")];
  const { diagnosis } = last;
  return [
    moodMark(moodOf(diagnosis)),
    words(" "),
    label,
    words(`${pastMoodWord(diagnosis)}${trend(diagnosis, before?.diagnosis)}, `),
    moment(last.createdAt, MINUTES),
    words(`. ${cutLabel(diagnosis.headline, HEADLINE)}`),
  ];
}

/** Whether it was so before: meaning in words, not in an arrow. */
function trend(now: Diagnosis, before: Diagnosis | undefined): string {
  if (before === undefined) return "";
  const [is, was] = [pastMoodWord(now), pastMoodWord(before)];
  return is === was ? ", as the time before" : `, ${was.toLowerCase()} the time before`;
}

function schedules({ schedules: all, maySchedule }: HomeData): Block[] {
  if (all.length === 0 && !maySchedule) return [];
  const left = all.length - MOST_SCHEDULES;
  return [
    header(all.length === 0 ? "Schedules" : `Schedules (${all.length})`),
    rich(
      all.length === 0
        ? line(words("No report is scheduled."))
        : bullets(all.slice(0, MOST_SCHEDULES).map(scheduleWords)),
    ),
    ...(left > 0 ? [context(`${left} more: \`/502 schedule list\``)] : []),
    ...(maySchedule
      ? actions("schedules", [{ actionId: ACTIONS.newSchedule, value: "open", text: "Schedule a report" }])
      : []),
  ];
}

/** A schedule, with its channel and its author as Slack shows them. */
function scheduleWords(s: Schedule): Words {
  const [before = "", after = ""] = saySchedule(s).split(` to ${s.channel} `);
  return [
    words(`${cutSentence(before, 400)} to `),
    { type: "channel", channel_id: s.channel },
    words(" "),
    ...named(cutSentence(after, 200), new Set([s.createdBy])),
  ];
}

function runs({ runs: all }: HomeData): Block[] {
  if (all.length === 0) return [];
  return [
    header("Latest runs"),
    rich(
      bullets(
        all.map((r) => [
          words(cutLabel(r.request.host, 100), { bold: true }),
          words(", "),
          moment(r.createdAt, MINUTES),
          words(`: ${cutLabel(r.diagnosis?.headline ?? sayState(r.state), HEADLINE)}`),
        ]),
      ),
    ),
  ];
}

function foot({ now, docs }: HomeData): Block[] {
  const read =
    docs === undefined ? "" : ` · <${encodeURI(decodeURI(docs)).replaceAll("|", "%7C")}|How to use it>`;
  return [
    context(
      `As of ${dateMark(now, MINUTES)} · \`/502 HOST\` diagnoses, \`/502 help\` says what else there is${read}`,
    ),
  ];
}

function header(text: string): Block {
  return { type: "header", text: plain(text, LIMITS.header) };
}
