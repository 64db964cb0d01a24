import { z } from "zod";
import { PolicyRule } from "./access.ts";
import * as sections from "./config-sections.ts";
import { GroupName, Hosts } from "./hosts.ts";
import { SecretField } from "./secret.ts";

const Paths = z
  .union([z.string().min(1), z.array(z.string().min(1))])
  .transform((value) => (typeof value === "string" ? [value] : value));

/** The whole of 502.yml; what is left out has the defaults given here. Durations become milliseconds. */
export const Config = z.strictObject({
  /** Tells this bot from others in audit and locks. */
  name: GroupName.default("502"),
  hosts: Hosts.default({}),
  groups: z.record(GroupName, z.array(sections.Target)).default({}),
  sites: z.record(z.string().min(1), sections.Site).default({}),
  /** Left out: the defaults of a small team; given, even empty: default deny. */
  policy: z.array(PolicyRule).optional(),
  /** Ansible inventories to read hosts and groups from. */
  ansible: Paths.default([]),
  /** ssh_config files; false: none. Left out: ~/.ssh/config and the system's. */
  sshConfig: z.union([z.literal(false).transform((): string[] => []), Paths]).optional(),
  playbooks: Paths.default([]),
  commands: z.array(sections.ReadOnlyCommand).default([]),
  slack: sections.Slack.optional(),
  state: z.string().min(1).optional(),
  databaseUrl: SecretField.optional(),
  limits: sections.Limits.prefault({}),
  fixes: sections.Fixes.prefault({}),
  schedules: z.array(sections.Schedule).default([]),
  alerts: sections.Alerts.prefault({}),
  watch: sections.Watch.prefault({}),
  outlet: sections.Outlet.optional(),
  http: sections.Http.prefault({}),
  audit: sections.Audit.prefault({}),
  retention: sections.Retention.prefault({}),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
});
export type Config = z.infer<typeof Config>;
