import { accessSync, constants, existsSync, statSync } from "node:fs";
import type { Store } from "../workflows/ports.ts";
import { count } from "../wording/count.ts";
import type { Finding } from "../workflows/examine-host.ts";

/** What the doctor is told about the bot's own configuration. */
export interface Self {
  readonly file: string;
  readonly hosts: number;
  readonly problems: readonly string[];
  readonly stateDir: string;
  readonly playbooks: number;
  /** Secrets that 502.yml names: whether each can be read; the secrets themselves stay where they are. */
  readonly secrets: readonly { readonly name: string; readonly trouble: string | undefined }[];
  /** Where the audit log could not be passed on to, as sentences. */
  readonly unsent: readonly string[];
}

/** Configuration, state, audit chain and secrets. */
export async function selfFindings(self: Self, store: Pick<Store, "auditVerify">): Promise<Finding[]> {
  const { file, hosts, problems, playbooks } = self;
  const config: Finding = {
    what: "configuration",
    outcome: hosts > 0 ? "pass" : "warn",
    detail: `${file}: ${count(hosts, "host")}, ${count(playbooks, "playbook")}`,
    ...(hosts > 0
      ? {}
      : { mend: ["write hosts into hosts:, or let it be written by: 502 init --output NEW.yml"] }),
  };
  const doubts = problems.map((detail): Finding => ({ what: "inventory", outcome: "warn", detail }));
  const unsent = self.unsent.map((detail): Finding => ({ what: "audit", outcome: "warn", detail }));
  return [
    config,
    ...doubts,
    state(self.stateDir),
    await audit(store),
    ...unsent,
    ...self.secrets.map(secret),
  ];
}

function state(dir: string): Finding {
  if (!existsSync(dir))
    return {
      what: "state",
      outcome: "fail",
      detail: `${dir} does not exist`,
      mend: [`mkdir -m 0700 -p ${dir}`],
    };
  try {
    accessSync(dir, constants.W_OK);
  } catch {
    return {
      what: "state",
      outcome: "fail",
      detail: `${dir} cannot be written`,
      mend: [`chown "$USER" ${dir}`],
    };
  }
  const open = statSync(dir).mode & 0o077;
  if (open === 0) return { what: "state", outcome: "pass", detail: dir };
  return { what: "state", outcome: "warn", detail: `${dir} is open to others`, mend: [`chmod 0700 ${dir}`] };
}

async function audit(store: Pick<Store, "auditVerify">): Promise<Finding> {
  const { entries, brokenAt, because } = await store.auditVerify();
  if (brokenAt === undefined)
    return { what: "audit", outcome: "pass", detail: `the chain of ${entries} entries holds` };
  const detail = `the chain is broken at entry ${brokenAt}: ${because ?? "its hash does not fit"}`;
  return {
    what: "audit",
    outcome: "fail",
    detail,
    mend: ["502 audit verify", "restore the state from its backup"],
  };
}

function secret({ name, trouble }: Self["secrets"][number]): Finding {
  if (trouble === undefined) return { what: name, outcome: "pass", detail: "can be read" };
  return { what: name, outcome: "fail", detail: trouble };
}
