import type { z } from "zod";
import type { AccessTest } from "../parsers/access-test.ts";
import type { Namei } from "../parsers/namei.ts";
import type { FileFacts, Stat } from "../parsers/stat.ts";
import type { Unit } from "../parsers/systemctl-show.ts";
import { known } from "./facts.ts";
import type { Listeners, Match } from "./listeners.ts";
import type { SocketFacts } from "./service-schema.ts";
import type { TargetContext } from "./target-context.ts";
import { hiddenBy } from "./unit-sandbox.ts";

/**
 * A unix socket's file: what it is, whether nginx's user may use it, and what else is there.
 * @param owner the unit whose program should listen on it
 */
export function socketFacts(
  path: string,
  match: Match,
  context: Pick<TargetContext, "listeners" | "facts" | "nginx" | "services" | "askedPaths">,
  owner?: Unit,
): z.infer<typeof SocketFacts> {
  const { listeners: all, facts, askedPaths: asked } = context;
  const { user, unit } = context.nginx;
  const files = facts.all<Stat>("sockets").flatMap((f) => f.value.files);
  const dir = path.replace(/\/[^/]+$/, "") || "/";
  const folder = files.find((f) => f.path === dir);
  const way = facts
    .all<Namei>("socket-path")
    .flatMap((f) => f.value.paths)
    .find((p) => p.path === path);
  const file = files.find((f) => f.path === path) ?? fileOf(way);
  const seen = file !== undefined && (file.state === "present" || file.state === "absent");
  const access = facts.all<AccessTest>("socket-access").find((f) => f.argv.at(-1) === path)?.value.allowed;
  const blocked = user === undefined || way === undefined ? undefined : blockedAt(way, user);
  const others = all.unixSeen ? alike(path, all).filter((p) => !asked.has(p)) : undefined;
  const inode = match.exact[0]?.unix?.fileInode;
  return known<z.infer<typeof SocketFacts>>({
    exists: seen ? file.state === "present" : undefined,
    type: file?.type,
    mode: file?.mode,
    user: file?.owner,
    group: file?.group,
    listening: match.present,
    nginxMayWrite: access ?? mayWrite(file, user, blocked),
    blockedAt: access === true ? "" : way === undefined || user === undefined ? undefined : (blocked ?? ""),
    hiddenBy: hiddenBy(context.services.units.get(unit ?? ""), path) || undefined,
    dirExists:
      folder === undefined || folder.state === "unknown" || folder.state === "denied"
        ? undefined
        : folder.state === "present",
    dir,
    inodeMatches: inode === undefined || file?.inode === undefined ? undefined : inode === file.inode,
    others: others,
    othersText: others?.join(", "),
    privateTmp: inPrivateTmp(path, context.services.units.get(unit ?? ""), owner),
  });
}

/** True where nginx or the service has a /tmp of its own; undefined: one of the two is not known, and the other has none. */
function inPrivateTmp(path: string, nginx: Unit | undefined, owner: Unit | undefined): boolean | undefined {
  if (!/^\/(var\/)?tmp\//.test(path)) return false;
  if (nginx?.privateTmp === true || owner?.privateTmp === true) return true;
  return nginx?.privateTmp === undefined || owner?.privateTmp === undefined ? undefined : false;
}

/** Where stat was not run, the last part of the way tells the file's mode and owner as well. */
function fileOf(way: Namei["paths"][number] | undefined): FileFacts | undefined {
  const last = way?.stopped === undefined ? way?.components.at(-1) : undefined;
  if (way === undefined || last === undefined || !way.path.endsWith(`/${last.name}`)) return undefined;
  const bits = last.mode.slice(1, 10).replaceAll(/[-ST]/g, "0").replaceAll(/[^0]/g, "1");
  return {
    path: way.path,
    state: "present",
    mode: Number.parseInt(bits, 2).toString(8),
    owner: last.owner,
    group: last.group,
    ...(last.mode.startsWith("s") ? { type: "socket" } : {}),
  };
}

/** Without sudo the mode still tells, as long as no group membership is in question. */
function mayWrite(
  file: FileFacts | undefined,
  user: string | undefined,
  blocked: string | undefined,
): boolean | undefined {
  if (file?.mode === undefined || user === undefined || file.state !== "present") return undefined;
  const mode = Number.parseInt(file.mode, 8);
  if (blocked !== undefined) return false;
  if (file.owner === user) return (mode & 0o200) !== 0;
  if (file.group === user) return (mode & 0o020) !== 0;
  if ((mode & 0o002) !== 0) return true;
  return (mode & 0o020) !== 0 ? undefined : false;
}

/** The first folder above the file that the user may not pass; only where its mode alone decides. */
function blockedAt(way: Namei["paths"][number], user: string): string | undefined {
  let path = "";
  for (const c of way.components.slice(0, -1)) {
    path = c.name === "/" ? "" : `${path}/${c.name}`;
    const other = c.mode.at(9);
    const own = c.owner === user ? c.mode.at(3) : c.group === user ? c.mode.at(6) : other;
    if (c.mode.startsWith("d") && own !== undefined && !/[xst]/.test(own)) return path === "" ? "/" : path;
  }
  return undefined;
}

const FAMILIES = [/php.*fpm|fpm/, /gunicorn/, /uwsgi/, /puma/, /unicorn/];

/** Other live sockets of the same family or folder: where the application may really be. */
function alike(path: string, all: Listeners): string[] {
  const family = FAMILIES.find((f) => f.test(path));
  const dir = path.replace(/\/[^/]+$/, "");
  return all.all
    .filter((l) => l.unix && l.unix.path.startsWith("/") && l.unix.path !== path)
    .filter(
      (l) =>
        (family?.test(l.unix?.path ?? "") ?? false) ||
        ((l.unix?.path ?? "").startsWith(`${dir}/`) &&
          dir !== "/run" &&
          dir !== "/var/run" &&
          dir !== "/tmp") ||
        (family?.test(l.process?.args ?? "") ?? false),
    )
    .filter((l) => !/systemd|dbus|\/run\/user\//.test(l.unix?.path ?? ""))
    .map((l) => l.unix?.path ?? "");
}
