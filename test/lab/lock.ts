import { readFile, rm, writeFile } from "node:fs/promises";
import { ProcessName, isSame, startTicks, until } from "./process.ts";

/** Runs `work` while this process alone holds the lock file. A lock whose owner died is taken over. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const mine = JSON.stringify({ pid: process.pid, ticks: await startTicks(process.pid) });
  await until(`the lock ${path}`, 30 * 60, async () => {
    try {
      await writeFile(path, mine, { flag: "wx" });
      return true;
    } catch {
      if (!(await hasOwner(path))) await rm(path, { force: true });
      return false;
    }
  });
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function hasOwner(path: string): Promise<boolean> {
  try {
    const owner = ProcessName.parse(JSON.parse(await readFile(path, "utf8")));
    return await isSame(owner.pid, owner.ticks);
  } catch {
    return false;
  }
}
