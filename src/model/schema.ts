import type { z } from "zod";
import { HostFacts, NginxFacts } from "./host-schema.ts";
import {
  VhostFacts,
  LocationFacts,
  UpstreamFacts,
  PeerFacts,
  SymptomFacts,
  DirectFacts,
} from "./route-schema.ts";
import {
  ListenerFacts,
  SocketFacts,
  ServiceFacts,
  UnitFacts,
  AppFacts,
  ContainerFacts,
  PoolFacts,
  LogFacts,
} from "./service-schema.ts";
import { NetFacts, TlsFacts } from "./network-schema.ts";
import { Plan } from "./plan-schema.ts";

/** What a rule of scope "peer" sees; scope "vhost" sees the first three; scope "host" the first two. */
export const PEER_SCOPE = {
  host: HostFacts,
  nginx: NginxFacts,
  vhost: VhostFacts,
  location: LocationFacts,
  upstream: UpstreamFacts,
  peer: PeerFacts,
  symptom: SymptomFacts,
  direct: DirectFacts,
  listener: ListenerFacts,
  socket: SocketFacts,
  service: ServiceFacts,
  unit: UnitFacts,
  app: AppFacts,
  container: ContainerFacts,
  pool: PoolFacts,
  log: LogFacts,
  net: NetFacts,
  tls: TlsFacts,
} as const;

export type PeerScope = { -readonly [K in keyof typeof PEER_SCOPE]?: z.infer<(typeof PEER_SCOPE)[K]> };

/** What a check's `when` and `forEach` see. */
export const CHECK_SCOPE = { host: HostFacts, nginx: NginxFacts, plan: Plan } as const;
