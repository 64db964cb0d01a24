import type { Pm2App } from "../parsers/pm2-jlist.ts";
import type { Unit } from "../parsers/systemctl-show.ts";

/** Something that runs applications on the host: what could be listening for a peer. */
export interface Service {
  /** systemd:shop.service, pm2:app/shop, docker:shop, supervisor:shop, process:4711 */
  readonly key: string;
  readonly kind: "systemd" | "pm2" | "docker" | "supervisor" | "process";
  readonly name: string;
  readonly unit?: Unit;
  readonly app?: Pm2Service;
  readonly container?: ContainerState;
  readonly state?: string;
  /** Everything its definition says: command line, unit file, environment's ports; searched for ports and paths. */
  readonly text: string;
  /** Files its definition names: scripts, environment files, configuration. */
  readonly files: readonly string[];
  /** Log files it writes itself. */
  readonly logs: readonly string[];
  /** Ports and socket paths it is sure to be meant for: ListenStream=, a pool's listen, a published port, PORT=. */
  readonly declared: readonly string[];
  /** Not part of the operating system. */
  readonly local: boolean;
}

/** One of pm2's applications, running or only saved. */
export interface Pm2Service {
  readonly user: string;
  readonly home: string;
  readonly path: string;
  /** undefined: the processes could not be seen. */
  readonly daemon: boolean | undefined;
  readonly dumped: boolean;
  /** Names that `pm2 save` would add to its list, and those it would drop; undefined: not both lists were seen. */
  readonly saves?: readonly string[];
  readonly drops?: readonly string[];
  readonly app?: Pm2App;
  readonly bootUnit?: Unit;
}

export interface ContainerState {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly exitCode?: number;
  readonly restarts?: number;
  readonly restartPolicy?: string;
  readonly oomKilled?: boolean;
  readonly paused?: boolean;
  readonly health?: string;
  readonly startedAt?: number;
  readonly pid?: number;
  /** "127.0.0.1:3000->3000/tcp" */
  readonly published: readonly { readonly address: string; readonly port: number; readonly inside: number }[];
  /** What it was created to publish, also while it does not run. */
  readonly bindings: ContainerState["published"];
  readonly exposed: readonly number[];
  readonly networks: readonly { readonly name: string; readonly address: string }[];
  readonly networkMode?: string;
  readonly project?: string;
  readonly service?: string;
  readonly composeFile?: string;
  readonly composeDir?: string;
}

/** Why a service is held to be the one meant for a peer. All but "name" are certain. */
export type Link =
  | "its log says the port was taken when it wanted it"
  | "it listened there until it ended, and another took its place"
  | "it listens there"
  | "its definition declares it"
  | "its command line or unit file names it"
  | "its files name it"
  | "its journal says it listened there"
  | "its name";

const POINTS: Readonly<Record<Link, number>> = {
  "its log says the port was taken when it wanted it": 20,
  "it listened there until it ended, and another took its place": 12,
  "its definition declares it": 8,
  "its command line or unit file names it": 6,
  "its journal says it listened there": 5,
  "its files name it": 4,
  "it listens there": 3,
  "its name": 1,
};

export interface Linked {
  readonly service: Service;
  readonly by: readonly Link[];
  readonly points: number;
}

export interface Owner {
  readonly best: Linked;
  readonly certain: boolean;
  readonly rivals: number;
}

/** Who is meant to listen: the best linked service, and whether that is certain. */
export function ownerOf(
  linked: readonly { readonly service: Service; readonly by: readonly Link[] }[],
): Owner | undefined {
  const scored = linked
    .filter((l) => l.by.length > 0)
    .map((l) => ({ ...l, points: l.by.reduce((n, b) => n + POINTS[b], 0) }))
    .toSorted((a, b) => b.points - a.points || (a.service.key < b.service.key ? -1 : 1));
  const [best, second] = scored;
  if (!best) return undefined;
  const strong = best.by.some((b) => b !== "its name");
  const rivals = scored.filter((s) => s !== best && s.by.some((b) => b !== "its name")).length;
  return { best, certain: strong && (second === undefined || best.points > second.points), rivals };
}

/** True when a text names a port as a number of its own, not as part of a longer one, a version or a date. */
export function namesPort(text: string, port: number): boolean {
  return new RegExp(`(^|[^\\d.\\w-])${port}(?![\\d.\\w-])`, "m").test(
    text.replaceAll(/\d{4}-\d\d-\d\d/g, ""),
  );
}

/** True when two names share a word that says something: "shop-api.service" and "api.shop.example". */
export function alike(a: string, b: string): boolean {
  const words = (text: string): Set<string> =>
    new Set(
      text
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter((w) => w.length > 2 && !COMMON.has(w)),
    );
  const left = words(a);
  return [...words(b)].some((w) => left.has(w));
}

const COMMON = new Set(
  "service socket www com org net example test local localhost lan internal app backend upstream server web site node http https prod production staging dev the main default nginx".split(
    " ",
  ),
);
