import type { z } from "zod";
import { isLoopback } from "./addresses.ts";
import type { FrontResult } from "./fronts.ts";
import type { LinkContext } from "./links.ts";
import type { Match } from "./listeners.ts";
import type { SystemctlShow } from "../parsers/systemctl-show.ts";
import { programOf } from "./listeners.ts";
import type { VhostFacts } from "./route-schema.ts";
import type { Link, Owner, Service } from "./service.ts";
import type { Peer, Route } from "./topology.ts";

/** A look that every statement about a place rests on, though no single cause names it. */
export interface Ground {
  /** The id of the check, or of its result. */
  readonly check: string;
  readonly excerpt: string;
}

/** Lines without a zone are nobody's present while the host's clock was not seen. */
export const HOST_GROUNDS: readonly Ground[] = [
  { check: "clock", excerpt: "the host's clock and zone, by which the lines of its logs are dated" },
  { check: "error-log", excerpt: "what failed lately, and was asked again" },
];

/** The bot's own request, and what users got by the access log. */
export function requestGrounds(
  front: FrontResult | undefined,
  vhost: Pick<z.infer<typeof VhostFacts>, "bad" | "served">,
): Ground[] {
  return [
    ...HOST_GROUNDS,
    ...(front
      ? [
          {
            check: front.id,
            excerpt: `nginx answers ${front.status || "nothing"} for ${front.front.probe.path}`,
          },
        ]
      : []),
    ...(vhost.served === undefined
      ? // A log without the vhost's name still shows which paths fail.
        [{ check: "access-logs", excerpt: "what was asked lately, and what it got" }]
      : [
          {
            check: "access-logs",
            excerpt: `of the last ${vhost.served} requests ${vhost.bad ?? 0} ended in a bad gateway`,
          },
        ]),
  ];
}

/**
 * How a peer, who listens there and the service meant for it were found, in the order they are told.
 * @param direct ids of the results of requests made to it without nginx
 * @param c the machine it is on
 * @param here nginx's machine
 */
export function groundsOf(
  route: Route,
  peer: Peer | null,
  name: string | null,
  match: Match,
  owner: Owner | undefined,
  direct: readonly string[],
  c: LinkContext,
  here: LinkContext,
): Ground[] {
  if (peer === null || name === null) return [];
  const service = owner?.best.service;
  return [
    ...configured(route, peer, name, here),
    ...listening(peer, name, match, c),
    ...(owner?.best.by ?? []).flatMap((by) => linked(by, owner as Owner, name, c)),
    ...(service?.kind === "systemd" ? ofUnit(service, c) : []),
    ...(service ? [...ofManager(service, c), ...ofLog(service, c)] : []),
    ...managers(c),
    ...reached(peer, here),
    ...network(here),
    ...direct.map((check) => ({ check, excerpt: `${name} was asked without nginx` })),
    ...(peer.kind === "unix"
      ? [{ check: "socket-path", excerpt: `${peer.path} and the folders on the way to it` }]
      : []),
  ];
}

/** How it is known on which machine the peer is. */
function reached(peer: Peer, here: LinkContext): Ground[] {
  if (peer.kind === "unix") return [];
  const name = peer.hostname;
  const resolved = here.facts.results("resolve").find((r) => name !== undefined && r.argv.at(-1) === name);
  const own = isLoopback(peer.host ?? "")
    ? []
    : [{ check: "addresses", excerpt: "the host's own addresses" }];
  return [...(resolved ? [{ check: resolved.id, excerpt: `what ${name} resolves to` }] : []), ...own];
}

/** Where the way to the peer was looked at, all of the way counts. */
function network(c: LinkContext): Ground[] {
  if (c.facts.results("firewall").length === 0) return [];
  // A rule may ask whose connection it is.
  return ["addresses", "firewall", "firewall-nft", "worker-uid", "neighbours", "route"].map((check) => ({
    check,
    excerpt: "the way to it: addresses, routes and rules",
  }));
}

/** nginx -T where it may be run, else the files themselves. */
function configured(route: Route, peer: Peer, name: string, c: LinkContext): Ground[] {
  const excerpt = `${peer.file}:${peer.line}: ${route.vhost} is passed to ${name}`;
  const read = (check: string): boolean =>
    c.facts.results(check).some((r) => (r.end === "exited" || r.end === "cut") && r.stdout !== "");
  const from = read("nginx-config") ? ["nginx-config"] : ["nginx-files", "nginx-sites"].filter(read);
  return from.map((check) => ({ check, excerpt }));
}

function listening(peer: Peer, name: string, match: Match, c: LinkContext): Ground[] {
  const check = peer.kind === "unix" ? "unix-listeners" : "tcp-listeners";
  if (match.present === undefined) return [];
  const [l] = match.exact;
  if (!l) return [{ check, excerpt: `nothing listens on ${name}` }];
  const who = programOf(l);
  return [
    { check, excerpt: `${l.at} is listened on${who === undefined ? "" : ` by ${who}`}` },
    ...(l.unit === undefined || c.facts.one("process-units") === undefined
      ? []
      : [{ check: "process-units", excerpt: `pid ${l.pid} runs in ${l.unit}` }]),
  ];
}

