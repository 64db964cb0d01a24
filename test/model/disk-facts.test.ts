import { describe, expect, test } from "vitest";
import { type CommandResult, type End } from "../../src/domain/command.ts";
import { spaceFacts, spacePlan } from "../../src/model/disk-facts.ts";
import { factSet } from "../../src/model/facts.ts";
import { processTable } from "../../src/model/process-table.ts";
import { parsePs } from "../../src/parsers/ps.ts";

const PS =
  "      1       0 root  5000 Ss   /sbin/init\n    125       1 root  4000 Ss   nginx: master process /usr/sbin/nginx\n    126     125 www-data  4000 S    nginx: worker process\n";
const DISKS = [
  { mount: "/", usedPct: 40, inodesPct: 10, sizeKb: 10_000_000 },
  { mount: "/var/log", usedPct: 100, inodesPct: 2, sizeKb: 16_384 },
];

/** The facts of what each check printed; "timed-out" keeps what was printed before. */
function space(said: Readonly<Record<string, string>>, end: End = "exited", disks = DISKS) {
  const results = Object.entries({ processes: PS, ...said }).map(([id, stdout]): CommandResult => ({
    id,
    argv: [],
    stdout,
    stderr: "",
    exitCode: end === "exited" ? 0 : null,
    end: id === "processes" ? "exited" : end,
    durationMs: 1,
    privileged: true,
  }));
  const facts = factSet(results, (check) => (check === "processes" ? parsePs : undefined));
  return spaceFacts(facts, disks, processTable(facts));
}

describe("deleted files that are still open", () => {
  const names =
    "/proc/125/fd/7 /var/log/nginx/access.log (deleted)\n/proc/126/fd/7 /var/log/nginx/access.log (deleted)\n/proc/1/fd/3 /dev/shm/x (deleted)\n";
  const sizes = "16777216 45:6 /proc/125/fd/7\n16777216 45:6 /proc/126/fd/7\n999999999 26:1 /proc/1/fd/3\n";

  test("each once, with the process that holds it and the disk it fills", () => {
    const seen = space({ "deleted-names": names, "deleted-sizes": sizes });
    expect(seen.deletedOpen).toEqual([
      { pid: 125, process: "nginx", path: "/var/log/nginx/access.log", kb: 16_384, mount: "/var/log" },
    ]);
    expect(seen.deletedOpenKb).toBe(16_384);
    expect(seen.deletedOpenText).toEqual(["nginx (pid 125) holds /var/log/nginx/access.log, 16.0 MB"]);
  });

  test("none is a list without any; not looked at is unknown", () => {
    expect(space({ "deleted-names": "", "deleted-sizes": "" }).deletedOpen).toEqual([]);
    expect(space({}).deletedOpen).toBeUndefined();
    expect(space({ "deleted-sizes": "" }).deletedOpen).toBeUndefined();
    expect(space({ "deleted-sizes": sizes }, "denied").deletedOpen).toBeUndefined();
  });
});

describe("what is large", () => {
  test("largest first, without the folders that only lead to it", () => {
    const seen = space({
      folders: "16300\t/var/log\n16200\t/var/log/app\n80\t/var/log/apt\n",
      "big-files": "16000000 /var/log/app/debug.log\n",
    });
    expect(seen.bulkText).toEqual(["/var/log/app/debug.log (15.3 MB)", "/var/log/apt (80 kB)"]);
  });

  test("what du printed before its time was up counts", () => {
    expect(space({ folders: "12000\t/var/log/app\n" }, "timed-out").bulkText).toEqual([
      "/var/log/app (11.7 MB)",
    ]);
  });

  test("the folder with the files, not the one above it", () => {
    expect(
      space({ "inode-folders": "598\t/var/log/sessions\n2\t/var/log/apt\n601\t/var/log\n" }).inodeHogs,
    ).toEqual(["/var/log/sessions (598 files)", "/var/log/apt (2 files)"]);
  });
});

test.each([
  ["24.0M", 24_576],
  ["1.5G", 1_572_864],
  ["512.0K", 512],
])("a journal of %s is %i kB, on its own disk", (text, kb) => {
  const seen = space({
    "journal-usage": `Archived and active journals take up ${text} in the file system.\n`,
  });
  expect(seen).toMatchObject({ journalKb: kb, journalMount: "/var/log" });
});

test("read-only is said of disks, not of images", () => {
  const mounts =
    "/dev/vda1 / ext4 rw,relatime 0 0\n/dev/vdb1 /var/log ext4 ro,relatime 0 0\n/dev/loop1 /snap/x squashfs ro 0 0\ntmpfs /boot tmpfs ro 0 0\n";
  expect(space({ mounts }).readOnlyMounts).toEqual(["/var/log"]);
});

describe("which file systems are walked", () => {
  test("full ones, a file counting from a twentieth of the size on", () => {
    expect(spacePlan(DISKS).fullMounts).toEqual([{ mount: "/var/log", floor: "+819k" }]);
  });

  test("nearly full ones only when none is full", () => {
    const tight = { mount: "/srv", usedPct: 93, sizeKb: 100_000_000 };
    expect(spacePlan([...DISKS, tight]).fullMounts.map((m) => m.mount)).toEqual(["/var/log"]);
    expect(spacePlan([tight]).fullMounts).toEqual([{ mount: "/srv", floor: "+102400k" }]);
  });

  test("none where all have room, or nothing is known", () => {
    expect(spacePlan([{ mount: "/", usedPct: 50, inodesPct: 50, sizeKb: 1 }])).toEqual({
      fullMounts: [],
      inodeMounts: [],
    });
    expect(spacePlan(undefined)).toEqual({ fullMounts: [], inodeMounts: [] });
  });

  test("by inodes, too", () => {
    expect(spacePlan([{ mount: "/srv", usedPct: 5, inodesPct: 100, sizeKb: 1 }]).inodeMounts).toEqual([
      { mount: "/srv" },
    ]);
  });
});
