import type { z } from "zod";
import { isPath } from "../parsers/nginx-location-match.ts";
import { allLocations, type NginxServer } from "../parsers/nginx-routes.ts";
import type { StubStatus } from "../parsers/stub-status.ts";
import { type FactSet, known } from "./facts.ts";
import { type Front, frontUrl, listenOf, PLAIN_PATH } from "./fronts.ts";
import type { NginxFacts } from "./host-schema.ts";
import type { NginxView } from "./nginx-view.ts";
import { requestHost } from "./plan-requests.ts";

/** Where nginx shows its own counters (ngx_http_stub_status_module): at most one page a server. */
export function statusPages(
  view: NginxView,
  agent: string,
): { url: string; host: string; resolve: string; agent: string }[] {
  return (view.routes?.servers ?? []).flatMap((server) => {
    const path = pathOf(server);
    const listen = server.context === "http" ? listenOf(server) : undefined;
    if (path === undefined || listen === undefined || listen.proxied === true) return [];
    const name = requestHost(server);
    const probe: Front["probe"] = { vhost: name, ...listen, path, expect: [] };
    return [{ ...frontUrl(probe), host: name, agent }];
  });
}

function pathOf(server: NginxServer): string | undefined {
  const place = allLocations(server.locations).find((l) => l.actions.stubStatus && isPath(l));
  if (place !== undefined && PLAIN_PATH.test(place.path)) return place.path;
  return server.actions.stubStatus ? "/" : undefined;
}

/** nginx's own counters, of the first page that could be read. */
export function statusFacts(facts: FactSet): Partial<z.infer<typeof NginxFacts>> {
  const seen = facts.one<StubStatus>("stub-status");
  if (seen === undefined) return {};
  return known({
    connections: seen.active,
    connectionsDropped: seen.accepts - seen.handled,
    requestsOpen: seen.writing,
  });
}
