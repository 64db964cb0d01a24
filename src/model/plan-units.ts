import type { Journal } from "../parsers/journal.ts";
import type { Plain } from "../parsers/plain.ts";
import { isDown } from "./links.ts";
import type { Target } from "./host-model.ts";
import type { Plan } from "./plan-schema.ts";
import type { TargetContext } from "./target-context.ts";

/** Units whose journal tells something: the linked ones first, then what is down, then other local ones. */
export function unitsToRead(c: TargetContext, targets: readonly Target[]): string[] {
  const linked = targets.flatMap((t) =>
    t.scope.service?.kind === "systemd" ? [t.scope.service.name ?? ""] : [],
  );
  const local = c.services.all.filter((s) => s.kind === "systemd" && s.local);
  const down = c.services.all.filter(
    (s) => s.kind === "systemd" && isDown(s) && s.unit?.activeState !== "inactive",
  );
  // Who listened there once is asked about only now: its whole log is read beside its state.
  const former = formerUnits(c).filter((id) => id.endsWith(".service") && !c.services.units.has(id));
  const names = [
    ...linked,
    ...former,
    ...local.filter(isDown).map((s) => s.name),
    ...down.map((s) => s.name),
    ...local.map((s) => s.name),
  ];
  if (c.nginx.running === false && c.nginx.unit !== undefined) names.unshift(c.nginx.unit);
  return [...new Set(names)].filter((n) => n !== "" && /^[A-Za-z0-9:_.\\@-]+$/.test(n)).slice(0, 10);
}

/** Installed services that systemd has not loaded, so that `show '*'` left them out. */
export function unloaded(c: TargetContext): string[] {
  const paths = (c.facts.one<Plain>("unit-files")?.lines ?? []).map((l) => l.trim());
  const own = new Set(paths.filter((p) => /^\/(etc|run|usr\/local)\//.test(p)).map(baseName));
  // A unit whose file is gone still stands in the journal.
  const former = formerUnits(c);
  const names = [...new Set([...paths.map(baseName), ...former])].filter(
    (n) => /^[A-Za-z0-9:_.\\@-]+\.(service|socket)$/.test(n) && !n.includes("@."),
  );
  return names
    .filter((n) => !c.services.units.has(n) && !DISTRIBUTION.test(n))
    .filter(
      (n) =>
        own.has(n) ||
        former.includes(n) ||
        /nginx|angie|openresty|fpm|docker|gunicorn|uwsgi|puma|unicorn|node|pm2|tomcat|jetty|app|web|api/.test(
          n,
        ),
    );
}

/** Units of which a line about the port was found. */
function formerUnits(c: TargetContext): string[] {
  return c.facts
    .all<Journal>("journal-port")
    .flatMap((f) => f.value.entries.flatMap((e) => (e.unit === undefined ? [] : [e.unit])));
}

export function lostPorts(targets: readonly Target[]): Plan["lostPorts"] {
  const lost = targets.filter(
    (t) =>
      t.scope.listener?.present === false &&
      t.scope.service?.certain !== true &&
      t.scope.peer?.kind === "tcp",
  );
  const ports = [...new Set(lost.map((t) => t.scope.peer?.port))].filter((p) => p !== undefined).slice(0, 8);
  return ports.length === 0
    ? []
    : [{ pattern: `(listen|running|start|serv|bound|ready|http).*\\b(${ports.join("|")})\\b` }];
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

const DISTRIBUTION =
  /^(systemd-|x11-common|cryptdisks|hwclock|rc|rcS|sudo|bootlogs|killprocs|motd|single|umount|halt|reboot|fuse|dbus-org|syslog|sshd|display-manager|autovt|ctrl-alt-del|container-getty|initrd|emergency|rescue)/;

export function mentions(c: TargetContext, targets: readonly Target[]): Plan["fileBatches"] {
  const wanted = targets.filter(
    (t) => t.scope.service?.certain !== true && (t.scope.peer?.local !== false || t.machine !== undefined),
  );
  const ports = wanted.flatMap((t) => (t.scope.peer?.port === undefined ? [] : [String(t.scope.peer.port)]));
  const paths = wanted.flatMap((t) =>
    t.scope.peer?.path === undefined ? [] : [t.scope.peer.path.replaceAll(/[.+*?^$()[\]{}|\\]/g, "\\$&")],
  );
  const needles = [...new Set([...ports, ...paths])].slice(0, 40);
  const own = c.services.all.filter((s) => s.local).flatMap((s) => s.files);
  const files = [...new Set([...own, ...c.services.unloadedFiles])].slice(0, 200);
  return needles.length === 0 || files.length === 0 ? [] : [{ needles: needles.join("|"), files }];
}

export function appLogs(c: TargetContext, targets: readonly Target[]): string[] {
  const names = new Set(targets.map((t) => t.scope.service?.name));
  const paths = c.services.all.filter((s) => names.has(s.name)).flatMap((s) => s.logs);
  return [...new Set(paths)].filter((p) => /^\/[\w./@+-]+$/.test(p));
}
