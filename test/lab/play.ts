import { type LabHost, bootHost } from "./host.ts";
import { breakSecond, bootSecond } from "./second.ts";
import { must, run, until } from "./process.ts";
import { install, prelude } from "./stack.ts";
import type { Scenario } from "./scenario.ts";

type Request = Scenario["symptom"];

/** Asks the site as a client outside the host does. Gives the status, 0 for no answer at all. */
export async function ask(host: LabHost, request: Request): Promise<number> {
  const { scheme, port, path } = request;
  const flags = `-sk -o /dev/null -m 20 -w %{http_code} -X ${request.method} -A Mozilla/5.0`;
  const done = await run(
    [
      "curl",
      ...flags.split(" "),
      "--connect-to",
      `${request.host}:${port}:${host.ip}:${port}`,
      ...(request.cookieBytes ? ["-H", `Cookie: basket=${"i".repeat(request.cookieBytes)}`] : []),
      ...(request.bodyBytes ? ["-H", "Expect:", "--data-binary", "@-"] : []),
      ...request.curl,
      `${scheme}://${request.host}:${port}${path}`,
    ],
    { input: "u".repeat(request.bodyBytes ?? 0) },
  );
  return Number(done.stdout.trim().slice(-3));
}

/**
 * Makes a scenario true: boots its hosts, sees them healthy, breaks them, sees the symptom. They are
 * the caller's to stop, also when this throws: each is given to `keep` as soon as it is up, the first one first.
 */
export async function play(scenario: Scenario, keep: (host: LabHost) => void): Promise<LabHost> {
  const { symptom } = scenario;
  const { hostname, memory, docker } = scenario;
  const host = await bootHost({ hostname, memory, docker });
  keep(host);
  const { second } = scenario;
  const other = second === undefined ? undefined : await bootSecond(host, second, keep);
  await install(host, scenario.stacks, scenario.setup);
  const healthy = await until(`healthy answer ${symptom.healthy}`, 10, async () => {
    const status = await ask(host, wellRequest(symptom));
    return status === symptom.healthy ? status : null;
  });
  await inside(host, scenario.fault);
  if (second !== undefined && other !== undefined) await breakSecond(other, second);
  if (scenario.network !== "") {
    await must(["nsenter", "-t", String(host.leader), "-n", "sh", "-ec", scenario.network]);
  }
  if (scenario.boot === "reboot") await host.reboot();
  if (scenario.boot === "cut") {
    await host.cut();
    await host.start();
  }
  if (scenario.waitFor !== undefined) {
    const { sh, seconds } = scenario.waitFor;
    await until(`the fault to set in: ${sh.trim()}`, seconds, async () => {
      return (await host.exec(`${prelude}${sh}`)).code === 0;
    });
  }
  const seen: number[] = [];
  for (let n = 0; n < symptom.times; n++) {
    await new Promise((resolve) => setTimeout(resolve, symptom.pauseMs));
    seen.push(await ask(host, symptom));
  }
  const right = seen.filter((status) => status === symptom.status).length;
  if (symptom.some ? right === 0 : right < seen.length) {
    throw new Error(`the symptom is ${seen.join(" ")}, not ${symptom.status} (was ${healthy})`);
  }
  if (symptom.log !== undefined) await mustHaveLogged(host, symptom.log);
  await inside(host, scenario.after);
  return host;
}

/** The request that must be answered well before the fault and after the fix. */
export function wellRequest(symptom: Request): Request {
  if (symptom.healthyPath === undefined) return symptom;
  return { ...symptom, path: symptom.healthyPath, method: "GET", curl: [], cookieBytes: 0, bodyBytes: 0 };
}

async function mustHaveLogged(host: LabHost, words: string): Promise<void> {
  const log = (await host.exec("cat /var/log/nginx/*error*")).stdout;
  if (log.includes(words)) return;
  const last = log.trim().split("\n").slice(-2).join("\n");
  throw new Error(`no "${words}" in the error log, which ends with:\n${last}`);
}

async function inside(host: LabHost, script: string): Promise<void> {
  if (script !== "") await host.sh(prelude + script);
}
