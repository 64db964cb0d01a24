import { z } from "zod";

const paths = z.array(z.string());

/** What is worth looking at next, from what was seen so far: the lists that for-each checks walk. */
export const Plan = z.object({
  fronts: z.array(z.object({ url: z.string(), host: z.string(), resolve: z.string(), agent: z.string() })),
  /** Those that nginx takes by the PROXY protocol only. */
  proxiedFronts: z.array(
    z.object({ url: z.string(), host: z.string(), resolve: z.string(), agent: z.string() }),
  ),
  /** Pages of nginx's own counters. */
  statusPages: z.array(
    z.object({ url: z.string(), host: z.string(), resolve: z.string(), agent: z.string() }),
  ),
  peers: z.array(z.object({ url: z.string(), host: z.string(), agent: z.string() })),
  socketPeers: z.array(z.object({ path: z.string(), url: z.string(), host: z.string(), agent: z.string() })),
  tlsPeers: z.array(z.object({ connect: z.string(), name: z.string() })),
  socketBatches: z.array(z.object({ paths })),
  socketPaths: z.array(z.object({ path: z.string(), user: z.string() })),
  errorLogs: z.array(z.object({ path: z.string() })),
  errorsInJournal: z.boolean(),
  accessLogs: z.array(z.object({ path: z.string() })),
  rotatedLogs: z.array(z.object({ path: z.string() })),
  configBatches: z.array(z.object({ paths })),
  /** Files of the php-fpm pools whose socket nginx may not use. */
  poolBatches: z.array(z.object({ paths })),
  /** The folder of temporary files that nginx was refused. */
  tempDirs: z.array(z.object({ path: z.string() })),
  units: z.array(z.object({ name: z.string() })),
  unloadedBatches: z.array(z.object({ names: paths })),
  fileBatches: z.array(z.object({ needles: z.string(), files: paths })),
  pm2: z.array(z.object({ user: z.string(), home: z.string(), path: z.string() })),
  pm2Dumps: z.array(z.object({ path: z.string(), user: z.string() })),
  nginx: z.array(z.object({ pid: z.int(), worker: z.int() })),
  containerBatches: z.array(z.object({ names: paths })),
  /** Containers that failing peers are, whose own logs tell why. */
  containerLogs: z.array(z.object({ name: z.string() })),
  containerPids: z.array(z.object({ pid: z.int(), name: z.string() })),
  deployBatches: z.array(z.object({ paths })),
  appLogs: z.array(z.object({ path: z.string() })),
  addresses: z.array(z.object({ address: z.string() })),
  names: z.array(z.object({ name: z.string() })),
  resolverNames: z.array(z.object({ name: z.string(), resolver: z.string() })),
  /** Failing peers asked in plain HTTP that may speak TLS, and the other way round. */
  tlsInstead: z.array(z.object({ url: z.string(), host: z.string(), agent: z.string() })),
  plainSockets: z.array(z.object({ path: z.string(), url: z.string(), host: z.string(), agent: z.string() })),
  plainInstead: z.array(z.object({ url: z.string(), host: z.string(), agent: z.string() })),
  /** Ports that nothing listens on and no service names, as a pattern for the journal. */
  lostPorts: z.array(z.object({ pattern: z.string() })),
  pathPeers: z.array(z.object({ url: z.string(), host: z.string(), agent: z.string() })),
  /** Masters that run another configuration than the default one, by where their program lies. */
  otherNginx: z.array(z.object({ config: z.string(), prefix: z.string() })),
  localNginx: z.array(z.object({ config: z.string(), prefix: z.string() })),
  openresty: z.array(z.object({ config: z.string(), prefix: z.string() })),
  angie: z.array(z.object({ config: z.string(), prefix: z.string() })),
  /** File systems that are full or nearly so, and the size from which on a file in them counts. */
  fullMounts: z.array(z.object({ mount: z.string(), floor: z.string() })),
  inodeMounts: z.array(z.object({ mount: z.string() })),
  slowLogs: z.array(z.object({ path: z.string() })),
  /** Versions of php-fpm that have pools; "" is a php-fpm without a version in its name. */
  phpVersions: z.array(z.string()),
  supervisor: z.boolean(),
  networkSymptom: z.boolean(),
  permissionSymptom: z.boolean(),
  overflowSymptom: z.boolean(),
});
export type Plan = z.infer<typeof Plan>;
