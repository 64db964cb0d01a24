import { type Front } from "./fronts.ts";
import type { NginxServer } from "../parsers/nginx-routes.ts";
import { peerAddresses } from "./addresses.ts";
import type { Target } from "./host-model.ts";
import type { Plan } from "./plan-schema.ts";
import type { Route } from "./topology.ts";
import type { TargetContext } from "./target-context.ts";

/** How the bot's own requests are told from the users' (design §6.2). */
export function userAgent(runId: string): string {
  return `fiveohtwo/0.1 (502 diagnosis; ${runId})`;
}

export function directRequest(r: Route, c: TargetContext, agent: string): Plan["peers"] {
  const peer = r.peer;
  if (peer?.kind !== "tcp" || !/^(https?|tcp)$/.test(peer.scheme)) return [];
  const address = peerAddresses(peer, c.known)[0] ?? peer.host ?? "";
  const shown = address.includes(":") ? `[${address}]` : address;
  return [
    {
      url: `${peer.scheme === "https" ? "https" : "http"}://${shown}:${peer.port}/`,
      host: sentHost(r),
      agent,
    },
  ];
}

/** The paths that failed lately, asked of the backends themselves: is the answer theirs? */
export function pathPeers(
  fronts: readonly Front[],
  routes: readonly Route[],
  c: TargetContext,
  agent: string,
): Plan["peers"] {
  return fronts.flatMap((f) => {
    if (f.probe.path === "/" || f.location === undefined) return [];
    const own = routes.filter(
      (r) =>
        r.location === f.location &&
        r.peer?.kind === "tcp" &&
        r.peer.scheme === "http" &&
        r.pass.target?.uri === undefined,
    );
    return own
      .slice(0, 2)
      .flatMap((r) =>
        directRequest(r, c, agent).map((d) => ({ ...d, url: `${d.url.replace(/\/$/, "")}${f.probe.path}` })),
      );
  });
}

/** Asks a failing peer in another protocol than nginx does: it may be the one it speaks. */
export function otherScheme(
  failing: readonly Target[],
  schemes: readonly string[],
  instead: string,
  agent: string,
): Plan["peers"] {
  return failing.flatMap((t) => {
    const { peer, location, listener } = t.scope;
    if (peer?.kind !== "tcp" || !schemes.includes(location?.scheme ?? "") || listener?.present === false)
      return [];
    const address = peer.address ?? peer.host ?? "";
    return [
      {
        url: `${instead}://${address.includes(":") ? `[${address}]` : address}:${peer.port}/`,
        host: /^[A-Za-z0-9.-]+$/.test(t.vhost) ? t.vhost : "localhost",
        agent,
      },
    ];
  });
}

/** The name by which a user asks for the vhost. */
export function requestHost(server: NginxServer): string {
  const name = server.names.find((n) => /^[A-Za-z0-9.-]+$/.test(n) && n !== "_");
  return name ?? "localhost";
}

/**
 * The Host that nginx sends to the backend, which may answer one name well and hang up on another. Without
 * proxy_set_header it is $proxy_host: the name in proxy_pass, with the port unless it is the scheme's own
 * (ngx_http_proxy_module.c, ngx_http_proxy_set_vars). FastCGI and its like are given the user's request.
 */
export function sentHost(r: Route): string {
  if (r.pass.kind !== "proxy" || r.settings === undefined) return requestHost(r.server);
  const { host } = r.settings;
  const { target } = r.pass;
  if (host !== undefined && host !== "$proxy_host")
    return /^[\w.:[\]-]+$/.test(host) ? host : requestHost(r.server);
  if (target?.unix !== undefined) return "localhost";
  const name = target?.upstream ?? target?.host;
  if (target === undefined || name === undefined || !/^[\w.:[\]-]+$/.test(name)) return requestHost(r.server);
  const own = target.scheme === "https" ? 443 : 80;
  return target.port === undefined || target.port === own ? name : `${name}:${target.port}`;
}
