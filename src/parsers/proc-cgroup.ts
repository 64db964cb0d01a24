import { z } from "zod";

export const cgroupSchema = z.object({
  path: z.string(),
  /** The systemd unit of the path, of the host's or of a user's manager. */
  unit: z.string().optional(),
  slice: z.string().optional(),
  /** Set when a user's own manager (systemd --user) runs the unit. */
  userUnit: z.boolean(),
  containerId: z.string().optional(),
  pod: z.boolean(),
});
export type Cgroup = z.infer<typeof cgroupSchema>;

const CONTAINER =
  /(?:^|\/|docker-|libpod-|cri-containerd-|crio-|containerd-)([0-9a-f]{64})(?:\.scope)?(?:\/|$)/;

/**
 * /proc/PID/cgroup: version 2's line `0::PATH`, or version 1's `N:name=systemd:PATH` where that tells more (hybrid).
 * The unit is the innermost *.service or *.scope of the path (systemd's cgroup-util.c, cg_path_get_unit).
 */
export function parseCgroup(text: string): Cgroup | undefined {
  let unified: string | undefined;
  let named: string | undefined;
  let other: string | undefined;
  for (const line of text.split("\n")) {
    const match = /^(\d{1,6}):([^:]{0,200}):(\/.*)$/.exec(line.trimEnd());
    if (match === null) continue;
    const [, , controllers = "", path = ""] = match;
    if (controllers === "") unified = path;
    else if (controllers === "name=systemd") named = path;
    else if (other === undefined || path.length > other.length) other = path;
  }
  const first = [named, unified].find((path) => path !== undefined && path !== "/");
  const path = first ?? other ?? named ?? unified;
  if (path === undefined) return undefined;
  const parts = path.split("/").map((part) => part.replace(/^_(?=[^/])/, ""));
  const manager = parts.findIndex((part) => /^user@\d+\.service$/.test(part));
  const below = manager >= 0 ? parts.slice(manager + 1) : parts;
  const inner = below.findLast((part) => /^[^/]+\.(?:service|scope|socket|mount|swap)$/.test(part));
  const unit = inner ?? (manager >= 0 ? parts[manager] : undefined);
  const containerId = CONTAINER.exec(path)?.[1] ?? CONTAINER.exec(other ?? "")?.[1];
  return {
    path,
    unit: unit === undefined ? undefined : unescapeUnit(unit),
    slice: parts.findLast((part) => part.endsWith(".slice")),
    userUnit: manager >= 0 && inner !== undefined,
    containerId,
    pod: /kubepods/.test(path),
  };
}

/** systemd writes "\x2d" for a dash of a name; unit names themselves keep that form, so only a doubled one is undone. */
function unescapeUnit(unit: string): string {
  return unit.replaceAll("\\\\x", "\\x");
}
