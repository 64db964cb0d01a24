import { existsSync } from "node:fs";
import { readFile, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const CGROUPS = "/sys/fs/cgroup";

/**
 * The cgroups of a host's containers lie in the machine's own tree (cgroup v1). The ids come from
 * the Docker data folder of that one host, so that no other container is ever touched.
 */
async function cgroupsOf(dockerData: string): Promise<string[]> {
  const containers = join(dockerData, "containers");
  if (!existsSync(containers) || !existsSync(CGROUPS)) return [];
  const ids = (await readdir(containers)).filter((id) => /^[0-9a-f]{64}$/.test(id));
  const controllers = await readdir(CGROUPS);
  return controllers
    .flatMap((controller) => ids.map((id) => join(CGROUPS, controller, "docker", id)))
    .filter((path) => existsSync(path));
}

/** A paused container survives SIGKILL and keeps its host from ending: wakes those of this host. */
export async function thaw(dockerData: string): Promise<void> {
  for (const path of await cgroupsOf(dockerData)) {
    const state = join(path, "freezer.state");
    if (!existsSync(state) || (await readFile(state, "utf8")).trim() === "THAWED") continue;
    await writeFile(state, "THAWED");
  }
}

/** Container cgroups outlive their host: removes the empty ones of this host. */
export async function removeCgroups(dockerData: string): Promise<void> {
  for (const path of await cgroupsOf(dockerData)) {
    // One that still has a process cannot be removed, and is left for the next clean-up.
    await rmdir(path).catch(() => {});
  }
}
