import { describe, expect, test } from "vitest";
import {
  answer,
  config,
  DIRECT_REFUSED,
  errorLine,
  listens,
  look,
  type Said,
  site,
  unit,
  verdict,
} from "../model/small-host.ts";

const REFUSED = "connect() failed (111: Connection refused) while connecting to upstream";
const stopped = (more: Readonly<Record<string, string>> = {}) =>
  `${unit("nginx.service", { MainPID: "900", FragmentPath: "/lib/systemd/system/nginx.service" })}\n\n${unit(
    "shop.service",
    {
      ActiveState: "inactive",
      SubState: "dead",
      MainPID: "0",
      Environment: "PORT=3000",
      ExecMainStartTimestampMonotonic: "100000000",
      InactiveEnterTimestamp: "@1795170000",
      ...more,
    },
  )}\n`;

/** The application was stopped ten minutes ago, and the users get a 502. */
const STOPPED: Said = {
  units: stopped(),
  processes:
    "      1       0 root  5000 Ss   /sbin/init\n    900       1 root  4000 Ss   nginx: master process /usr/sbin/nginx\n    901     900 www-data  4000 S    nginx: worker process\n",
  "process-units": "   900 0::/system.slice/nginx.service\n",
  journal: "",
  kernel: "",
  "error-log": errorLine(20, REFUSED),
  front: answer(502),
  direct: DIRECT_REFUSED,
};
const diagnosis = async (said: Said) => verdict(await look(said)).diagnosis;

