import type { z } from "zod";
import { type FactSet, known } from "./facts.ts";
import type { ProcessTable } from "./process-table.ts";
import type { Disk, HostFacts } from "./host-schema.ts";
import type { Plan } from "./plan-schema.ts";

type Disks = readonly z.infer<typeof Disk>[];
type Space = Pick<
  z.infer<typeof HostFacts>,
  | "fullByInodes"
  | "tightMounts"
  | "readOnlyMounts"
  | "bulk"
  | "bulkText"
  | "inodeHogs"
  | "deletedOpen"
  | "deletedOpenKb"
  | "deletedOpenText"
  | "journalKb"
  | "journalMount"
  | "packageCacheKb"
  | "packageCacheMount"
>;

const FULL_PCT = 99;
const TIGHT_PCT = 90;

/** The mount a path lies on. */
function mountOf(path: string, disks: Disks): z.infer<typeof Disk> | undefined {
  const under = disks.filter(({ mount }) => mount === "/" || path === mount || path.startsWith(`${mount}/`));
  return under.toSorted((a, b) => b.mount.length - a.mount.length)[0];
}

/** Standard output of every instance that answered; a time-out's first rows count too, for `du` prints as it walks. */
function outputs(facts: FactSet, check: string): readonly string[] | undefined {
  const seen = facts
    .results(check)
    .filter((r) => ["exited", "cut", "timed-out"].includes(r.end) && r.stdout !== "");
  return seen.length > 0 ? seen.map((r) => r.stdout) : undefined;
}

/** What fills the host's file systems, from `du`, `find`, `journalctl --disk-usage` and /proc/mounts. */
export function spaceFacts(facts: FactSet, disks: Disks | undefined, table: ProcessTable): Space {
  const list = disks ?? [];
  const inodesSeen = facts.results("inodes").some((r) => r.end === "exited");
  const bulk = bulkOf(facts, list);
  const open = deletedOpen(facts, list, table);
  const journalKb = journalOf(facts);
  const packageCacheKb = packageCache(facts);
  return known<Space>({
    fullByInodes: inodesSeen
      ? disks?.filter((d) => (d.inodesPct ?? 0) >= FULL_PCT).map((d) => d.mount)
      : undefined,
    tightMounts: inodesSeen ? disks?.filter(isTight).map((d) => d.mount) : undefined,
    bulk,
    bulkText: bulk?.slice(0, 5).map((b) => `${b.path} (${sized(b.kb)})`),
    readOnlyMounts: disks && readOnly(facts, disks),
    inodeHogs: inodeHogs(facts),
    deletedOpen: open,
    deletedOpenKb: open?.reduce((sum, o) => sum + o.kb, 0),
    deletedOpenText: open
      ?.slice(0, 3)
      .map((o) => `${o.process} (pid ${o.pid}) holds ${o.path}, ${sized(o.kb)}`),
    journalKb,
    journalMount: journalKb === undefined ? undefined : mountOf("/var/log/journal", list)?.mount,
    packageCacheKb,
    packageCacheMount: packageCacheKb === undefined ? undefined : mountOf("/var/cache", list)?.mount,
  });
}

function isTight(d: z.infer<typeof Disk>): boolean {
  const most = Math.max(d.usedPct ?? 0, d.inodesPct ?? 0);
  return most >= TIGHT_PCT && most < FULL_PCT && !/^\/(run|boot)(\/|$)/.test(d.mount);
}

/** "3.1 GB" */
function sized(kb: number): string {
  if (kb >= 1 << 20) return `${(kb / (1 << 20)).toFixed(1)} GB`;
  return kb >= 1024 ? `${(kb / 1024).toFixed(1)} MB` : `${kb} kB`;
}

/** The largest files and folders of the full file systems, largest first; a folder that only leads to another is left out. */
function bulkOf(facts: FactSet, disks: Disks): NonNullable<Space["bulk"]> | undefined {
  const folders = outputs(facts, "folders");
  const files = outputs(facts, "big-files");
  if (folders === undefined && files === undefined) return undefined;
  const rows = (
    texts: readonly string[] | undefined,
    kind: string,
    unit: number,
  ): NonNullable<Space["bulk"]> =>
    (texts ?? []).flatMap((text) =>
      [...text.matchAll(/^(\d{1,16})\s+(\/.{0,4000})$/gm)].map((m) => {
        const path = m[2] ?? "";
        return { path, kb: Math.round(Number(m[1]) / unit), kind, mount: mountOf(path, disks)?.mount ?? "/" };
      }),
    );
  const all = [...rows(files, "file", 1024), ...rows(folders, "folder", 1)];
  const mounts = new Set(disks.map((d) => d.mount));
  const kept = all.filter(
    (b) =>
      b.kb > 0 &&
      !mounts.has(b.path) &&
      !all.some((o) => o.path.startsWith(`${b.path}/`) && o.kb * 10 >= b.kb * 9),
  );
  return kept.toSorted((a, b) => b.kb - a.kb || (a.path < b.path ? -1 : 1)).slice(0, 20);
}

