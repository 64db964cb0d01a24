import type { Plain } from "../parsers/plain.ts";
import type { Pm2Dump } from "../parsers/pm2-dump.ts";
import type { Pm2Jlist } from "../parsers/pm2-jlist.ts";
import { pm2Daemons } from "../parsers/ps-roles.ts";
import type { Unit } from "../parsers/systemctl-show.ts";
import type { FactSet } from "./facts.ts";
import type { ProcessTable } from "./process-table.ts";
import type { Pm2Service, Service } from "./service.ts";
import { PROGRAM_DIRS } from "./definition-files.ts";

export function pm2Services(
  facts: FactSet,
  processes: ProcessTable,
  units: ReadonlyMap<string, Unit>,
): Service[] {
  const daemons = pm2Daemons(processes.all);
  const byKey = new Map<string, Service>();
  const bootUnit = (user: string): Unit | undefined => units.get(`pm2-${user}.service`);
  const add = (
    user: string,
    home: string,
    daemon: boolean | undefined,
    dumped: boolean,
    app: Pm2Service["app"] & object,
  ): void => {
    const key = `pm2:${user}/${app.name}`;
    const known = byKey.get(key);
    const before = known?.app;
    const boot = bootUnit(user);
    const pm2: Pm2Service = {
      user,
      home,
      path: pm2Path(app.interpreter),
      daemon: daemon === true || before?.daemon === true ? true : daemon,
      dumped: dumped || (before?.dumped ?? false),
      app: before?.app && !dumped ? app : (before?.app ?? app),
      ...(boot ? { bootUnit: boot } : {}),
    };
    const files = [
      app.execPath ?? "",
      `${app.cwd ?? ""}/.env`,
      `${app.cwd ?? ""}/ecosystem.config.js`,
    ].filter((f) => f.startsWith("/") && !PROGRAM_DIRS.test(f));
    byKey.set(key, {
      key,
      kind: "pm2",
      name: app.name,
      app: pm2,
      text: "",
      files,
      // Only the daemon's own list names them.
      logs: [...new Set([...(known?.logs ?? []), app.errLog, app.outLog])].filter((l) => l !== undefined),
      declared: app.port === undefined ? [] : [String(app.port)],
      local: true,
    });
  };
  for (const fact of facts.all<Pm2Jlist>("pm2-apps")) {
    const home = /^PM2_HOME=(.*)$/.exec(fact.argv.find((w) => w.startsWith("PM2_HOME=")) ?? "")?.[1] ?? "";
    const user = daemons.find((d) => d.home === home)?.user ?? "";
    if (fact.value.spawnedDaemon) continue;
    for (const app of fact.value.apps) add(user, home, true, false, app);
  }
  for (const fact of facts.all<Pm2Dump>("pm2-saved")) {
    const path = fact.argv.at(-1) ?? "";
    const home = path.replace(/\/dump\.pm2$/, "");
    const daemon = daemons.find((d) => d.home === home);
    const user =
      daemon?.user ?? /^\/home\/([^/]+)\//.exec(path)?.[1] ?? (path.startsWith("/root/") ? "root" : "");
    if (user === "") continue;
    for (const app of fact.value.apps)
      add(user, home, daemon !== undefined ? true : processes.seen ? false : undefined, true, {
        ...app,
        pid: 0,
        status: "unknown",
        restarts: 0,
      });
  }
  return [...byKey.values()].map((service) => withDifference(service, facts));
}

/** What `pm2 save` would change in the saved list: pm2 keeps what its daemon has, running or not, and nothing else. */
function withDifference(service: Service, facts: FactSet): Service {
  const { app } = service;
  if (app === undefined) return service;
  const listed = facts
    .all<Pm2Jlist>("pm2-apps")
    .filter((f) => !f.value.spawnedDaemon && f.argv.includes(`PM2_HOME=${app.home}`));
  const path = `${app.home}/dump.pm2`;
  const saved = facts.all<Pm2Dump>("pm2-saved").filter((f) => f.argv.at(-1) === path);
  const none = facts.one<Plain>("pm2-dumps")?.lines.includes(path) === false;
  if (listed.length === 0 || (saved.length === 0 && !none)) return service;
  const has = new Set(listed.flatMap((f) => f.value.apps.map((a) => a.name)));
  const had = new Set(saved.flatMap((f) => f.value.apps.map((a) => a.name)));
  const saves = [...has].filter((name) => !had.has(name));
  const drops = [...had].filter((name) => !has.has(name));
  return { ...service, app: { ...app, saves, drops } };
}

/** Where pm2 and its node are: nvm's folder when the interpreter is there, then the usual places. */
export function pm2Path(interpreter: string | undefined): string {
  const dir = interpreter?.startsWith("/") ? interpreter.replace(/\/[^/]+$/, "") : undefined;
  const usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return dir !== undefined && !usual.split(":").includes(dir) ? `${dir}:${usual}` : usual;
}