describe("a stopped backend", () => {
  test("is the cause, with evidence of several sources and the command behind each", async () => {
    const d = await diagnosis(STOPPED);
    const [first] = d.causes;
    expect(d.verdict).toBe("cause-found");
    expect(first).toMatchObject({
      id: "upstream-stopped",
      grade: "proven",
      target: "127.0.0.1:3000",
      vhosts: ["shop.example.test"],
      severity: "critical",
    });
    expect(new Set(first?.evidence.map((e) => e.check.replace(/#.*/, ""))).size).toBeGreaterThanOrEqual(2);
    expect(first?.evidence.every((e) => e.command.length > 0)).toBe(true);
    expect(d.headline).toContain("shop.service, the backend behind 127.0.0.1:3000, is stopped");
  });

  test("says the same twice, byte for byte", async () => {
    expect(JSON.stringify(await diagnosis(STOPPED))).toBe(JSON.stringify(await diagnosis(STOPPED)));
  });

  test("is not proven when the unit's state could not be seen", async () => {
    const d = await diagnosis({
      ...STOPPED,
      units: { end: "denied", exitCode: 1, stderr: "sudo: a password is required" },
    });
    expect(d.causes.filter((c) => c.grade === "proven")).toEqual([]);
    expect(d.blindSpots.map((b) => b.check)).toContain("units");
  });

  test("two vhosts of one peer are one cause with both names", async () => {
    const two = `${site("proxy_pass http://127.0.0.1:3000;").slice(0, -1)} server { listen 80; server_name blog.example.test; location / { proxy_pass http://127.0.0.1:3000; } } }`;
    const d = await diagnosis({ ...STOPPED, "nginx-config": config(two) });
    const stops = d.causes.filter((c) => c.id === "upstream-stopped");
    expect(stops.map((c) => c.vhosts.toSorted())).toEqual([["blog.example.test", "shop.example.test"]]);
  });

  test("a database is never offered a start", async () => {
    const units = stopped().replaceAll("shop.service", "postgresql-shop.service");
    const d = await diagnosis({ ...STOPPED, units });
    expect(d.causes.length).toBeGreaterThan(0);
    expect(d.fixes.filter((f) => f.offered && /start/.test(f.id))).toEqual([]);
  });

  test("users are told to wait, and neither host nor cause", async () => {
    const d = await diagnosis(STOPPED);
    expect(d.forUsers).toMatch(/^shop\.example\.test .*wait.*try again.*We are on it\.$/);
    expect(d.forUsers).not.toMatch(/web-1|3000|service/);
  });
});

describe("a healthy host", () => {
  const HEALTHY: Said = {
    front: answer(200),
    direct: answer(200),
    "tcp-listeners": `${listens("0.0.0.0:80", { name: "nginx", pid: 900 }, "nginx.service")}\n${listens("127.0.0.1:3000", { name: "node", pid: 4711 }, "shop.service")}\n`,
  };

  test("is healthy: no cause, no fix, nothing for the users", async () => {
    const d = await diagnosis(HEALTHY);
    expect(d).toMatchObject({ verdict: "healthy", causes: [], fixes: [] });
    expect(d.forUsers).toBeUndefined();
  });

  test("is not called healthy when nginx's configuration could not be read", async () => {
    const d = await diagnosis({ ...HEALTHY, "nginx-config": { end: "denied", exitCode: 1 } });
    expect(d.verdict).toBe("undetermined");
  });

  test("is not called healthy when neither the processes nor an answer could be seen", async () => {
    const unseen: Said = { ...HEALTHY, processes: { end: "timed-out", exitCode: null } };
    // Who answers runs.
    expect((await diagnosis(unseen)).verdict).toBe("healthy");
    const silent = await diagnosis({ ...unseen, front: { end: "denied", exitCode: 1 } });
    expect(silent.verdict).toBe("undetermined");
  });

  test("is not called healthy when no log could be read, or one of them is closed", async () => {
    const closed: Said = {
      "error-log": { end: "denied", exitCode: 1 },
      "error-logs": { end: "denied", exitCode: 1 },
    };
    expect((await diagnosis({ ...HEALTHY, ...closed })).verdict).toBe("undetermined");
    const access: Said = { "access-logs": { exitCode: 1, stderr: "tail: cannot open: Permission denied" } };
    expect((await diagnosis({ ...HEALTHY, ...access })).verdict).toBe("undetermined");
  });

  test("says what it rests on", async () => {
    const { grounds } = await diagnosis(HEALTHY);
    expect(grounds?.map((g) => g.check)).toEqual(expect.arrayContaining(["clock", "front", "nginx-config"]));
  });
});

describe("advice", () => {
  test("is three lines at most, and none says unknown", async () => {
    const without = await diagnosis({ ...STOPPED, units: stopped({ InactiveEnterTimestamp: "" }) });
    for (const d of [await diagnosis(STOPPED), without])
      for (const c of d.causes) {
        expect(c.advice.length).toBeLessThanOrEqual(3);
        expect(c.advice.filter((line) => /\bunknown\b(?! hand)/.test(line))).toEqual([]);
      }
  });

  test("a line whose fact nobody knows is left out, the others stay", async () => {
    const known = (await diagnosis(STOPPED)).causes[0]?.advice ?? [];
    const without =
      (await diagnosis({ ...STOPPED, units: stopped({ InactiveEnterTimestamp: "" }) })).causes[0]?.advice ??
      [];
    expect(known.some((line) => /was stopped \d+ s ago/.test(line))).toBe(true);
    expect(without.some((line) => /was stopped/.test(line))).toBe(false);
    expect(without.length).toBe(known.length - 1);
  });
});

describe("blind spots", () => {
  test("a command that was refused comes with the line that allows it", async () => {
    const d = await diagnosis({
      ...STOPPED,
      "error-log": { end: "denied", exitCode: 1, stderr: "sudo: a password is required" },
    });
    const spot = d.blindSpots.find((b) => b.check === "error-log");
    expect(spot?.because).toContain("not permitted");
    expect(spot?.remedy).toContain("tail -c 262144 /var/log/nginx/error.log");
  });

  test("a time-out is said as one", async () => {
    const d = await diagnosis({ ...STOPPED, units: { end: "timed-out", exitCode: null } });
    expect(d.blindSpots.find((b) => b.check === "units")?.because).toContain("time-out");
  });

  test("a tool that hosts rightly lack is none", async () => {
    const d = await diagnosis({
      ...STOPPED,
      "selinux-mode": { end: "missing", exitCode: 127 },
      containers: { end: "missing", exitCode: 127 },
    });
    expect(d.blindSpots.map((b) => b.check)).not.toContain("selinux-mode");
    expect(d.blindSpots.map((b) => b.check)).not.toContain("containers");
  });
});

test("nothing is asked twice: no command of a wave was run in it or before, but what must be read again", async () => {
  const again = /^(front-again|error-logs|error-logs-again|former-units|rotated-logs)(#|$)/;
  const { asked } = await look(STOPPED);
  const once = asked.filter((c) => !again.test(c.id)).map((c) => c.argv.join(" "));
  expect(once.filter((words, i) => once.indexOf(words) !== i)).toEqual([]);
  expect(once.length).toBeGreaterThan(30);
});
