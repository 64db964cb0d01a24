import { expect, test } from "vitest";
import { answer, config, DIRECT_REFUSED, errorLine, listens, look, site } from "./small-host.ts";

const toSyslog = (target: string): ReturnType<typeof config> =>
  config(site("proxy_pass http://127.0.0.1:3000;", `error_log ${target};`));

const LINE = errorLine(10, "connect() failed (111: Connection refused) while connecting to upstream");
const entry = (head: string): string =>
  `${JSON.stringify({ __REALTIME_TIMESTAMP: "1795170590000000", MESSAGE: head + LINE })}\n`;

const seen = async (target: string, journal: string) =>
  await look({
    "nginx-config": toSyslog(target),
    "tcp-listeners": listens("0.0.0.0:80", { name: "nginx", pid: 900 }, "nginx.service"),
    "error-log": { exitCode: 1, stderr: "tail: cannot open" },
    "error-journal": journal,
    front: answer(502),
    direct: DIRECT_REFUSED,
  });

const asked = (said: Awaited<ReturnType<typeof seen>>): boolean =>
  said.asked.some((c) => c.id === "error-journal");

test.each([
  ["syslog:server=unix:/dev/log,tag=front error", "web-1 front: "],
  ["syslog:server=unix:/run/systemd/journal/dev-log,nohostname", "nginx: "],
  ["stderr warn", ""],
])("errors that go to %s are read in the journal, after '%s'", async (target, head) => {
  const said = await seen(target, entry(head));
  expect(asked(said)).toBe(true);
  expect(said.model.targets[0]?.scope.symptom).toMatchObject({ failing: true, kind: "refused" });
  expect(said.model.nginx.blindLog).toBeUndefined();
});

test("where the journal has none of them, or another machine gets them, nginx's log is a blind spot", async () => {
  const silent = await seen("syslog:server=unix:/dev/log", "");
  expect(silent.model.nginx.blindLog).toBe("error_log goes to syslog");
  const away = await seen("syslog:server=10.0.0.5:514,tag=front", entry(""));
  expect(asked(away)).toBe(false);
  expect(away.model.nginx.blindLog).toBe("error_log goes to syslog");
});
