import { inRange } from "../parsers/address-range.ts";
import type { Unit } from "../parsers/systemctl-show.ts";
import type { TargetContext } from "./target-context.ts";

const HOMES = /^\/(?:home|root|run\/user)(?:\/|$)/;

/**
 * The setting of a unit that hides a path from its processes (systemd.exec(5)): "ProtectHome=yes". "" where none does;
 * undefined where the unit's settings were not shown.
 */
export function hiddenBy(unit: Unit | undefined, path: string): string | undefined {
  const home = unit?.properties["ProtectHome"];
  if (home === undefined) return undefined;
  if ((home === "yes" || home === "tmpfs") && HOMES.test(path)) return `ProtectHome=${home}`;
  const hidden = words(unit, "InaccessiblePaths")
    .map((one) => one.replace(/^[-+]+/, ""))
    .find((one) => path === one || path.startsWith(`${one}/`));
  return hidden === undefined ? "" : `InaccessiblePaths=${hidden}`;
}

/**
 * The setting of a unit that keeps its processes from an address (systemd.exec(5), systemd.resource-control(5)): a
 * network of its own, or a list of denied addresses; undefined: none that was shown.
 */
function apartFrom(unit: Unit | undefined, address: string): string | undefined {
  if (unit?.properties["PrivateNetwork"] === "yes") return "PrivateNetwork=yes";
  const other = unit?.properties["NetworkNamespacePath"] ?? "";
  if (other !== "") return `NetworkNamespacePath=${other}`;
  const inside = (list: string): string | undefined =>
    words(unit, list).find((range) => inRange(address, range) === true);
  if (inside("IPAddressAllow") !== undefined) return undefined;
  const denied = inside("IPAddressDeny");
  return denied === undefined ? undefined : `IPAddressDeny=${denied}`;
}

/** The unit of nginx, or of the peer on the same machine, whose settings keep the two apart, and the setting. */
export function sandboxFacts(
  { nginx, services }: Pick<TargetContext, "nginx" | "services">,
  owner: Unit | undefined,
  address: string | undefined,
): { sandbox?: string } {
  if (address === undefined) return {};
  for (const unit of [services.units.get(nginx.unit ?? ""), owner]) {
    const setting = apartFrom(unit, address);
    if (unit !== undefined && setting !== undefined) return { sandbox: `${unit.id} has ${setting}` };
  }
  return {};
}

function words(unit: Unit | undefined, property: string): string[] {
  return (unit?.properties[property] ?? "").split(/\s+/).filter((word) => word !== "");
}
