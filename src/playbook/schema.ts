import { z } from "zod";
import { GRADES, RISKS, SEVERITIES } from "../domain/diagnosis.ts";
import { PLACES } from "../domain/playbook.ts";
import { DURATION, SIZE } from "./units.ts";

/** The shape of a playbook's YAML, before rules and references are looked at. The JSON Schema comes from it. */

const ID = /^[a-z0-9][a-z0-9-]*$/;

const id = z.string().regex(ID, "an id has lower-case letters, digits and dashes");
const rule = z
  .union([z.string().min(1), z.boolean().transform(String)])
  .describe("a CEL rule over the facts");
const template = z.string().describe('a text with ${facts}; what is not known reads "unknown"');
const duration = z.string().regex(DURATION, 'a duration is written "500ms", "10s" or "2m"');
const size = z.string().regex(SIZE, 'a size is written "16KiB" or "1MiB"');
const sudo = z.enum(["never", "try", "always"]);
const word = z.union([z.string(), z.number().transform(String)]);
const argv = z
  .array(word)
  .min(1)
  .describe(
    'the command, one word an item; "--unit=${each.unit}" fills in, "${each.names...}" spreads a list',
  );

export const CheckYaml = z
  .strictObject({
    id,
    tells: z.string().min(1).describe("what it tells, for the blind spot's sentence: who owns a port"),
    source: id.optional().describe("checks of one source are one piece of evidence; the id when absent"),
    wave: z.union([z.literal(1), z.literal(2), z.literal(3)]).default(1),
    argv,
    parser: z.string().min(1).describe("a parser of src/parsers"),
    sudo: sudo.default("never"),
    runAs: template.optional().describe("the user to run as, through sudo"),
    when: rule.optional().describe("run only when this holds; not known: not run"),
    forEach: rule.optional().describe("a list: the command is run once for each item, bound to `each`"),
    max: z.int().min(1).max(64).default(16).describe("items of forEach looked at, at most"),
    timeout: duration.default("5s"),
    maxBytes: size.default("256KiB"),
    background: z.boolean().default(false).describe("runs beside the others; its output fits in 2,000 bytes"),
    late: z.boolean().default(false).describe("runs when the wave's background commands have ended"),
    onPeer: z.boolean().default(false).describe("it also runs on the machine of a failing peer"),
    sideEffect: z.string().min(1).optional().describe("what it changes although it reads; needs `when`"),
  })
  .describe("one read-only remote command with a parser");

const EvidenceYaml = z.strictObject({
  check: z.string().min(1).describe("the check that shows it"),
  when: rule.default("true"),
  show: template,
});

export const CauseYaml = z
  .strictObject({
    id,
    title: template,
    scope: z.enum(["peer", "vhost", "host"]).default("peer"),
    severity: z.enum(SEVERITIES).default("critical"),
    on: z
      .enum(PLACES)
      .default("service")
      .describe("the machine it lies on, where nginx and the service are not on the same one"),
    suspect: rule.describe("the signature that makes it a candidate"),
    when: rule.default("true").describe("what separates it from its look-alikes"),
    otherwise: template.default("").describe("why it is ruled out when `when` is false"),
    evidence: z.array(EvidenceYaml).default([]),
    refutedBy: z.array(z.strictObject({ when: rule, because: template })).default([]),
    provenWhen: rule.optional().describe("without it, it is not graded proven"),
    maxGrade: z.enum(GRADES).default("proven"),
    rank: z.int().min(0).max(1000).default(500).describe("higher comes first among equal grades"),
    explains: z.array(id).default([]).describe("causes that follow from this one"),
    fixes: z.array(id).default([]),
    advice: z.array(template).default([]),
    headline: template,
    status: z
      .union([z.int().min(100).max(599).transform(String), z.string().min(1)])
      .optional()
      .describe("the status users get, or a rule giving it"),
  })
  .describe("a ranked hypothesis");

const CommandYaml = z.strictObject({
  argv,
  sudo: sudo.default("always"),
  runAs: template.optional(),
  timeout: duration.default("30s"),
  keep: z
    .boolean()
    .default(false)
    .describe("what it prints is evidence, kept with the run before the next command begins"),
});

const PreconditionYaml = z.strictObject({
  name: z.string().min(1),
  argv,
  sudo: sudo.default("try"),
  expect: template.describe("what the command must print, trimmed"),
  runAs: template.optional(),
});

const VerifyYaml = z.strictObject({
  text: template.default("the symptom is gone, asked through nginx, and the host diagnosed again"),
  successes: z.int().min(1).max(100).default(3).describe("answers in a row that must be good"),
  every: duration.default("500ms"),
  within: duration.default("15s"),
  stable: duration.default("5s").describe("for so long the process must not restart"),
  room: z
    .array(word)
    .default([])
    .describe('file systems that must have more room than before, as "${host.fullMounts...}"'),
});

export const FixYaml = z
  .strictObject({
    id,
    title: template,
    risk: z.enum(RISKS),
    when: rule.default("true").describe("false: not offered; not known: shown to be run by hand"),
    riskWhen: z.array(z.strictObject({ when: rule, risk: z.enum(RISKS) })).default([]),
    commands: z.array(CommandYaml).default([]),
    preconditions: z.array(PreconditionYaml).default([]),
    rollback: z.array(CommandYaml).default([]),
    rollbackText: template.default("nothing to roll back"),
    verify: VerifyYaml.prefault({}),
    edit: rule.optional().describe("a rule giving an edit of a configuration file"),
    on: z
      .enum(PLACES)
      .default("service")
      .describe("the machine it changes, where nginx and the service are not on the same one"),
    guard: z
      .enum(["selinux"])
      .optional()
      .describe("dangerous, unless the policy names who may approve this kind of change (approve:selinux)"),
    byHand: z.boolean().default(false).describe("shown to be run by hand, never a button"),
  })
  .describe("a change to the host");

export const PlaybookYaml = z
  .strictObject({
    name: z
      .union([id, z.int().transform(String)])
      .optional()
      .describe("the folder's name when absent"),
    title: z.string().min(1).optional(),
    about: z.int().min(100).max(599).optional().describe("the status this playbook is about"),
    extends: z
      .union([id, z.int().transform(String)])
      .optional()
      .describe("a playbook whose pieces are taken over"),
    without: z.array(id).default([]).describe("ids that are not taken over"),
    checks: z.array(CheckYaml).default([]),
    causes: z.array(CauseYaml).default([]),
    fixes: z.array(FixYaml).default([]),
  })
  .describe("a playbook, or one file of it");

export type PlaybookYaml = z.infer<typeof PlaybookYaml>;
export type CheckYaml = z.infer<typeof CheckYaml>;
export type CauseYaml = z.infer<typeof CauseYaml>;
export type FixYaml = z.infer<typeof FixYaml>;
