import { expect, test } from "vitest";
import { answer, config, DIRECT_REFUSED, errorLine, listens, look, site } from "./small-host.ts";

const toSyslog = (target: string): ReturnType<typeof config> =>
  config(site("proxy_pass http://127.0.0.1:3000;", `error_log ${target};`));

const entry = JSON.stringify({
  __REALTIME_TIMESTAMP: "1795170590000000",
  MESSAGE: errorLine(10, "connect() failed (111: Connection refused) while connecting to upstream"),
});

const seen = async (target: string, journal: string) =>
  await look({
    "nginx-config": toSyslog(target),
    "tcp-listeners": listens("0.0.0.0:80", { name: "nginx", pid: 900 }, "nginx.service"),
    "error-log": { exitCode: 1, stderr: "tail: cannot open" },
    "error-syslog": journal,
    front: answer(502),
    direct: DIRECT_REFUSED,
  });

const tags = ({ asked }: Awaited<ReturnType<typeof seen>>) =>
  asked.filter((c) => c.id.startsWith("error-syslog")).map((c) => c.argv[c.argv.indexOf("-t") + 1]);

test.each([
  ["syslog:server=unix:/dev/log,tag=front error", "front"],
  ["syslog:server=unix:/run/systemd/journal/dev-log", "nginx"],
  ["stderr warn", "nginx"],
])("errors that go to %s are read in the journal, as %s", async (target, tag) => {
  const said = await seen(target, `${entry}\n`);
  expect(new Set(tags(said))).toEqual(new Set([tag]));
  expect(said.model.targets[0]?.scope.symptom).toMatchObject({ failing: true, kind: "refused" });
  expect(said.model.nginx.blindLog).toBeUndefined();
});

test("where the journal has none of them, or another machine gets them, nginx's log is a blind spot", async () => {
  const silent = await seen("syslog:server=unix:/dev/log", "");
  expect(silent.model.nginx.blindLog).toBe("error_log goes to syslog");
  const away = await seen("syslog:server=10.0.0.5:514,tag=front", `${entry}\n`);
  expect(tags(away)).toEqual([]);
  expect(away.model.nginx.blindLog).toBe("error_log goes to syslog");
});
