import { type NginxAccessRecord, parseNginxAccessLog } from "../parsers/nginx-access-log.ts";
import type { FactSet } from "./facts.ts";
import type { NginxView } from "./nginx-view.ts";
import { vhostName } from "./topology.ts";

/** The access logs of the host, each with its vhosts and whether its lines say what the upstream did. */
export interface AccessLogView {
  readonly path: string;
  readonly vhosts: readonly string[];
  readonly tellsUpstream: boolean;
}

interface Counted extends AccessLogView {
  readonly records: readonly { readonly vhost: string; readonly record: NginxAccessRecord }[];
}

/** The access logs that were read, each line with its vhost: by the Host of the request where that is served, else by the file. */
export function accessLogs(view: NginxView, facts: FactSet): Counted[] {
  const servers = (view.routes?.servers ?? []).filter((s) => s.context === "http");
  return facts
    .results("access-logs")
    .filter((r) => r.exitCode === 0 && (r.end === "exited" || r.end === "cut"))
    .map((result) => {
      const path = result.argv.at(-1) ?? "";
      const writers = servers.filter((s) => s.request.accessLogs.some((l) => l.path === path));
      const names = new Set(
        writers.flatMap((s) => s.request.accessLogs.filter((l) => l.path === path).map((l) => l.format)),
      );
      const formats = (view.routes?.logFormats ?? []).filter((f) => names.has(f.name));
      const vhosts = [...new Set(writers.map(vhostName))];
      const served = new Map(writers.flatMap((s) => s.names.map((name) => [name, vhostName(s)])));
      const [only] = vhosts;
      return {
        path,
        vhosts,
        tellsUpstream: formats.some((f) => f.format.includes("$upstream_")),
        records: parseNginxAccessLog(result.stdout, formats).records.map((record) => ({
          // Only a name that is served: any other Host is a client's invention. Else the file tells it.
          vhost:
            served.get((record.host ?? record.serverName ?? "").toLowerCase()) ??
            (vhosts.length === 1 ? (only ?? path) : path),
          record,
        })),
      };
    });
}
