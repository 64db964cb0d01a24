import type { Command, CommandResult } from "../../src/domain/command.ts";
import type { BundledCommand } from "../../src/domain/bundle.ts";
import type { HostModel, Target } from "../../src/model/host-model.ts";
import { type Collected, collect, type LoadedPlaybook, type RunWave } from "../../src/workflows/collect.ts";
import { withMachines } from "../../src/workflows/collect-machines.ts";
import { conclude } from "../../src/workflows/conclude.ts";
import { shippedPlaybooks } from "../support/recorded.ts";

/** 2026-11-20 10:30:00 UTC on the host. */
export const NOW = 1_795_170_600;

export type Reply =
  | string
  | Partial<Pick<CommandResult, "stdout" | "stderr" | "exitCode" | "end" | "privileged">>;
/** What a host answers, by check id; a check without an answer was not looked at. */
export type Said = Readonly<Record<string, Reply | ((argv: readonly string[]) => Reply | undefined)>>;

const loaded = shipped("502");

function shipped(name: string): LoadedPlaybook {
  const found = shippedPlaybooks().get(name);
  if (!found) throw new Error(`the playbook ${name} is not shipped`);
  return found;
}

/** `nginx -T` of one file. */
export function config(text: string): Reply {
  const test = "nginx: configuration file /etc/nginx/nginx.conf test is successful\n";
  return { stdout: `# configuration file /etc/nginx/nginx.conf:\n${text}\n`, stderr: test };
}

export function site(pass: string, more = ""): string {
  return `events {}\nhttp {\n  ${more}\n  server {\n    listen 80;\n    server_name shop.example.test;\n    location / { ${pass} }\n  }\n}`;
}

/** A line as `ss -Hltnpe` prints it. */
export function listens(
  at: string,
  owner?: { name: string; pid: number },
  unit?: string,
  extra = "",
): string {
  const users = owner ? ` users:(("${owner.name}",pid=${owner.pid},fd=18))` : "";
  const group = unit === undefined ? "" : ` cgroup:/system.slice/${unit}`;
  return `LISTEN 0      511    ${at}      0.0.0.0:*   ${users} ino:1000 sk:1${group} ${extra}<->`;
}

/** A block of `systemctl show`. */
export function unit(id: string, values: Readonly<Record<string, string>> = {}): string {
  const all = {
    Id: id,
    Names: id,
    Type: "simple",
    LoadState: "loaded",
    ActiveState: "active",
    SubState: "running",
    UnitFileState: "enabled",
    Result: "success",
    MainPID: "4711",
    NRestarts: "0",
    FragmentPath: `/etc/systemd/system/${id}`,
    ...values,
  };
  return Object.entries(all)
    .map(([k, v]) => `${k}=${v}`)
    .join("\n");
}

/** A line of nginx's error log, `ago` seconds before now. */
export function errorLine(
  ago: number,
  message: string,
  upstream = "http://127.0.0.1:3000/",
  request = "GET / HTTP/1.1",
  client = "203.0.113.9",
): string {
  const at = new Date((NOW - ago) * 1000).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
  return `${at} [error] 900#900: *5 ${message}, client: ${client}, server: shop.example.test, request: "${request}", upstream: "${upstream}", host: "shop.example.test"`;
}

/** curl's -w line. */
export const answer = (status: number, seconds = 0.01): string =>
  `${status} 0.001 ${seconds} ${seconds} 120 15\n`;

/** What curl says where nobody listens on port 3000. */
export const DIRECT_REFUSED: Reply = {
  exitCode: 7,
  stdout: "000 0.000 0.000 0.001 0 0\n",
  stderr: "curl: (7) Failed to connect to 127.0.0.1 port 3000: Connection refused",
};

