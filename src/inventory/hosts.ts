import { z } from "zod";
import { RESERVED } from "../grammar/verbs.ts";
import { Duration } from "../domain/duration.ts";

/** A name of a host, group or site: what can be typed after /502 without quotes. */
const Name = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/,
    "a name starts with a letter or digit and holds letters, digits, '.', '_' and '-'",
  );

export const HostName = Name.refine((name) => !RESERVED.includes(name), {
  error: "a host cannot have the name of a command; call it otherwise and give its address as hostName",
});
export const GroupName = Name;

const OneOrMore = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((value) => (typeof value === "string" ? [value] : value));

/** A path on the site, without query: what the bot may request by itself. */
const HealthPath = z.string().regex(/^\/[^?#\s]*$/, "a path starts with / and has no query string");

const Status = z.int().min(100).max(599);

/** One entry of `hosts:`; connection options carry OpenSSH's names in camel case. */
export const HostEntry = z.strictObject({
  hostName: z.string().min(1).optional(),
  port: z.int().min(1).max(65535).optional(),
  user: z
    .string()
    .regex(/^[^\s:@-][^\s:@]*$/, "not a user name")
    .optional(),
  identityFile: OneOrMore.optional(),
  identitiesOnly: z.boolean().optional(),
  certificateFile: OneOrMore.optional(),
  identityAgent: z.string().min(1).optional(),
  userKnownHostsFile: OneOrMore.optional(),
  globalKnownHostsFile: OneOrMore.optional(),
  hostKeyAlias: z.string().min(1).optional(),
  proxyJump: OneOrMore.optional(),
  connectTimeout: Duration.optional(),
  serverAliveInterval: Duration.optional(),
  serverAliveCountMax: z.int().min(1).optional(),
  proxyCommand: z
    .never({
      error:
        "a ProxyCommand runs a program of its own and is not supported; name the machines on the way with proxyJump",
    })
    .optional(),
  strictHostKeyChecking: z
    .never({ error: "host keys are always checked; remove this line and add the host's key to known_hosts" })
    .optional(),
  groups: z.array(GroupName).default([]),
  addresses: z.array(z.string().min(1)).default([]),
  health: z
    .union([
      HealthPath.transform((path) => ({ path, expect: [200] })),
      z.strictObject({
        path: HealthPath,
        expect: z.union([Status.transform((status) => [status]), z.array(Status).min(1)]).default([200]),
      }),
    ])
    .optional(),
  watch: Duration.optional(),
  playbook: z.string().optional(),
  notes: z.string().optional(),
  contact: z.string().optional(),
  fixUser: z
    .string()
    .regex(/^[^\s:@-][^\s:@]*$/, "not a user name")
    .optional(),
  fixIdentityFile: OneOrMore.optional(),
});
export type HostEntry = z.infer<typeof HostEntry>;

/** `hosts:`; an empty entry (`web-1:` or `web-1: {}`) takes everything from ssh_config. */
export const Hosts = z.record(
  HostName,
  z.preprocess((value) => value ?? {}, HostEntry),
);
