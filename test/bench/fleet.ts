import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { startSshd } from "../support/openssh.ts";
import { measure, median, peakOf, product, say } from "./measure.ts";

const HOSTS = 100;
const FORKS = 20;
const ROUNDS = 3;
/** The whole playbook runs on this machine once for every name: a hundred of them would measure its cores. */
const WHOLE = 10;

export interface Fleet {
  readonly fleetHosts: number;
  readonly fleetMs: number;
  /** undefined where Ansible is not installed. */
  readonly ansibleMs?: number;
  readonly fleetRatio?: number;
  readonly rssPerHostKb: number;
  readonly fleetPlaybookHosts: number;
  readonly fleetPlaybookMs: number;
}

/** A group of 100 names of one sshd on loopback, beside Ansible's shell module with the same forks. */
export async function fleet(): Promise<Fleet> {
  const dir = mkdtempSync(join(tmpdir(), "fiveohtwo-fleet-"));
  const sshd = await startSshd(["MaxStartups 500:30:1000", "MaxSessions 100"]);
  try {
    const known = sshd.knownHostsFile;
    const config = writeConfig(dir, sshd.port, sshd.identityFile, known);
    const peak = join(dir, "peak");
    const group = async (name: string, playbook: string): Promise<number> => {
      const done = await product([name, "--playbook", playbook, "--json", "--config", config], peak);
      const seen: unknown = JSON.parse(done.stdout);
      const unseen = JSON.stringify(seen).match(/"verdict":"(unreachable|failed)"/g)?.length ?? 0;
      if (unseen > 0)
        throw new Error(`${unseen} hosts of ${name} were not seen: ${done.stdout.slice(0, 800)}`);
      return done.ms;
    };
    await group("@one", "bench-true");
    const alone = peakOf(peak);
    const ours: number[] = [];
    const theirs: number[] = [];
    let most = 0;
    const ansible = hasAnsible();
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await group("@fleet", "bench-true"));
      most = Math.max(most, peakOf(peak));
      // It takes minutes on a small machine: once is enough to compare.
      if (ansible && round === 0) theirs.push(await ansibleOnce(dir, sshd.port, sshd.identityFile, known));
    }
    const fleetMs = Math.round(median(ours));
    const ansibleMs = Math.round(median(theirs));
    const fleetPlaybookMs = Math.round(await group("@whole", "502"));
    return {
      fleetHosts: HOSTS,
      fleetMs,
      ...(ansible ? { ansibleMs, fleetRatio: Math.round((ansibleMs / fleetMs) * 100) / 100 } : {}),
      rssPerHostKb: Math.max(0, Math.round((most - alone) / (HOSTS - 1))),
      fleetPlaybookHosts: WHOLE,
      fleetPlaybookMs,
    };
  } finally {
    await sshd.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function writeConfig(dir: string, port: number, key: string, known: string): string {
  const name = (i: number): string => `fleet-${i + 1}`;
  const host = (i: number): string =>
    `  ${name(i)}: { hostName: 127.0.0.1, port: ${port}, user: ${userInfo().username}, identityFile: ${key}, userKnownHostsFile: ${known}, identitiesOnly: true }`;
  mkdirSync(join(dir, "playbooks", "bench-true"), { recursive: true });
  writeFileSync(
    join(dir, "playbooks", "bench-true", "playbook.yml"),
    'name: bench-true\ntitle: one command that does nothing\nchecks:\n  - { id: nothing, wave: 1, argv: ["true"], parser: text, tells: nothing, source: host }\n',
  );
  const names = Array.from({ length: HOSTS }, (_, i) => name(i));
  const file = join(dir, "502.yml");
  writeFileSync(
    file,
    [
      `state: ${JSON.stringify(join(dir, "state"))}`,
      "sshConfig: false",
      `playbooks: [${JSON.stringify(join(dir, "playbooks"))}]`,
      'commands: [{ program: "true" }]',
      `limits: { hosts: ${FORKS} }`,
      "hosts:",
      ...names.map((_, i) => host(i)),
      `groups: { one: [${name(0)}], whole: [${names.slice(0, WHOLE).join(", ")}], fleet: [${names.join(", ")}] }`,
      "",
    ].join("\n"),
  );
  return file;
}

function hasAnsible(): boolean {
  try {
    execFileSync("ansible", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    say("fleet: Ansible is not installed (apt-get install ansible-core): measured without it");
    return false;
  }
}

async function ansibleOnce(dir: string, port: number, key: string, known: string): Promise<number> {
  const inventory = join(dir, "inventory.ini");
  // A hundred hosts have a hundred connections: names of one address must not share one. New ones in each round.
  const sockets = mkdtempSync(join(dir, "cp-"));
  const lines = Array.from(
    { length: HOSTS },
    (_, i) => `fleet-${i + 1} ansible_host=127.0.0.1 ansible_control_path=${join(sockets, String(i))}`,
  );
  writeFileSync(
    inventory,
    `[fleet]\n${lines.join("\n")}\n\n[fleet:vars]\nansible_port=${port}\nansible_user=${userInfo().username}\nansible_ssh_private_key_file=${key}\nansible_python_interpreter=/usr/bin/python3\nansible_ssh_common_args=-F none -o UserKnownHostsFile=${known} -o IdentitiesOnly=yes\n`,
  );
  const env = {
    ANSIBLE_SSH_ARGS: "-o ControlMaster=auto -o ControlPersist=2s",
    ANSIBLE_LOCAL_TEMP: join(dir, "tmp"),
    ANSIBLE_HOME: join(dir, "ansible"),
    ANSIBLE_NOCOWS: "1",
  };
  const done = await measure(
    ["ansible", "fleet", "-i", inventory, "-f", String(FORKS), "-m", "shell", "-a", "true"],
    { env },
  );
  const good = done.stdout.match(/rc=0/g)?.length ?? 0;
  if (good !== HOSTS)
    throw new Error(
      `Ansible reached ${good} of ${HOSTS} hosts: ${done.stdout.slice(-500)}${done.stderr.slice(-500)}`,
    );
  return done.ms;
}
