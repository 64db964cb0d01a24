import { expect, test } from "vitest";
import { NEXT_TIME } from "../../src/domain/diagnosis.ts";
import { diagnosisText } from "../../src/wording/diagnosis-text.ts";
import { sayTraffic } from "../../src/wording/traffic.ts";
import {
  answer,
  config,
  errorLine,
  listens,
  look,
  NOW,
  type Said,
  site,
  unit,
  verdict,
} from "./small-host.ts";

const stamp = (ago: number): string => {
  const [, day = "", month = "", year = "", time = ""] =
    /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(new Date((NOW - ago) * 1000).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
};
const combined = (
  ago: number,
  path: string,
  status: number,
  client = "203.0.113.9",
  agent = "Mozilla",
): string => `${client} - - [${stamp(ago)}] "GET ${path} HTTP/1.1" ${status} 100 "-" "${agent}"`;

/** A unit that was stopped, so that the site fails. */
const STOPPED: Said = {
  "nginx-config": config(site("proxy_pass http://127.0.0.1:3000;", "access_log /var/log/nginx/access.log;")),
  "tcp-listeners": `${listens("0.0.0.0:80", { name: "nginx", pid: 900 }, "nginx.service")}\n`,
  "error-log": `${errorLine(60, "connect() failed (111: Connection refused) while connecting to upstream")}\n`,
  units: `${unit("nginx.service", { MainPID: "900" })}\n\n${unit("shop.service", {
    ActiveState: "inactive",
    SubState: "dead",
    MainPID: "0",
    WorkingDirectory: "/srv/shop/current",
    ExecStart: "{ path=/usr/bin/node ; argv[]=/usr/bin/node server.js --port 3000 ; }",
  })}\n`,
  front: answer(502),
};

test("of the users' requests are told the share that fails, since when, where and whose, without the bot's own", async () => {
  const lines = [
    combined(7200, "/old", 502),
    ...Array.from({ length: 6 }, (_, i) => combined(1800 - i, `/item/${i}`, 200, `198.51.100.${i}`)),
    combined(600, "/cart?token=obviously-fake", 502, "198.51.100.7"),
    combined(300, "/cart", 502, "203.0.113.77"),
    combined(60, "/pay", 504, "203.0.113.78"),
    combined(30, "/", 502, "127.0.0.1", "fiveohtwo/run-1"),
  ];
  const { diagnosis } = verdict(await look({ ...STOPPED, "access-logs": `${lines.join("\n")}\n` }));
  const [traffic, ...more] = diagnosis.traffic ?? [];
  expect(more).toEqual([]);
  expect(traffic).toMatchObject({
    vhost: "shop.example.test",
    requests: 9,
    failed: 3,
    statuses: [
      { status: 502, count: 2 },
      { status: 504, count: 1 },
    ],
    first: (NOW - 600) * 1000,
    last: (NOW - 60) * 1000,
    paths: [
      { path: "/cart", count: 2 },
      { path: "/pay", count: 1 },
    ],
    clients: [
      { client: "203.0.113.x", count: 2 },
      { client: "198.51.100.x", count: 1 },
    ],
  });
  const told = traffic === undefined ? "" : sayTraffic(traffic, NOW * 1000);
  expect(told).toBe(
    "shop.example.test: 3 of 9 requests failed (33 %; 502: 2, 504: 1) within 30 minutes, the first 10 minutes ago, the last 60 seconds ago; paths /cart (2), /pay (1); clients (masked) 203.0.113.x (2), 198.51.100.x (1)",
  );
  expect(diagnosisText(diagnosis)).toContain(told);
});

test("a log in JSON is counted as well; one that names the upstream needs no better format", async () => {
  const format =
    'log_format json escape=json \'{"time":"$time_iso8601","host":"$host","status":"$status","uri":"$uri","up":"$upstream_addr"}\'; access_log /var/log/nginx/access.log json;';
  const line = (ago: number, status: number): string =>
    JSON.stringify({
      time: new Date((NOW - ago) * 1000).toISOString().replace(".000Z", "+00:00"),
      host: "shop.example.test",
      status: String(status),
      uri: "/cart",
      up: "127.0.0.1:3000",
    });
  const seen = await look({
    ...STOPPED,
    "nginx-config": config(site("proxy_pass http://127.0.0.1:3000;", format)),
    "access-logs": `${[line(90, 200), line(50, 502)].join("\n")}\n`,
  });
  const { diagnosis } = verdict(seen);
  expect(diagnosis.traffic).toMatchObject([{ requests: 2, failed: 1, paths: [{ path: "/cart", count: 1 }] }]);
  expect(diagnosis.causes.flatMap((c) => c.advice).filter((a) => a.startsWith(NEXT_TIME))).toEqual([]);
});

test("a log that does not say which peer failed: the format that would is offered, for the next time", async () => {
  const { diagnosis } = verdict(await look({ ...STOPPED, "access-logs": `${combined(60, "/", 502)}\n` }));
  const advice = diagnosis.causes[0]?.advice.filter((a) => a.startsWith(NEXT_TIME)) ?? [];
  expect(advice).toHaveLength(1);
  expect(advice[0]).toContain("upstream=$upstream_addr status=$upstream_status");
  expect(diagnosis.causes[0]?.advice.length).toBeLessThanOrEqual(3);
});

test("packages, releases and what somebody did with sudo stand beside the first 502", async () => {
  const at = (ago: number): string => new Date((NOW - ago) * 1000 + 3_600_000).toISOString().slice(0, 19);
  const sudo = {
    MESSAGE: "     ada : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/systemctl stop shop",
    __REALTIME_TIMESTAMP: `${(NOW - 90) * 1e6}`,
  };
  // The bot looks for these words itself, and its sudo writes that down.
  const own = {
    MESSAGE:
      "     ops : PWD=/home/ops ; USER=root ; COMMAND=/usr/bin/journalctl _COMM=sudo --grep=COMMAND=.*(stop|kill|mask|disable)",
    __REALTIME_TIMESTAMP: `${(NOW - 80) * 1e6}`,
  };
  const dpkg = (ago: number, name: string): string =>
    `${at(ago).replace("T", " ")} upgrade ${name}:amd64 1.0-1 1.0-2`;
  const link = `/srv/shop/current|symbolic link|777|app:app|1000:1000|5|20|${NOW - 120}`;
  const git = `/srv/shop/current/.git/logs/HEAD|regular file|644|app:app|1000:1000|6|20|${NOW - 115}`;
  const seen = await look({
    ...STOPPED,
    // An hour ahead of UTC: dpkg writes the clock of the host.
    clock: `${NOW} +0100\n`,
    "sudo-journal": `${JSON.stringify(sudo)}\n${JSON.stringify(own)}\n`,
    "packages-dpkg": `${[dpkg(150, "nodejs"), dpkg(150, "libssl3")].join("\n")}\n`,
    deploys: `/srv/shop|directory|755|app:app|1000:1000|4|20|${NOW - 5}\n${link}\n${git}\n`,
  });
  expect(
    seen.model.timeline
      .filter((t) => !/nginx|502|booted/.test(t.what))
      .map((t) => [NOW - t.at / 1000, t.what]),
  ).toEqual([
    [150, "upgraded: nodejs 1.0-1 → 1.0-2, libssl3 1.0-1 → 1.0-2"],
    [120, "the link /srv/shop/current was set anew"],
    [115, "git moved HEAD in /srv/shop/current"],
    [90, "ada ran sudo /usr/bin/systemctl stop shop"],
  ]);
  const asked = seen.asked.find((c) => c.id.startsWith("deploys"));
  expect(asked?.argv).toEqual(
    expect.arrayContaining(["/srv/shop", "/srv/shop/current", "/srv/shop/current/.git/logs/HEAD"]),
  );
});
