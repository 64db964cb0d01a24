import type { Traffic } from "../domain/diagnosis.ts";
import { ago } from "./headline.ts";
import { percent } from "./report.ts";

/**
 * "shop.example.test: 22 of 1,206 requests failed (1.8 %; 502: 22) within 60 minutes, the first 12 minutes ago …".
 * @param now when the run began, epoch milliseconds
 * @param clock how to write a moment, where it is read later, too
 */
export function sayTraffic(
  t: Traffic,
  now: number,
  clock = (at: number): string => `${ago(now - at)} ago`,
): string {
  const statuses = t.statuses.map((s) => `${s.status}: ${s.count}`).join(", ");
  const share = `${t.failed.toLocaleString("en")} of ${t.requests.toLocaleString("en")} requests failed (${percent(t.failed / t.requests)}; ${statuses})`;
  const when = `within ${ago(now - t.from)}, the first ${clock(t.first)}, the last ${clock(t.last)}`;
  const paths = counted(
    t.paths.map((p) => [p.path, p.count]),
    t.morePaths,
  );
  const clients = counted(
    t.clients.map((c) => [c.client, c.count]),
    t.moreClients,
  );
  return `${t.vhost}: ${share} ${when}${paths === "" ? "" : `; paths ${paths}`}${clients === "" ? "" : `; clients (masked) ${clients}`}`;
}

function counted(named: readonly (readonly [string, number])[], more: number): string {
  const shown = named.map(([name, count]) => `${name} (${count})`).join(", ");
  return more === 0 ? shown : `${shown} and ${more} more`;
}
