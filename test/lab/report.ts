import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBot } from "../../src/bot.ts";
import { readSettings } from "../../src/config.ts";
import { makeLog } from "../../src/log.ts";
import { startWorkspace, type Workspace } from "../../src/playground/workspace/start.ts";
import { stopAll } from "./host.ts";
import { until } from "./process.ts";
import { bootSix, type SixHosts } from "./six-hosts.ts";

// A report over six real hosts, posted to the simulated workspace when its schedule is due; then the same hosts by
// `/502 @web`. `--keep DIR` keeps the picture, the table and what was said.
const { values } = parseArgs({ options: { keep: { type: "string" } } });

/** The bot, the workspace and the report of six hosts together stay below it. */
const MOST_MB = 500;
/** What is wrong on the sick hosts, in the words of a verdict and in a row of the report's table. */
const STOPPED = "catalog-api.service, the backend behind 127.0.0.1:3100, is stopped.";
const FAILING = '"type":"raw_text","text":"failing: catalog-api.service does not run (inactive)"';
const wrong: string[] = [];
const check = (what: string, good: boolean): void => {
  console.log(`${good ? "ok  " : "FAIL"} ${what}`);
  if (!good) wrong.push(what);
};

/** The next full minute that is far enough away for the bot to have started, as HH:MM in UTC. */
function dueSoon(): { at: number; clock: string } {
  const at = Math.ceil((Date.now() + 15_000) / 60_000) * 60_000;
  return { at, clock: new Date(at).toISOString().slice(11, 16) };
}

async function main(six: SixHosts, dir: string): Promise<void> {
  const ws = await startWorkspace({});
  try {
    await overNextMinute(ws, six, dir);
  } finally {
    await ws.close();
  }
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  check(`the bot and its workspace took ${peak} MB at most, of ${MOST_MB}`, peak <= MOST_MB);
}

/** A bot whose schedule is due soon, over these hosts. */
async function overNextMinute(ws: Workspace, six: SixHosts, dir: string): Promise<void> {
  const due = dueSoon();
  await writeFile(join(dir, "bot.token"), ws.botToken, { mode: 0o600 });
  await writeFile(join(dir, "app.token"), ws.appToken, { mode: 0o600 });
  await writeFile(
    join(dir, "502.yml"),
    `state: state
sshConfig: false
slack: { botToken: "file:bot.token", appToken: "file:app.token", apiUrl: "${ws.apiUrl}" }
http: { listen: "127.0.0.1:0" }
watch: { channel: C0GENERAL1 }
sites: { "${six.vhost}": { hosts: [${six.watched.hostname}], url: "http://${six.watched.ip}/", watch: 2s } }
schedules: [{ name: daily, when: "daily ${due.clock}", channel: C0OPS00001, on: ["@web"] }]
${six.inventory}`,
  );
  const settings = readSettings(join(dir, "502.yml"), { ...process.env, HOME: dir });
  const bot = await startBot(settings, makeLog("silent"));
  try {
    await ws.waitForConnections(2);
    check("nothing is posted before it is due", ws.messages("ops").length === 0);
    await byItsSchedule(ws, six, due.at);
    await byCommand(ws, six);
    await byWatch(ws, six);
  } finally {
    await bot.stop();
  }
}

