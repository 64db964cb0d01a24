import { z } from "zod";
import { Duration } from "../domain/duration.ts";
import { GroupName } from "./hosts.ts";
import { SecretField } from "./secret.ts";

const Channel = z.string().regex(/^[CG][A-Z0-9]{2,}$/, "write a channel's id (C…), not its name");
const UserGroup = z.string().regex(/^S[A-Z0-9]{2,}$/, "write a user group's id (S…), not its name");
/** A host or "@group". */
export const Target = z.string().regex(/^@?[A-Za-z0-9_][A-Za-z0-9_.-]*$/, "write a host's name or @group");

export const Slack = z.strictObject({
  botToken: SecretField.optional(),
  appToken: SecretField.optional(),
  signingSecret: SecretField.optional(),
  mode: z.enum(["socket", "http"]).default("socket"),
  /** Address for HTTP mode's own server. */
  listen: z.string().default("127.0.0.1:3000"),
  /** Only for tests and the playground: another address of the Web API. */
  apiUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Mentioned when an approval stays unanswered for three minutes. */
  onCallGroup: UserGroup.optional(),
  /** Told of every use of break-glass. */
  securityGroup: UserGroup.optional(),
  /** Where the head of the audit chain is posted once a day, and every use of break-glass. */
  auditChannel: Channel.optional(),
  defaultChannel: Channel.optional(),
  /** Where people read on: linked from App Home. */
  docs: z.url({ protocol: /^https?$/ }).optional(),
});

/** What the bot may request of a site by itself. */
const SiteUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/[?#]/.test(url) && !/^https?:\/\/[^/]*@/i.test(url), {
    error:
      "the bot's own requests carry no query string and no credentials; write the address of a page that needs none",
  });

/** A public name or virtual address and the nginx hosts that serve it. */
export const Site = z
  .strictObject({
    hosts: z.array(Target).min(1),
    url: SiteUrl.optional(),
    /** How often the bot itself asks for the url. */
    watch: Duration.optional(),
    contact: z.string().optional(),
  })
  .refine((site) => site.watch === undefined || site.url !== undefined, {
    path: ["watch"],
    error: "a site is watched by its url: add one, as https://shop.example.com/",
  });

export const Limits = z.strictObject({
  runSeconds: z.number().positive().max(3600).default(60),
  commandSeconds: z.number().positive().max(600).default(10),
  hosts: z.int().min(1).max(1000).default(20),
  hostsPerBastion: z.int().min(1).max(200).default(8),
});

const Freeze = z.strictObject({
  from: z.iso.datetime({ offset: true, error: "write a time with its offset, as 2026-12-24T18:00:00+01:00" }),
  to: z.iso.datetime({ offset: true, error: "write a time with its offset, as 2026-12-27T06:00:00+01:00" }),
  reason: z.string().min(1),
  on: z.array(Target).optional(),
});

/** A weekly window in which fixes may run; where windows exist, outside of them none does. */
const Window = z.strictObject({
  days: z.array(z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])).min(1),
  from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "write hours and minutes, as 09:00"),
  to: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "write hours and minutes, as 17:30"),
  zone: z.string().refine(isZone, "not a time zone; write one as Europe/Berlin").default("UTC"),
  on: z.array(Target).optional(),
});

export const Fixes = z.strictObject({
  approvalMinutes: z.number().positive().max(1440).default(10),
  offerMinutes: z.number().positive().max(1440).default(60),
  startSeconds: z.number().positive().max(600).default(60),
  /** A unit is not restarted again after `count` restarts within `within`. */
  restartBudget: z
    .strictObject({ count: z.int().min(1).default(3), within: Duration.default(3_600_000) })
    .prefault({}),
  freezes: z.array(Freeze).default([]),
  windows: z.array(Window).default([]),
  /** Whether files that a configuration management owns may be edited. */
  managedFiles: z.enum(["refuse", "allow"]).default("refuse"),
});

export const Schedule = z.strictObject({
  name: GroupName,
  when: z.string().min(1),
  zone: z.string().refine(isZone, "not a time zone; write one as Europe/Berlin").default("UTC"),
  channel: Channel,
  on: z.array(Target).min(1),
  playbook: z.string().optional(),
  quiet: z.boolean().default(false),
});

export const Alerts = z.strictObject({
  token: SecretField.optional(),
  grafanaSecret: SecretField.optional(),
  /** Hosts that alerts call otherwise: label value → host. */
  names: z.record(z.string(), z.string()).default({}),
  /** First match wins. */
  channels: z.array(z.strictObject({ on: z.array(Target).optional(), channel: Channel })).default([]),
  dampMinutes: z.number().min(0).default(10),
  silences: z.strictObject({ alertmanagerUrl: z.url({ protocol: /^https?$/ }) }).optional(),
});

export const Watch = z.strictObject({
  channel: Channel.optional(),
  rounds: z.int().min(1).max(10).default(3),
});

/** The second outlet, for criticals while Slack is down. */
export const Outlet = z.strictObject({ webhook: SecretField.optional(), mail: z.email().optional() });

export const Http = z.strictObject({
  listen: z
    .string()
    .regex(/^(\[[0-9a-f:.]+\]|[\w.-]+):\d{1,5}$/i, "write ADDRESS:PORT")
    .default("127.0.0.1:5020"),
});

const SyslogAddress = z
  .string()
  .regex(
    /^(udp|tcp):\/\/(\[[0-9a-f:.]+\]|[\w.-]+)(:([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}))?$/i,
    "write true (this machine's syslog), false, udp://ADDRESS:PORT or tcp://ADDRESS:PORT",
  );

export const Audit = z.strictObject({
  key: SecretField.optional(),
  /** Where each entry is also sent: true is this machine's own syslog. */
  syslog: z.union([z.boolean(), SyslogAddress]).default(true),
  /** A file of JSON lines that each entry is also appended to. */
  file: z.string().min(1).optional(),
  keepDays: z.int().min(1).default(730),
});

export const Retention = z.strictObject({
  runsDays: z.int().min(1).default(180),
  bundlesDays: z.int().min(1).default(30),
});

/** A program that checks may run besides those of the built-in table; subcommands and options are listed, not assumed. */
export const ReadOnlyCommand = z.strictObject({
  program: z.string().regex(/^[A-Za-z0-9_./+-]+$/, "a program's name or path"),
  subcommands: z.array(z.string()).optional(),
  options: z.array(z.string()).default([]),
});

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
