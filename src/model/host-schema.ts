import { z } from "zod";
import { flag, int, num, text, texts } from "./optional-fact.ts";

export const Denial = z.object({
  kind: text.describe("what kind of access, as the audit log says"),
  permission: text.describe("the permission that was refused, e.g. name_connect"),
  class: text.describe("the class of the object, e.g. tcp_socket"),
  source: text.describe("the domain that was refused"),
  target: text.describe("the type of what it wanted"),
  name: text.describe("the name of the file or socket"),
  port: int.describe("the port it wanted to reach or bind"),
  permissive: flag.describe("it was only logged, not refused"),
});

export const Disk = z.object({
  mount: z.string().describe("where it is mounted"),
  usedPct: int.describe("share of the space in use, in percent"),
  inodesPct: int.describe("share of the inodes in use, in percent"),
  sizeKb: int.describe("its size in KiB"),
});

export const HostFacts = z.object({
  name: text.describe("the host's name in the inventory"),
  family: text.describe("debian, rhel, alpine or another family"),
  init: text.describe("what process 1 is: systemd, openrc, …"),
  privileged: flag.describe("the checks ran as root or through sudo"),
  uptimeS: int.describe("seconds since the boot"),
  cores: int.describe("number of processors"),
  load1: num.describe("load of the last minute"),
  memTotalKb: int.describe("memory in KiB"),
  memAvailableKb: int.describe("memory that is available, in KiB"),
  pressureFull10: num.describe("share of the last 10 s in which all tasks waited for memory, in percent"),
  cpuPressure10: num.describe("share of the last 10 s in which tasks waited for a processor, in percent"),
  ioPressure10: num.describe("share of the last 10 s in which tasks waited for disks, in percent"),
  disks: z.array(Disk).optional().describe("its file systems"),
  fullMounts: texts.describe("file systems without room, by space or inodes"),
  fullByInodes: texts.describe("file systems without inodes"),
  tightMounts: texts.describe("file systems that are nearly full"),
  brokenConfigs: texts.describe("services whose configuration on disk fails its own test, with the reason"),
  readOnlyMounts: texts.describe("file systems that can only be read"),
  bulk: z
    .array(z.object({ path: z.string(), kb: z.int(), kind: z.string(), mount: z.string() }))
    .optional()
    .describe("the largest files and folders of the full file systems, largest first"),
  bulkText: texts.describe("the same, as text"),
  inodeHogs: texts.describe("folders that hold most inodes, as text"),
  deletedOpen: z
    .array(
      z.object({
        pid: z.int(),
        process: z.string(),
        unit: text,
        path: z.string(),
        kb: z.int(),
        mount: z.string(),
      }),
    )
    .optional()
    .describe("files without a name that a process still holds open"),
  deletedOpenKb: int.describe("what they hold in all, in KiB"),
  deletedOpenText: texts.describe("the same files, as text"),
  journalKb: int.describe("size of the journal, in KiB"),
  journalMount: text.describe("file system of the journal"),
  packageCacheKb: int.describe("size of the package manager's cache, in KiB"),
  packageCacheMount: text.describe("file system of that cache"),
  somaxconn: int.describe("net.core.somaxconn: the longest accept queue a program gets"),
  changedUnits: texts.describe("units whose file is newer than what systemd has loaded"),
  failedUnits: texts.describe("units that have failed"),
  selinux: text.describe("enforcing, permissive or disabled"),
  canNetworkConnect: flag.describe("SELinux lets nginx connect to the network"),
  nginxDomain: text.describe("the SELinux domain nginx runs in"),
  denials: z.array(Denial).optional().describe("what SELinux refused lately"),
  apparmorDenials: texts.describe("what AppArmor refused lately"),
  conntrackCount: int.describe("connections that are tracked"),
  conntrackMax: int.describe("how many can be tracked"),
  conntrackFull: flag.describe("the kernel said that the table is full"),
  ephemeralPorts: int.describe("ports for outgoing connections"),
  portsFrom: int.describe("the first of them"),
  portsTo: int.describe("the last of them"),
  oomKills: z
    .array(z.object({ process: text, pid: int, scope: text, unit: text, agoS: int }))
    .optional()
    .describe("processes the kernel killed for memory"),
  segfaults: z
    .array(z.object({ process: text, agoS: int }))
    .optional()
    .describe("processes that died of a memory fault"),
  clockSynchronized: flag.describe("the clock is synchronised"),
  loopbackUp: flag.describe("its loopback interface is up and has its IPv4 address"),
  dockerState: text.describe("state of docker's unit"),
  listenOverflows: int.describe("connections the kernel dropped because an accept queue was full"),
  dockerUnitState: text.describe("ActiveState of docker.service"),
  clusterUnits: texts.describe("units that Pacemaker or keepalived of this host may run"),
});

