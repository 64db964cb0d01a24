import { z } from "zod";
import { celEnvironment } from "../../src/playbook/cel.ts";
import type { LoadEnvironment } from "../../src/playbook/load-environment.ts";
import { loadPlaybook, type Loaded, type PlaybookFile } from "../../src/playbook/load.ts";

const Unit = z
  .object({
    id: z.string(),
    activeState: z.enum(["active", "failed", "inactive"]).optional().describe("systemd's ActiveState"),
    restarts: z.int().optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: "Unit", description: "a systemd unit" });

const Peer = z
  .object({
    address: z.string(),
    port: z.int().optional(),
    listening: z.boolean().optional(),
    load: z.number().optional(),
    names: z.array(z.string()).optional(),
    unit: Unit.optional(),
  })
  .meta({ id: "Peer" });

const Host = z
  .object({
    name: z.string(),
    units: z.array(Unit).optional(),
    peers: z.array(Peer).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    owner: z.string().optional(),
    line: z.string().optional(),
  })
  .meta({ id: "HostFacts" });

/** A model as small as the tests need: never the real one, which may change. */
const variables = {
  host: Host.describe("the host as a whole"),
  peer: Peer.optional(),
  unit: Unit.optional(),
};

export const environment = celEnvironment(variables);

const PROGRAMS = new Set(["systemctl", "ss", "journalctl"]);

export const loadEnvironment: LoadEnvironment = {
  environment,
  parsers: new Set(["systemctl-show", "ss", "lines"]),
  refusal: ([program = ""]) =>
    PROGRAMS.has(program) ? undefined : { because: `${program} is not allowed`, hint: "one of the table" },
  probes: new Set(["probe:http"]),
};

/** Loads one file named p/playbook.yml. */
export function load(
  text: string,
  bases?: Parameters<typeof loadPlaybook>[3],
  env = loadEnvironment,
): Loaded {
  return loadPlaybook("p", [{ path: "p/playbook.yml", text }], env, bases);
}

export function loadFiles(files: readonly PlaybookFile[]): Loaded {
  return loadPlaybook("p", files, loadEnvironment);
}

/** "file:line:column path: message (hint)" of each error. */
export function said(loaded: Loaded): readonly string[] {
  if (loaded.ok) return [];
  return loaded.errors.map((e) => `${e.file}:${e.line}:${e.column} ${e.path}: ${e.message} (${e.hint})`);
}

export function playbookOf(loaded: Loaded): Extract<Loaded, { ok: true }>["playbook"] {
  if (!loaded.ok) throw new Error(said(loaded).join("\n"));
  return loaded.playbook;
}
