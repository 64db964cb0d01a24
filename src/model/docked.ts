import type { FactSet } from "./facts.ts";
import type { Service } from "./service.ts";
import type { Services } from "./services.ts";

/** True for an address of one of docker's own networks, by the first two or three octets of its containers. */
export function inDockerNetwork(
  address: string | undefined,
  context: { readonly services: Services },
): boolean {
  const prefix = address?.split(".").slice(0, 2).join(".");
  return (
    prefix !== undefined &&
    context.services.all.some(
      (s) =>
        s.container?.networks.some((n) => n.address !== "" && n.address.startsWith(`${prefix}.`)) === true,
    )
  );
}

/** Whether an address can be a container's; undefined: which containers there are was not seen. */
export function dockedAt(
  address: string | undefined,
  context: {
    readonly services: Services;
    readonly facts: FactSet;
    readonly host: { readonly dockerState?: string | undefined };
  },
): boolean | undefined {
  if (inDockerNetwork(address, context)) return true;
  const listed = context.facts.results("containers")[0]?.stdout.trim() ?? "";
  const details = context.facts.results("container-details").some((r) => r.end === "exited");
  const { dockerState } = context.host;
  return dockerState === "absent" || (dockerState === "up" && (listed === "" || details)) ? false : undefined;
}

/** `ss` inside the container's network namespace shows a listener on the port. */
export function listensInside(service: Service, port: number | undefined, facts: FactSet): boolean {
  return port !== undefined && insidePorts(service, facts).includes(port);
}

export function insidePorts(service: Service, facts: FactSet): number[] {
  const pid = service.container?.pid;
  const inside = facts
    .results("inside-container")
    .find((r) => pid !== undefined && r.argv.includes(String(pid)) && r.end === "exited");
  return [...(inside?.stdout ?? "").matchAll(/^LISTEN\s+\d+\s+\d+\s+\S+:(\d+)\s/gm)].map((m) => Number(m[1]));
}
