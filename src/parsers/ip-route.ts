import { z } from "zod";
import { ran, toJson, type Output } from "./output.ts";

export const ipRouteSchema = z.object({
  /** How the kernel would reach the address; the refusals carry the errno that connect() gives. */
  outcome: z.enum(["reachable", "prohibited", "unreachable", "blackhole", "no-route", "error"]),
  errno: z.number().optional(),
  local: z.boolean(),
  destination: z.string().optional(),
  device: z.string().optional(),
  gateway: z.string().optional(),
  source: z.string().optional(),
});
export type IpRoute = z.infer<typeof ipRouteSchema>;

const routes = z.array(
  z.looseObject({
    type: z.string().optional(),
    dst: z.string().optional(),
    dev: z.string().optional(),
    gateway: z.string().optional(),
    prefsrc: z.string().optional(),
  }),
);

/** The kernel's answer to `ip [-j] route get ADDRESS`; a refusal comes as "RTNETLINK answers: …" with exit 2. */
export function parseIpRoute(output: Output): IpRoute | undefined {
  if (!ran(output)) return undefined;
  const refusal = refusalOf(output.stderr);
  if (refusal !== undefined) return { ...refusal, local: false };
  const json = routes.safeParse(toJson(output.stdout));
  const first = json.success ? json.data[0] : textRoute(output.stdout);
  if (first === undefined) return undefined;
  if (first.type === "prohibit") return { outcome: "prohibited", errno: 13, local: false };
  if (first.type === "unreachable") return { outcome: "unreachable", errno: 113, local: false };
  if (first.type === "blackhole") return { outcome: "blackhole", errno: 22, local: false };
  return {
    outcome: "reachable",
    local: first.type === "local" || first.dev === "lo",
    destination: first.dst,
    device: first.dev,
    gateway: first.gateway,
    source: first.prefsrc,
  };
}

function refusalOf(stderr: string): Pick<IpRoute, "outcome" | "errno"> | undefined {
  const text = /RTNETLINK answers: (.{1,100})/.exec(stderr)?.[1];
  if (text === undefined) return undefined;
  if (/Permission denied/.test(text)) return { outcome: "prohibited", errno: 13 };
  if (/No route to host|Host is unreachable/.test(text)) return { outcome: "unreachable", errno: 113 };
  if (/Invalid argument/.test(text)) return { outcome: "blackhole", errno: 22 };
  if (/Network (?:is )?unreachable/.test(text)) return { outcome: "no-route", errno: 101 };
  return { outcome: "error" };
}

function textRoute(stdout: string): z.infer<typeof routes>[number] | undefined {
  const match =
    /^(?:(local|prohibit|unreachable|blackhole|unicast|broadcast) )?([\d.:a-fA-F]{2,45}) (.{0,500})/.exec(
      stdout,
    );
  if (match === null) return undefined;
  const word = (key: string): string | undefined =>
    new RegExp(`(?:^|\\s)${key} (\\S{1,64})`).exec(match[3] ?? "")?.[1];
  const route = {
    type: match[1],
    dst: match[2],
    dev: word("dev"),
    gateway: word("via"),
    prefsrc: word("src"),
  };
  return route.dev === undefined && route.type === undefined ? undefined : route;
}
