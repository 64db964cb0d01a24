import type { Process } from "./ps.ts";

/** An nginx (or angie, freenginx, openresty) process, told by its title (ngx_process_cycle.c, ngx_setproctitle). */
export interface NginxProcess extends Process {
  readonly flavour: string;
  readonly role: "master" | "worker" | "cache" | "other";
  /** A worker of an older configuration that still serves its last requests. */
  readonly shuttingDown: boolean;
  /** A master that a binary upgrade has replaced. */
  readonly old: boolean;
  /** A master's own command line. */
  readonly command?: string;
  /** The arguments of -c and -p in a master's command line. */
  readonly configFile?: string;
  readonly prefix?: string;
}

const TITLE =
  /^(nginx|angie|openresty|freenginx|tengine): (master|worker|cache manager|cache loader|privileged agent|[a-z ]{1,30}?) process\b(.*)$/;

/** nginx's processes among all. */
export function nginxProcesses(processes: readonly Process[]): NginxProcess[] {
  return processes.flatMap((one) => {
    const match = TITLE.exec(one.args);
    if (match === null) return [];
    const [, flavour = "nginx", what = "", rest = ""] = match;
    const role = what === "master" || what === "worker" ? what : what.startsWith("cache") ? "cache" : "other";
    const base = {
      ...one,
      flavour,
      role,
      shuttingDown: /\bis shutting down/.test(rest),
      old: /\(old\)/.test(rest),
    } as const;
    return [role === "master" ? { ...base, ...masterCommand(rest) } : base];
  });
}

function masterCommand(rest: string): Pick<NginxProcess, "command" | "configFile" | "prefix"> {
  // angie: "master process v1.5.0 #1 [/usr/sbin/angie -c …]"
  const command = rest
    .replace(/^\s*(?:\(old\)\s*)?(?:v[\w.]+\s+)?(?:#\d+\s*)?\[?/, "")
    .replace(/\]$/, "")
    .trim();
  if (command === "") return {};
  const option = (letter: string): string | undefined =>
    new RegExp(`\\s-${letter}\\s*(\\S+)`).exec(` ${command}`)?.[1];
  const configFile = option("c");
  const prefix = option("p");
  return {
    command,
    ...(configFile === undefined ? {} : { configFile }),
    ...(prefix === undefined ? {} : { prefix }),
  };
}

/** A PM2 God Daemon: its version, its home and its user. */
export interface Pm2Daemon {
  readonly pid: number;
  readonly user: string;
  readonly version: string;
  readonly home: string;
  readonly ageSeconds: number;
}

/** PM2's daemons, one for each PM2_HOME. */
export function pm2Daemons(processes: readonly Process[]): Pm2Daemon[] {
  return processes.flatMap(({ pid, user, ageSeconds, args }) => {
    const match = /^PM2 v(\S{1,40}): God Daemon \((.{1,4096})\)$/.exec(args);
    return match === null ? [] : [{ pid, user, ageSeconds, version: match[1] ?? "", home: match[2] ?? "" }];
  });
}

/** A docker-proxy: which address of the host it hands to which container. */
export interface DockerProxy {
  readonly pid: number;
  readonly protocol: string;
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly containerAddress: string;
  readonly containerPort: number;
}

/** docker's userland proxies, from their options. */
export function dockerProxies(processes: readonly Process[]): DockerProxy[] {
  return processes.flatMap(({ pid, args }) => {
    if (!/(?:^|\/)docker-proxy\s/.test(args)) return [];
    const option = (name: string): string => new RegExp(`\\s--?${name}[ =](\\S+)`).exec(args)?.[1] ?? "";
    const hostPort = Number(option("host-port"));
    const containerPort = Number(option("container-port"));
    if (!(hostPort > 0) || !(containerPort > 0)) return [];
    return [
      {
        pid,
        protocol: option("proto"),
        hostAddress: option("host-ip"),
        hostPort,
        containerAddress: option("container-ip"),
        containerPort,
      },
    ];
  });
}

/** A pre-forking server's master, told by its title or by its children having the same command line. */
export interface Master {
  readonly pid: number;
  readonly user: string;
  readonly ageSeconds: number;
  readonly args: string;
  readonly workers: number;
}

/** gunicorn's masters (title "gunicorn: master [x]", or a gunicorn whose parent is none). */
export function gunicornMasters(processes: readonly Process[]): Master[] {
  const all = processes.filter(({ args }) =>
    /^gunicorn: (?:master|worker) \[|^(?:\S*python\S*\s+(?:-\w\s+)?)?(?:\S*\/)?gunicorn(?:\s|$)/.test(args),
  );
  const pids = new Set(all.map((one) => one.pid));
  return all
    .filter((one) => !pids.has(one.ppid) && !one.args.startsWith("gunicorn: worker"))
    .map(({ pid, user, ageSeconds, args }) => ({
      pid,
      user,
      ageSeconds,
      args,
      workers: all.filter((child) => child.ppid === pid).length,
    }));
}

/** A php-fpm master with its configuration file and the workers of each pool. */
export interface PhpFpmMaster {
  readonly pid: number;
  readonly ageSeconds: number;
  readonly configFile: string;
  readonly pools: readonly { readonly pool: string; readonly workers: number; readonly user: string }[];
}

/** php-fpm's masters (fpm_env.c sets the titles). */
export function phpFpmMasters(processes: readonly Process[]): PhpFpmMaster[] {
  return processes.flatMap(({ pid, ageSeconds, args }) => {
    const match = /^php-fpm\S*: master process \((.{1,4096})\)/.exec(args);
    if (match === null) return [];
    const pools = new Map<string, { pool: string; workers: number; user: string }>();
    for (const child of processes) {
      const pool = child.ppid === pid ? /^php-fpm\S*: pool (\S+)/.exec(child.args)?.[1] : undefined;
      if (pool === undefined) continue;
      const known = pools.get(pool);
      pools.set(pool, { pool, workers: (known?.workers ?? 0) + 1, user: child.user });
    }
    return [{ pid, ageSeconds, configFile: match[1] ?? "", pools: [...pools.values()] }];
  });
}

/** A container's shim: the container whose processes are its children. */
export interface ContainerShim {
  readonly pid: number;
  readonly containerId: string;
  readonly runtime: "containerd" | "conmon";
}

/** containerd's and podman's shims. */
export function containerShims(processes: readonly Process[]): ContainerShim[] {
  return processes.flatMap(({ pid, args }): ContainerShim[] => {
    const containerd = /(?:^|\/)containerd-shim\S*\s(?:.*\s)?-id ([0-9a-f]{12,64})\b/.exec(args);
    if (containerd !== null) return [{ pid, containerId: containerd[1] ?? "", runtime: "containerd" }];
    const conmon = /(?:^|\/)conmon\s(?:.*\s)?(?:-c|--cid)[ =]([0-9a-f]{12,64})\b/.exec(args);
    return conmon === null ? [] : [{ pid, containerId: conmon[1] ?? "", runtime: "conmon" }];
  });
}
