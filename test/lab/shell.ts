import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LabHost, bootHost } from "./host.ts";
import { labDir } from "./paths.ts";
import { records, remove } from "./record.ts";
import { type StackUse, install } from "./stack.ts";

const USAGE = `node test/lab/shell.ts up --name NAME [--stack STACK] [VAR=VALUE ...] [--user ops]
node test/lab/shell.ts list
node test/lab/shell.ts exec NAME 'script, as root inside'
node test/lab/shell.ts reboot NAME
node test/lab/shell.ts down NAME | --all`;

/** What each stack is given when nothing is said. */
const defaults: Record<string, Record<string, string>> = {
  "node-systemd": { UNIT: "catalog-api", PORT: "3100", VHOST: "shop.example.test" },
  "node-pm2": { APP: "storefront", PORT: "4100", VHOST: "shop.example.test" },
  gunicorn: { UNIT: "booking", BIND: "unix:/run/booking/web.sock", VHOST: "shop.example.test" },
  "php-fpm": { POOL: "blog", VHOST: "shop.example.test" },
  uwsgi: { UNIT: "ledger", SOCK: "/run/ledger/app.sock", VHOST: "shop.example.test" },
  supervisor: { APP: "search", PORT: "5100", VHOST: "shop.example.test" },
  static: { VHOST: "shop.example.test" },
};

async function up(name: string, stack: string | undefined, user: string, rest: string[]) {
  const host = await bootHost({ hostname: name, owned: false }, console.error);
  const given = Object.fromEntries(rest.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
  const uses: StackUse[] =
    stack === undefined ? [] : [{ use: stack, vars: { ...defaults[stack], ...given } }];
  await install(host, uses).catch(async (error: unknown) => {
    await host.stop();
    throw error;
  });
  const dir = join(labDir, "by-hand");
  await mkdir(dir, { recursive: true });
  const config = join(dir, `${name}.yml`);
  await writeFile(config, host.config(name, user));
  console.log(`ip        ${host.ip}
config    ${config}
try       npm run -s 502 -- ${name} --config ${config}
ssh       ssh -q -i ${host.keyPath} -o UserKnownHostsFile=${host.knownHostsPath} ${user}@${host.ip}
web       curl -i -H 'Host: ${uses[0]?.vars["VHOST"] ?? "shop.example.test"}' http://${host.ip}/
down      node test/lab/shell.ts down ${name}`);
}

async function find(name: string | undefined): Promise<LabHost> {
  const record = (await records()).find((candidate) => candidate.hostname === name);
  if (record === undefined) throw new Error(`no lab host ${String(name)}: node test/lab/shell.ts list`);
  return new LabHost(record);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: "string", default: "lab-1" },
    stack: { type: "string" },
    user: { type: "string", default: "ops" },
    all: { type: "boolean", default: false },
  },
});
const [verb, name, ...rest] = positionals;
if (verb === "up") await up(values.name, values.stack, values.user, positionals.slice(1));
else if (verb === "list")
  for (const record of await records()) {
    const by = record.owner === null ? "by hand" : `pid ${record.owner.pid}`;
    console.log(`${record.hostname}\t198.51.100.${record.slot * 4 + 2}\t${by}`);
  }
else if (verb === "exec") {
  const done = await (await find(name)).exec(rest.join(" "));
  process.stdout.write(done.stdout);
  process.stderr.write(done.stderr);
  process.exitCode = done.code ?? 1;
} else if (verb === "reboot") await (await find(name)).reboot();
else if (verb === "down" && values.all)
  for (const record of await records()) {
    if (record.owner === null) await remove(record);
  }
else if (verb === "down") await (await find(name)).stop();
else {
  console.error(USAGE);
  process.exitCode = 64;
}