/** The check that each link was read from; systemd's own, where the definition is a unit. */
const LINK_CHECKS: Readonly<Record<Link, string | undefined>> = {
  "its log says the port was taken when it wanted it": "journal",
  "it listened there until it ended, and another took its place": "journal",
  "its journal says it listened there": "journal",
  "its files name it": "mentions",
  "its command line or unit file names it": undefined,
  "its definition declares it": undefined,
  "it listens there": undefined,
  "its name": undefined,
};

const DEFINITIONS: Readonly<Record<Service["kind"], string>> = {
  systemd: "local-units",
  pm2: "pm2-saved",
  docker: "containers",
  supervisor: "supervisor-conf",
  process: "processes",
};

function linked(by: Link, owner: Owner, name: string, c: LinkContext): Ground[] {
  const { service } = owner.best;
  if (by === "it listens there" || by === "its name") return [];
  const pool = c.services.pools.some((p) => p.unit === service.name);
  const check =
    LINK_CHECKS[by] === "journal"
      ? (c.journals.of(service)?.result ?? "journal")
      : (LINK_CHECKS[by] ??
        (pool && by === "its definition declares it" ? "php-pools" : DEFINITIONS[service.kind]));
  // Which logs were read at last was told by those that were read first, and by a search for the port.
  const led = LINK_CHECKS[by] === "journal" ? ["journal", "journal-port"] : [];
  return [
    { check, excerpt: `${service.name} belongs to ${name}: ${by}` },
    ...led.map((id) => ({ check: id, excerpt: `where the log of ${service.name} was found` })),
  ];
}

/** Every log of the service that was read: what it does not say counts, too. */
function ofLog(service: Service, c: LinkContext): Ground[] {
  const unit = `--unit=${service.name}`;
  const journals = ["journal", "journal-more"].flatMap((check) => c.facts.results(check));
  const files = ["app-logs", "container-logs"]
    .flatMap((check) => c.facts.results(check))
    .filter((r) => service.logs.includes(r.argv.at(-1) ?? ""));
  const former = service.unit?.loadState === "not-found" ? c.facts.results("journal-port") : [];
  return [
    ...journals.filter((r) => service.kind === "systemd" && r.argv.includes(unit)),
    ...files,
    ...former,
  ].map((r) => ({ check: r.id, excerpt: `the log of ${service.name}` }));
}

/** The manager's own process, and where it remembers the service. */
function ofManager(service: Service, c: LinkContext): Ground[] {
  if (service.kind === "pm2")
    return [
      {
        check: "processes",
        excerpt: `pm2's daemon of ${service.app?.user} ${service.app?.daemon === true ? "runs" : "does not run"}`,
      },
      { check: "pm2-dumps", excerpt: `${service.app?.home}/dump.pm2` },
      ...c.facts
        .results("pm2-apps")
        .filter((r) => r.argv.includes(`PM2_HOME=${service.app?.home}`))
        .map((r) => ({ check: r.id, excerpt: `what pm2 runs for ${service.app?.user}` })),
    ];
  if (service.kind === "supervisor") return [{ check: "processes", excerpt: "supervisord runs" }];
  if (service.kind === "docker")
    return [
      { check: "containers", excerpt: `${service.name} is ${service.state ?? "unknown"}` },
      { check: "inside-container", excerpt: `what listens inside ${service.name}` },
    ];
  return [];
}

/** Where a unit's state was read, and whether processes of it run. */
function ofUnit(service: Service, c: LinkContext): Ground[] {
  const unit = service.unit;
  if (!unit) return [];
  const from = c.facts
    .all<SystemctlShow>("units", "unloaded-units", "former-units")
    .filter((f) => f.value.units.some((u) => u.id === unit.id || u.names.includes(unit.id)));
  const running = c.processes.all.filter((p) => p.unit === unit.id).length;
  const installed =
    unit.loadState === "not-found"
      ? `no unit file is called ${unit.id}`
      : `${unit.fragmentPath ?? unit.id} is installed, and not loaded`;
  const state = `${unit.id} is ${unit.activeState ?? "unknown"} (${unit.subState ?? "unknown"})`;
  return [
    ...from.map((f) => ({ check: f.id, excerpt: state })),
    ...(from.length > 0 && !from.some((f) => f.check === "units")
      ? [{ check: "unloaded-units", excerpt: `systemd was asked about ${unit.id} by its name` }]
      : []),
    ...(c.journals.of(service)?.entries.some((e) => e.bootId !== undefined)
      ? [{ check: "boot", excerpt: "which lines of its journal are of this boot" }]
      : []),
    // systemd forgets a unit that does not run: only its file says that there is one.
    ...(from.length > 0 && !from.some((f) => f.check === "units")
      ? [{ check: "unit-files", excerpt: installed }]
      : []),
    ...(/^\/(etc|run)\//.test(unit.fragmentPath ?? "")
      ? [{ check: "local-units", excerpt: `${unit.fragmentPath} was read, with its drop-ins` }]
      : []),
    ...(c.processes.seen
      ? [{ check: "processes", excerpt: `${running === 0 ? "no process" : running} of ${unit.id} runs` }]
      : []),
  ];
}

const MANAGERS =
  "units unit-files unloaded-units local-units processes containers container-details php-pools supervisor-conf supervisor pm2-dumps pm2-saved pm2-apps".split(
    " ",
  );

/** That this one is meant and nobody else rests on every manager that was asked. */
function managers(c: LinkContext): Ground[] {
  if (!c.services.complete) return [];
  return MANAGERS.map((check) => ({ check, excerpt: "who else could be meant" }));
}
