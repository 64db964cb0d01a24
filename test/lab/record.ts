import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { removeCgroups, thaw } from "./container-cgroups.ts";
import { hostsDir, labDir } from "./paths.ts";
import { withLock } from "./lock.ts";
import { ProcessName, isSame, must, run, startTicks, until } from "./process.ts";

/** What is written down about a running host, enough to remove it after a crash of its owner. */
const HostRecord = z.object({
  slot: z.number(),
  hostname: z.string(),
  /** Null: started by hand, stays until `down`. */
  owner: ProcessName.nullable(),
  nspawn: ProcessName.nullable(),
  leader: ProcessName.nullable(),
});
export type HostRecord = z.infer<typeof HostRecord>;

/** The folder of one host: its overlay, its console log and its record. */
export const slotDir = (slot: number): string => join(hostsDir, String(slot));

const recordPath = (slot: number): string => join(slotDir(slot), "host.json");

/** 198.51.100.0/24 holds 63 networks of four addresses. */
const SLOTS = 63;

/** Takes the lowest free slot after removing what crashed owners left. `owned`: dies with us. */
export async function claim(hostname: string, owned: boolean): Promise<HostRecord> {
  await mkdir(labDir, { recursive: true });
  return await withLock(join(labDir, "hosts.lock"), async () => {
    await mkdir(hostsDir, { recursive: true });
    await sweep();
    for (let slot = 0; slot < SLOTS; slot++) {
      if (existsSync(slotDir(slot))) continue;
      await mkdir(slotDir(slot));
      const owner = owned ? await nameOf(process.pid) : null;
      const record: HostRecord = { slot, hostname, owner, nspawn: null, leader: null };
      await save(record);
      return record;
    }
    throw new Error(`All ${SLOTS} lab slots are taken: node test/lab/shell.ts down --all`);
  });
}

/** Names a process by pid and start time. */
export async function nameOf(pid: number): Promise<ProcessName> {
  return { pid, ticks: await startTicks(pid) };
}

/** Writes a host's record down, whole at once: another run that reads half of one takes the host for a leftover. */
export async function save(record: HostRecord): Promise<void> {
  const path = recordPath(record.slot);
  await writeFile(`${path}.new`, JSON.stringify(record));
  await rename(`${path}.new`, path);
}

/** All hosts written down, in no order. */
export async function records(): Promise<HostRecord[]> {
  if (!existsSync(hostsDir)) return [];
  const all: HostRecord[] = [];
  for (const name of await readdir(hostsDir)) {
    const slot = Number(name);
    const blank = { slot, hostname: "?", owner: { pid: 0, ticks: null }, nspawn: null, leader: null };
    try {
      all.push(HostRecord.parse(JSON.parse(await readFile(recordPath(slot), "utf8"))));
    } catch {
      all.push(blank);
    }
  }
  return all;
}

async function sweep(): Promise<void> {
  for (const record of await records()) {
    const { owner, leader } = record;
    const kept =
      owner === null
        ? leader === null || (await isSame(leader.pid, leader.ticks))
        : await isSame(owner.pid, owner.ticks);
    if (kept) continue;
    // One host that cannot be removed must not keep all others from starting.
    await remove(record).catch((error: unknown) => {
      console.error(`lab: slot ${record.slot} (${record.hostname}) could not be removed: ${String(error)}`);
    });
  }
}

/** Ends a host by the pids in its record, and removes its mounts and its folder. Safe to repeat. */
export async function remove(record: HostRecord): Promise<void> {
  await halt(record);
  const dir = slotDir(record.slot);
  await run(["umount", "-l", join(dir, "merged")]);
  await until(`${dir} to be unmounted`, 20, async () => !(await mounted(join(dir, "merged"))));
  await removeCgroups(join(dir, "docker"));
  await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Ends a host's processes and waits until they are gone. */
export async function halt(record: HostRecord): Promise<void> {
  const leader = record.leader ?? (await unwrittenLeader(record.nspawn));
  for (const process_ of [leader, record.nspawn]) {
    if (process_ === null || !(await isSame(process_.pid, process_.ticks))) continue;
    kill(process_.pid);
    await thaw(join(slotDir(record.slot), "docker"));
    // The leader takes every process of the host with it, and nspawn ends by itself after that.
    await until(`process ${process_.pid} to end`, 20, async () => {
      return !(await isSame(process_.pid, process_.ticks)) || (await isZombie(process_.pid));
    });
  }
}

/** Process 1 of a host whose owner ended before it wrote it down: it would outlive nspawn, and keep the link. */
async function unwrittenLeader(nspawn: ProcessName | null): Promise<ProcessName | null> {
  if (nspawn === null || !(await isSame(nspawn.pid, nspawn.ticks))) return null;
  const pid = (await run(["pgrep", "-P", String(nspawn.pid)])).stdout.trim();
  return /^\d+$/.test(pid) ? await nameOf(Number(pid)) : null;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended between the look and the signal.
  }
}

async function isZombie(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "0 (gone) Z");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
}

async function mounted(path: string): Promise<boolean> {
  return (await must(["cat", "/proc/mounts"])).includes(` ${path} `);
}