async function byItsSchedule(ws: Workspace, six: SixHosts, dueAt: number): Promise<void> {
  const root = await ws.waitForMessage("ops", (m) => m.text.startsWith("Report on @web"), 180_000);
  const late = Date.now() - dueAt;
  check(`the report is posted ${Math.round(late / 1000)} s after its time`, late > 0 && late < 90_000);
  check(
    `it counts the hosts: ${root.text.slice(0, 300)}`,
    root.text.includes("2 of 6 hosts fail now, 1 could not be seen"),
  );
  const blocks = JSON.stringify(root.blocks);
  check(
    "the sick hosts have one cause, in one line",
    blocks.includes(`"${six.sick.join(", ")}: ${six.vhost}: ${STOPPED}`),
  );
  for (const host of six.sick)
    check(`${host} fails for the right cause`, blocks.includes(`"${host}"},{${FAILING}`));
  const files = async (): Promise<string[]> => ws.thread("ops", root.ts).flatMap((m) => m.files);
  await ws.waitForMessage("ops", (m) => m.threadTs === root.ts && m.text.startsWith("Details:"));
  await ws.waitForMessage("ops", (m) => m.threadTs === root.ts && m.files.length > 0);
  await until("two files", 60, async () => (await files()).length === 2);
  const thread = JSON.stringify(ws.thread("ops", root.ts).map((m) => m.blocks));
  check(
    `${six.odd} is told as the odd one out`,
    thread.includes(`${six.odd} differs from its healthy peers`),
  );
  for (const part of [
    "tuned-by-hand.conf is only here",
    "debug-console.service",
    "127.0.0.1:9009",
    "package less: not installed",
  ])
    check(`what differs there: ${part}`, thread.includes(part));
  check(
    "the certificate that ends soon",
    /shop\.crt \(shop\.example\.test\) ends in 1[12] days/.test(thread),
  );
  await keep("report.json", JSON.stringify({ root, thread: ws.thread("ops", root.ts) }, undefined, 2));
  for (const id of await files()) {
    const file = ws.state.files.find(id);
    check(`${file?.name ?? id} has ${file?.data?.length ?? 0} bytes`, (file?.data?.length ?? 0) > 200);
    if (file?.data !== undefined) await keep(file.name, file.data);
    if (file?.name.endsWith(".png") === true) console.log(`     in words: ${file.altText}`);
  }
  check("it is posted once", ws.messages("ops").length === 1);
}

async function byCommand(ws: Workspace, six: SixHosts): Promise<void> {
  const began = Date.now();
  await ws.postCommand("ada", "ops", "/502 @web");
  const said = await ws.waitForMessage(
    "ops",
    (m) => m.text.startsWith("@web: 2 of 6 hosts fail now"),
    120_000,
  );
  check(`/502 @web answers in ${((Date.now() - began) / 1000).toFixed(1)} s`, true);
  const blocks = JSON.stringify(said.blocks);
  check(
    "the same cause is folded into one line",
    blocks.includes(" 2 hosts: failing, since ") &&
      blocks.includes(`\\n${six.sick.join(", ")}\\n${six.vhost}: ${STOPPED}`),
  );
  check(`${six.unreachable} is not seen`, blocks.includes(`${six.unreachable}: not seen`));
  check(
    "what differs on the sick hosts, too",
    /web-2, web-5 differ from their healthy peers: [^"]*catalog-api/.test(blocks),
  );
  await keep("group.json", JSON.stringify(said, undefined, 2));
}

/** The site of a healthy host fails: the bot's own request sees it, and its return. */
async function byWatch(ws: Workspace, six: SixHosts): Promise<void> {
  check("nothing is said of a site that serves", ws.messages("general").length === 0);
  await six.watched.sh("systemctl stop catalog-api");
  const root = await ws.waitForMessage(
    "general",
    (m) => m.text.startsWith(`${six.vhost} answers 502`),
    60_000,
  );
  const verdict = await ws.waitForMessage(
    "general",
    (m) => m.threadTs === root.ts && JSON.stringify(m.blocks).includes("catalog-api.service"),
    60_000,
  );
  check(`its host is diagnosed in that thread: ${verdict.text.slice(0, 120)}`, true);
  await six.watched.sh("systemctl start catalog-api");
  const end = await ws.waitForMessage("general", (m) => m.text.includes("is healthy again"), 60_000);
  check(`its end is said there: ${end.text.slice(0, 160)}`, end.threadTs === root.ts);
  check("one message stands in the channel", ws.messages("general").length === 1);
}

async function keep(name: string, content: string | Buffer): Promise<void> {
  if (values.keep === undefined) return;
  await mkdir(values.keep, { recursive: true });
  await writeFile(join(values.keep, name), content);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => void stopAll().finally(() => process.exit(130)));
}
const dir = await mkdtemp(join(tmpdir(), "fiveohtwo-report-"));
try {
  await main(await bootSix(), dir);
} catch (error) {
  wrong.push(error instanceof Error ? error.message : String(error));
  console.log(`FAIL ${wrong.at(-1) ?? ""}`);
} finally {
  await stopAll();
  await rm(dir, { recursive: true, force: true });
}
if (wrong.length > 0) process.exitCode = 1;
