import { z } from "zod";

/** How one machine is reached: what OpenSSH would call its resolved configuration. */
export const Hop = z.strictObject({
  /** As the inventory names it. */
  name: z.string(),
  hostName: z.string(),
  port: z.int().min(1).max(65535),
  user: z.string(),
  /** Absolute paths of private keys, in the order they are tried. */
  identityFiles: z.array(z.string()),
  /** Absolute paths of user certificates; KEY-cert.pub beside a key is found without. */
  certificateFiles: z.array(z.string()).optional(),
  /** True when the configuration names them; false for OpenSSH's default names, which may be absent. */
  identitiesNamed: z.boolean(),
  identitiesOnly: z.boolean(),
  /** Path of the agent's socket, or null for no agent. */
  identityAgent: z.string().nullable(),
  /** Absolute paths; keys are looked up in all of them. */
  knownHostsFiles: z.array(z.string()),
  hostKeyAlias: z.string().optional(),
  connectTimeoutMs: z.int().positive(),
  serverAliveIntervalMs: z.int().min(0),
  serverAliveCountMax: z.int().positive(),
  /** Why this machine cannot be reached safely (ProxyCommand …), with where it is written. */
  refused: z.string().optional(),
});
export type Hop = z.infer<typeof Hop>;

/** One machine of the inventory, fully resolved. */
export const Host = Hop.extend({
  /** The machines on the way, the nearest first. */
  jumps: z.array(Hop),
  groups: z.array(z.string()),
  /** Other addresses and names under which upstreams may call this machine. */
  addresses: z.array(z.string()),
  /** What the bot may request by itself, and what answer is healthy. */
  health: z.strictObject({ path: z.string(), expect: z.array(z.int()) }).optional(),
  /** Milliseconds between two rounds of the watch. */
  watchMs: z.int().positive().optional(),
  playbook: z.string().optional(),
  notes: z.string().optional(),
  contact: z.string().optional(),
  /** The identity for fixes, where it is another one. */
  fixUser: z.string().optional(),
  fixIdentityFiles: z.array(z.string()).optional(),
  /** "file": written in hosts:; "ssh": known from ssh_config or another inventory only. */
  source: z.enum(["file", "ssh", "ansible"]),
});
export type Host = z.infer<typeof Host>;
