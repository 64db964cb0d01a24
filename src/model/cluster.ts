import type { Unit } from "../parsers/systemctl-show.ts";
import type { Service } from "./service.ts";

const PROTECTED =
  /postgres|mysql|mariadb|redis|valkey|mongod|rabbitmq|kafka|zookeeper|etcd|elasticsearch|opensearch|cassandra|clickhouse|memcached|pacemaker|corosync|keepalived|drbd|ceph|gluster|slapd|nfs|iscsi|consul|vault|nats|activemq|influx/i;
/** They decide on which host a service runs, and start and stop it themselves. */
const MANAGERS = ["pacemaker.service", "keepalived.service"];

/** Databases, brokers and what a cluster manager runs: nobody starts those from a chat. */
export function isProtected(service: Service, units: ReadonlyMap<string, Unit>): boolean {
  if (PROTECTED.test(`${service.name} ${service.unit?.execStart?.path ?? ""}`)) return true;
  if (service.unit !== undefined) return inCluster(service.unit, managed(units));
  // Who leaves a container's restarts to a cluster gives it no policy of its own.
  const policy = service.container?.restartPolicy;
  return service.container !== undefined && (policy === "no" || policy === "") && managed(units);
}

/** The units that a cluster manager of this host may run. */
export function clusterUnits(units: ReadonlyMap<string, Unit>): string[] {
  const here = managed(units);
  const own = [...new Set(units.values())].filter((unit) => inCluster(unit, here));
  return own.map(({ id }) => id).toSorted();
}

/** Also while the manager is down here: the service may run on another host then. */
function managed(units: ReadonlyMap<string, Unit>): boolean {
  return MANAGERS.some((id) => units.get(id)?.loadState === "loaded");
}

/** A unit that starts at boot by itself is none of a cluster's: a resource must not. Not known is not enabled. */
function inCluster(unit: Unit, here: boolean): boolean {
  return here && /\.(?:service|socket)$/.test(unit.id) && unit.unitFileState?.startsWith("enabled") !== true;
}