/** Folders with the most inodes, from `du --inodes`. */
function inodeHogs(facts: FactSet): string[] | undefined {
  const texts = outputs(facts, "inode-folders");
  if (texts === undefined) return undefined;
  const rows = texts.flatMap((text) =>
    [...text.matchAll(/^(\d{1,16})\s+(\/.{0,4000})$/gm)].map((m) => ({
      count: Number(m[1]),
      path: m[2] ?? "",
    })),
  );
  const leaves = rows.filter(
    (r) =>
      !rows.some((o) => o.path.startsWith(`${r.path.replace(/\/$/, "")}/`) && o.count * 10 >= r.count * 9),
  );
  return leaves
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 3)
    .map((r) => `${r.path} (${r.count} files)`);
}

/** Files without a name that a process still holds open: `find -L … -links 0` has the size, the other `find` the name. */
function deletedOpen(
  facts: FactSet,
  disks: Disks,
  table: ProcessTable,
): NonNullable<Space["deletedOpen"]> | undefined {
  const names = outputs(facts, "deleted-names");
  const sizes = facts.results("deleted-sizes").filter((r) => r.end === "exited" || r.end === "cut");
  const named = facts.results("deleted-names").some((r) => r.end === "exited" || r.end === "cut");
  if (sizes.length === 0 || !named) return undefined;
  const nameOf = new Map(
    (names ?? []).flatMap((t) =>
      [...t.matchAll(/^(\/proc\/\d+\/fd\/\d+) (\/.{0,4000}) \(deleted\)$/gm)].map(
        (m) => [m[1] ?? "", m[2] ?? ""] as const,
      ),
    ),
  );
  const files = new Map<string, NonNullable<Space["deletedOpen"]>[number]>();
  for (const m of sizes.flatMap((r) => [
    ...r.stdout.matchAll(/^(\d{1,16}) (\d+:\d+|\d+) (\/proc\/(\d+)\/fd\/\d+)$/gm),
  ])) {
    const path = nameOf.get(m[3] ?? "");
    const pid = Number(m[4]);
    // Shared memory and memfd look alike, but take no disk.
    if (path === undefined || /^\/(dev\/shm|memfd:|SYSV|proc|sys)/.test(path)) continue;
    const owner = table.byPid.get(pid);
    const process = /^[\w./+-]*?([\w.+-]+)(?::|\s|$)/.exec(owner?.args ?? "")?.[1] ?? "a process";
    const held = {
      pid,
      process,
      path,
      kb: Math.round(Number(m[1]) / 1024),
      mount: mountOf(path, disks)?.mount ?? "/",
    };
    const key = `${m[2]} ${path}`;
    const before = files.get(key);
    // Many workers hold one file: its first holder is the parent.
    if (!before || pid < before.pid)
      files.set(key, owner?.unit === undefined ? held : { ...held, unit: owner.unit });
  }
  return [...files.values()].toSorted((a, b) => b.kb - a.kb || a.pid - b.pid).slice(0, 20);
}

/** From `journalctl --disk-usage`: "Archived and active journals take up 24.0M in the file system." */
function journalOf(facts: FactSet): number | undefined {
  const match = /take up ([\d.]+)([BKMGT])/.exec(outputs(facts, "journal-usage")?.[0] ?? "");
  if (!match) return undefined;
  const unit = { B: 1 / 1024, K: 1, M: 1024, G: 1 << 20, T: 1 << 30 }[match[2] ?? "K"] ?? 1;
  return Math.round(Number(match[1]) * unit);
}

function packageCache(facts: FactSet): number | undefined {
  const text = outputs(facts, "known-folders")?.join("\n");
  if (text === undefined) return undefined;
  return [...text.matchAll(/^(\d{1,16})\s+\/var\/cache\/(?:apt|dnf|yum|libdnf5)\S*$/gm)].reduce(
    (sum, m) => sum + Number(m[1]),
    0,
  );
}

/** Mounts of disks that are read-only now, though a disk is meant to be written: not images, not boot media. */
function readOnly(facts: FactSet, disks: Disks): string[] | undefined {
  const text = outputs(facts, "mounts")?.[0];
  if (text === undefined) return undefined;
  const shown = new Set(disks.map((d) => d.mount));
  return [...text.matchAll(/^(\S+) (\S+) (ext[234]|xfs|btrfs|f2fs|tmpfs|overlay) (\S+) /gm)]
    .filter(
      (m) =>
        (m[4] ?? "").split(",").includes("ro") &&
        shown.has(m[2] ?? "") &&
        !/^\/(boot|snap|run|usr|etc|proc|sys)(\/|$)/.test(m[2] ?? ""),
    )
    .map((m) => m[2] ?? "");
}

/** File systems worth walking: full ones, else tight ones, at most three; a file counts from a twentieth of the size on. */
export function spacePlan(disks: Disks | undefined): Pick<Plan, "fullMounts" | "inodeMounts"> {
  const list = (disks ?? []).filter((d) => !/^\/(run|boot)(\/|$)/.test(d.mount));
  const by = (key: "usedPct" | "inodesPct"): Disks => {
    const full = list.filter((d) => (d[key] ?? 0) >= FULL_PCT);
    return (full.length > 0 ? full : list.filter((d) => (d[key] ?? 0) >= TIGHT_PCT)).slice(0, 3);
  };
  return {
    fullMounts: by("usedPct").map((d) => ({
      mount: d.mount,
      floor: `+${Math.min(102_400, Math.max(256, Math.round((d.sizeKb ?? 2_048_000) / 20)))}k`,
    })),
    inodeMounts: by("inodesPct").map((d) => ({ mount: d.mount })),
  };
}
