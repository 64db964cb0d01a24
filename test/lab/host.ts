import { spawn } from "node:child_process";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { baseRoot } from "./base.ts";
import { dockerLayer } from "./docker-layer.ts";
import { keyPath } from "./paths.ts";
import { type Finished, must, run, until } from "./process.ts";
import { type HostRecord, claim, halt, nameOf, remove, save, slotDir } from "./record.ts";

/** What a new host should be. */
export interface HostWish {
  /** The host's own name inside. */
  hostname: string;
  /** False: it outlives this process (started by hand). */
  owned?: boolean;
  /** True: Debian's docker.io is installed and running. */
  docker?: boolean;
  /** True: memory limits of units are real, as on an ordinary server. */
  memory?: boolean;
}

const running = new Set<LabHost>();

/** Boots a host on a fresh overlay of the base; 4-6 s. Throws with the console's last lines. */
export async function bootHost(wish: HostWish, say?: (line: string) => void): Promise<LabHost> {
  const base = await baseRoot(say);
  const docker = wish.docker ?? false;
  const lower = docker ? `${await dockerLayer(base, say)}:${base}` : base;
  const host = new LabHost(await claim(wish.hostname, wish.owned ?? true), docker);
  if (wish.owned ?? true) running.add(host);
  try {
    await host.makeRoot(lower);
    await host.start();
    if (wish.memory ?? false) await host.makeMemoryLimitsReal();
    if (docker) await host.startDocker();
  } catch (error) {
    await host.stop();
    throw error;
  }
  return host;
}

/** Stops every host this process started; for signal handlers and the end of a run. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((host) => host.stop()));
}

/** A real Debian with systemd as process 1, its own network namespace and sshd on port 22. */
export class LabHost {
  readonly record: HostRecord;
  readonly hostname: string;
  readonly ip: string;
  /** The machine's end of the link, as the host sees a client. */
  readonly gateway: string;
  readonly port = 22;
  readonly keyPath = keyPath;

  readonly #docker: boolean;

  constructor(record: HostRecord, docker = false) {
    this.record = record;
    this.#docker = docker;
    this.hostname = record.hostname;
    this.ip = `198.51.100.${record.slot * 4 + 2}`;
    this.gateway = `198.51.100.${record.slot * 4 + 1}`;
  }

  private get dir(): string {
    return slotDir(this.record.slot);
  }

  private get machine(): string {
    return `fl${this.record.slot}`;
  }

  /** The file that holds this host's key, in OpenSSH's known_hosts format. */
  get knownHostsPath(): string {
    return join(this.dir, "known_hosts");
  }