/** A host with nginx and nothing behind it; what is said replaces it. */
const BASE: Said = {
  clock: `${NOW} +0000\n`,
  init: "systemd\n",
  os: 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"\n',
  addresses:
    '[{"ifname":"lo","addr_info":[{"local":"127.0.0.1"},{"local":"::1"}]},{"ifname":"eth0","addr_info":[{"local":"198.51.100.6"}]}]',
  processes:
    "      1       0 root  5000 Ss   /sbin/init\n    900       1 root  4000 Ss   nginx: master process /usr/sbin/nginx\n    901     900 www-data  4000 S    nginx: worker process\n   4711       1 app  3000 Ssl  /usr/bin/node /srv/shop/server.js\n",
  "process-units": "   900 0::/system.slice/nginx.service\n  4711 0::/system.slice/shop.service\n",
  "tcp-listeners": `${listens("0.0.0.0:80", { name: "nginx", pid: 900 }, "nginx.service")}\n`,
  "unix-listeners": "u_str LISTEN 0 4096 /run/systemd/private 1 * 0\n",
  "nginx-config": config(site("proxy_pass http://127.0.0.1:3000;")),
  "error-log": "",
  units: `${unit("nginx.service", { MainPID: "900", FragmentPath: "/lib/systemd/system/nginx.service" })}\n\n${unit("shop.service")}\n`,
  containers: { end: "missing", exitCode: 127 },
  "unit-files": "/etc/systemd/system/shop.service\n",
  "local-units": "",
  "php-pools": "",
  "supervisor-conf": "",
  "pm2-dumps": "",
};

function result(command: Command, said: Said): CommandResult[] {
  const check = command.id.replace(/#\d+$/, "");
  const given = said[check];
  const reply = typeof given === "function" ? given(command.argv) : given;
  if (reply === undefined) return [];
  const full = { stdout: "", stderr: "", exitCode: 0, end: "exited" as const, privileged: true };
  return [
    {
      id: command.id,
      argv: command.argv,
      durationMs: 1,
      ...full,
      ...(typeof reply === "string" ? { stdout: reply } : reply),
    },
  ];
}

export interface Look extends Collected {
  readonly asked: readonly Command[];
}

/** Looks at a host that says this, in three waves as a run does. */
export async function look(
  said: Said,
  request: { vhost?: string; path?: string; base?: Said } = {},
): Promise<Look> {
  const all = { ...(request.base ?? BASE), ...said };
  const asked: Command[] = [];
  const what = {
    host: "web-1",
    runId: "run-1",
    startedAt: NOW * 1000,
    health: { path: request.path ?? "/", expect: [] },
    ...(request.vhost === undefined ? {} : { vhost: request.vhost }),
  };
  const collected = await collect(loaded, what, (_, commands) => {
    asked.push(...commands);
    return Promise.resolve(commands.flatMap((c) => result(c, all)));
  });
  return { ...collected, asked };
}

/** Looks at the machine app-1, too, which failing peers of that address are on, and which says this. */
export function beside(seen: Look, address: string, said: Said): Promise<Collected> {
  const machine = { name: "app-1", addresses: [address] };
  const run: RunWave = (_, commands) => Promise.resolve(commands.flatMap((c) => result(c, said)));
  const open = () => Promise.resolve({ hostKey: "k-1", run, close: () => Promise.resolve() });
  const health = { path: "/", expect: [] };
  const what = { host: "web-1", runId: "run-1", startedAt: NOW * 1000, health };
  return withMachines(loaded, what, seen, (peer) =>
    Promise.resolve(peer.addresses.includes(address) ? { machine, open } : undefined),
  );
}

/** Diagnoses what was looked at. */
export function verdict(
  seen: { readonly commands: readonly BundledCommand[] } & Collected,
  permits?: Parameters<typeof conclude>[3],
): ReturnType<typeof conclude> {
  const bundle = {
    schema: "502/bundle@1" as const,
    runId: "run-1",
    host: "web-1",
    playbook: "502",
    startedAt: NOW * 1000,
    durationMs: 1,
    hostKey: "k",
    commands: [...seen.commands],
    machines: [...seen.machines],
  };
  return conclude(bundle, loaded, seen, permits);
}

/** The only target. */
export function only(model: HostModel): Target {
  const [first, second] = model.targets;
  if (!first || second) throw new Error(`${model.targets.length} targets, not one`);
  return first;
}
