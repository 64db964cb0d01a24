import { expect, test } from "vitest";
import { config, errorLine, look, site } from "./small-host.ts";

/** The host after nginx was pointed from 3000 at 3001 and reloaded, `age` seconds ago. */
async function targets(line: string, age: number, more = ""): Promise<(string | null)[]> {
  const { model } = await look({
    "nginx-config": config(site("proxy_pass http://127.0.0.1:3001;")),
    processes: `    900       1 root  4000 Ss   nginx: master process /usr/sbin/nginx\n    951     900 www-data  ${age} S    nginx: worker process\n${more}`,
    "error-log": `${line}\n`,
  });
  return model.targets.map((t) => t.target);
}

const refused = (ago: number, pid: number): string =>
  errorLine(
    ago,
    "connect() failed (111: Connection refused) while connecting to upstream",
    "http://127.0.0.1:3000/",
    "GET /cart HTTP/1.1",
  ).replace("900#900", `${pid}#${pid}`);

const FORMER = ["127.0.0.1:3001"];
const STILL = ["127.0.0.1:3001", "127.0.0.1:3000"];

test("a peer that a worker of now asks, and no file names, is one that nginx still asks", async () => {
  expect(await targets(refused(5, 951), 60)).toEqual(STILL);
  expect(await targets(refused(60, 951), 60)).toEqual(STILL);
});

test("what a worker of before logged in the second of the reload is of the configuration before", async () => {
  expect(await targets(refused(60, 930), 60)).toEqual(FORMER);
  expect(await targets(refused(61, 930), 60)).toEqual(FORMER);
  expect(await targets(refused(200, 930), 60)).toEqual(FORMER);
});

test("a worker that ends its last requests logs for the configuration before", async () => {
  const ending = "    930     900 www-data  900 S    nginx: worker process is shutting down\n";
  expect(await targets(refused(5, 930), 60, ending)).toEqual(FORMER);
});

test("an nginx whose pids are those of a container is told by the time alone", async () => {
  expect(await targets(refused(5, 31), 60)).toEqual(STILL);
  expect(await targets(refused(90, 31), 60)).toEqual(FORMER);
});