  async makeRoot(lower: string): Promise<void> {
    const { dir } = this;
    for (const part of ["up", "work", "merged", "docker"]) await mkdir(join(dir, part));
    const layers = `lowerdir=${lower},upperdir=${dir}/up,workdir=${dir}/work`;
    await must(["mount", "-t", "overlay", "overlay", "-o", layers, join(dir, "merged")]);
    const root = join(dir, "merged");
    await writeFile(join(root, "etc/hostname"), `${this.hostname}\n`);
    await writeFile(
      join(root, "etc/hosts"),
      `127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 ${this.hostname}\n`,
    );
    const key = await readFile(join(root, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8");
    const [type = "", blob = ""] = key.split(" ");
    await writeFile(this.knownHostsPath, `${this.ip} ${type} ${blob}\n`);
  }

  /** Boots the root as it is: the first time, and again after a reboot or a power cut. */
  async start(): Promise<void> {
    const console_ = await open(join(this.dir, "console.log"), "a");
    const options =
      `--quiet --machine=${this.machine} --hostname=${this.hostname} --network-veth --register=no ` +
      "--keep-unit --resolv-conf=off --timezone=off --link-journal=no --console=pipe " +
      "--capability=CAP_NET_ADMIN --boot";
    // runc needs these calls, and overlay2 needs a folder that is no overlay itself.
    const docker = [
      "--system-call-filter=keyctl add_key bpf",
      `--bind=${join(this.dir, "docker")}:/var/lib/docker`,
    ];
    const argv = [...options.split(" "), "-D", join(this.dir, "merged"), ...(this.#docker ? docker : [])];
    const nspawn = spawn("/usr/bin/systemd-nspawn", argv, {
      detached: true,
      stdio: ["ignore", console_.fd, console_.fd],
      env: { ...process.env, ...(this.#docker ? { SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network" } : {}) },
    });
    nspawn.unref();
    await console_.close();
    if (nspawn.pid === undefined) throw new Error("systemd-nspawn did not start: is it installed?");
    this.record.nspawn = await nameOf(nspawn.pid);
    await save(this.record);
    try {
      await this.join(nspawn.pid);
    } catch (error) {
      const log = await readFile(join(this.dir, "console.log"), "utf8");
      throw new Error(`${String(error)}\n${log.split("\n").slice(-12).join("\n")}`, { cause: error });
    }
  }

  private async join(nspawnPid: number): Promise<void> {
    const leader = await until("process 1 of the host", 20, async () => {
      const pid = (await run(["pgrep", "-P", String(nspawnPid)])).stdout.trim();
      if (!/^\d+$/.test(pid)) return null;
      const link = await run(["nsenter", "-t", pid, "-n", "ip", "link", "show", "host0"]);
      return link.code === 0 ? Number(pid) : null;
    });
    this.record.leader = await nameOf(leader);
    await save(this.record);
    const outer = `ve-${this.machine}`;
    // Addresses of hosts that are down must fail here and never leave the machine.
    await must(["ip", "route", "replace", "blackhole", "198.51.100.0/24"]);
    await must(["ip", "addr", "replace", `${this.gateway}/30`, "dev", outer]);
    await must(["ip", "link", "set", outer, "up"]);
    const inside = `ip addr replace ${this.ip}/30 dev host0; ip link set host0 up; ip link set lo up
ip route replace default via ${this.gateway}`;
    await must(["nsenter", "-t", String(leader), "-n", "sh", "-ec", inside]);
    await until("systemd to finish booting", 60, async () => {
      // The first calls find no systemd to talk to; one that does waits there, and costs nothing meanwhile.
      const state = await this.exec("systemctl is-system-running --wait", { timeoutMs: 120_000 });
      return /running|degraded/.test(state.stdout);
    });
    await until("sshd to answer", 20, async () => await greets(this.ip, this.port));
  }

  /**
   * systemd-nspawn leaves the memory controller read-only; on an ordinary server it is not.
   * The bind flag is essential: a plain remount says the mount point is busy.
   */
  async makeMemoryLimitsReal(): Promise<void> {
    const memory = "mount -o remount,bind,rw /sys/fs/cgroup/memory";
    await must(["nsenter", "-t", String(this.leader), "-m", "--", "sh", "-c", memory]);
    await this.sh("systemctl daemon-reexec");
  }

  /** Makes every cgroup controller writable, as on an ordinary server, and starts the daemon. */
  async startDocker(): Promise<void> {
    const writable = `for c in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$c" || true; done`;
    await must(["nsenter", "-t", String(this.leader), "-m", "--", "sh", "-c", writable]);
    await this.sh("systemctl restart docker", { timeoutMs: 60_000 });
  }

  /** Process 1 of the host, as the machine numbers it. */
  get leader(): number {
    if (this.record.leader === null) throw new Error(`${this.hostname} is not running`);
    return this.record.leader.pid;
  }

  /** Runs a bash script as root inside. Gives what it left; never throws for its exit code. */
  async exec(script: string, options: { timeoutMs?: number } = {}): Promise<Finished> {
    const timeoutMs = options.timeoutMs ?? 480_000;
    const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    // The time-out is inside too: killing nsenter alone would leave the script running.
    const argv =
      `nsenter -t ${this.leader} -m -u -i -n -p -C -- /usr/bin/env -i ${path} TERM=dumb HOME=/root ` +
      `LANG=C.UTF-8 timeout -k 2 ${Math.ceil(timeoutMs / 1000)} bash -s`;
    return await run(argv.split(" "), { input: script, timeoutMs: timeoutMs + 5000 });
  }

  /** Runs a script inside, stopping at its first failing command. Throws with its last words. */
  async sh(script: string, options: { timeoutMs?: number } = {}): Promise<string> {
    const done = await this.exec(`set -eu -o pipefail\ncd /root\n${script}`, options);
    if (done.code === 0) return done.stdout;
    const words = `${done.stdout}\n${done.stderr}`.trim().split("\n").slice(-15).join("\n");
    throw new Error(`a script inside ${this.hostname} ended with ${done.code}:\n${words}`);
  }

  /** Reboots as an administrator would: services stop cleanly, the disk stays, /run is empty. */
  async reboot(): Promise<void> {
    const { nspawn } = this.record;
    await this.exec("systemctl reboot", { timeoutMs: 10_000 });
    await until("the host to go down", 40, async () => {
      return nspawn === null || (await nameOf(nspawn.pid)).ticks !== nspawn.ticks;
    });
    await this.start();
  }

  /** A power cut: every process dies at once, the disk stays. */
  async cut(): Promise<void> {
    await halt(this.record);
  }

  /** Ends the host and removes every trace of it from the machine. */
  async stop(): Promise<void> {
    running.delete(this);
    await remove(this.record);
  }

  /** Lets the host live on after this process, as if it had been started by hand. */
  async leave(): Promise<void> {
    running.delete(this);
    this.record.owner = null;
    await save(this.record);
  }

  /** A 502.yml that knows this host under a name. `user`: ops, plain, opscsh, opsfish. */
  config(name: string, user = "ops"): string {
    return `hosts:\n${this.entry(name, user)}`;
  }

  /** Its entry under `hosts:`. */
  entry(name: string, user: string, extra: Readonly<Record<string, unknown>> = {}): string {
    const known = { hostName: this.ip, port: this.port, user, identityFile: keyPath };
    return `  ${name}: ${JSON.stringify({ ...known, userKnownHostsFile: this.knownHostsPath, ...extra })}\n`;
  }
}

/** True when something on that port sends its first bytes, as sshd does with its version: on a busy machine after seconds. */
async function greets(host: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 10_000 });
    const end = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.on("data", () => end(true));
    socket.on("error", () => end(false));
    socket.on("timeout", () => end(false));
    socket.on("close", () => end(false));
  });
}