export const NginxFacts = z.object({
  running: flag.describe("a master process runs"),
  masters: int.describe("how many masters run"),
  workers: int.describe("how many workers run"),
  user: text.describe("the user of the workers"),
  version: text.describe("its version"),
  flavour: text.describe("nginx, openresty, angie or freenginx"),
  binary: text.describe("the program's path"),
  unit: text.describe("its systemd unit"),
  unitState: text.describe("ActiveState of that unit"),
  configTest: text.describe("ok, failed, or what kept it from being tested"),
  configError: text.describe("what nginx -t complained of"),
  configFile: text.describe("the file of that complaint"),
  configLine: int.describe("its line"),
  configPending: flag.describe("files are newer than what is loaded"),
  pendingFiles: texts.describe("the files that are newer than what is loaded"),
  reloadFailed: flag.describe("the last reload was refused, and none has followed"),
  reloadError: text.describe("what it was refused for"),
  reloadAddress: text.describe("the address that it could not bind and that is still held"),
  reloadHolder: text.describe("who holds that: the next reload will be refused as well"),
  reloadHolderAt: text.describe("the address that this one listens on"),
  reloadListen: text.describe("the server in the files that wants the address"),
  reloadable: flag.describe(
    "a reload of its unit would be taken: the test is content, and nobody holds its addresses",
  ),
  inContainer: flag.describe("it runs in a container"),
  netnsDiffers: flag.describe("it runs in a network namespace of its own"),
  listening: flag.describe("something of it listens"),
  blindLog: text.describe("why its error log tells nothing"),
  logDeleted: flag.describe("it writes to a log file without a name"),
  workerCrashes: int.describe("workers that died by a signal lately"),
  connections: int.describe("connections that are open, by its stub_status page"),
  connectionsDropped: int.describe(
    "connections that it accepted and dropped at a limit since its start, by that page",
  ),
  requestsOpen: int.describe(
    "requests that it answers now, those that wait for a backend among them, by that page",
  ),
  workerConnections: int.describe("worker_connections"),
  connectionsFile: text.describe("the file of worker_connections"),
  connectionsLine: int.describe("its line"),
  tempDir: text.describe("the folder of temporary files that it was refused lately"),
  tempDirOwner: text.describe("the owner of that folder"),
  mainFile: text.describe("the file of worker_processes or user, in the main block"),
  mainLine: int.describe("its line"),
  mainWord: text.describe("its argument"),
  rlimitFile: text.describe("the file of worker_rlimit_nofile"),
  rlimitLine: int.describe("its line"),
  rlimit: text.describe("its argument"),
  openFilesLimit: int.describe("how many files a worker may open"),
  openFiles: int.describe("how many files a worker has open"),
  upgradedAgoS: int.describe("seconds since its package was upgraded"),
  oldMaster: flag.describe("the master runs a program that was replaced on disk"),
  portOwner: text.describe("who holds the port it wants"),
  emerg: text.describe("its last [emerg] line"),
  noSpaceErrors: int.describe("lines that say the disk is full"),
});
