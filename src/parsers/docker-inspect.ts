import { z } from "zod";
import { dockerRefusal } from "./docker-refusal.ts";
import { linesOf, ran, toJson, type Output } from "./output.ts";

const text = z.string().optional();
const number = z.number().optional();

const containerSchema = z.object({
  id: z.string(),
  name: z.string(),
  image: text,
  status: z.string(),
  running: z.boolean(),
  paused: z.boolean(),
  restarting: z.boolean(),
  oomKilled: z.boolean(),
  /** The host's pid of the container's first process; 0 when it does not run. */
  pid: z.number(),
  exitCode: number,
  error: text,
  /** ISO 8601; undefined: never. */
  startedAt: text,
  finishedAt: text,
  restartCount: number,
  /** no, always, unless-stopped, on-failure. */
  restartPolicy: text,
  health: text,
  failingStreak: number,
  networkMode: text,
  networks: z.array(z.object({ name: z.string(), address: z.string(), aliases: z.array(z.string()) })),
  /** hostPort undefined: exposed but not published. */
  ports: z.array(
    z.object({ containerPort: z.number(), protocol: z.string(), hostAddress: text, hostPort: number }),
  ),
  composeProject: text,
  composeService: text,
  memoryLimit: number,
});
type Container = z.infer<typeof containerSchema>;

export const dockerInspectSchema = z.object({
  containers: z.array(containerSchema),
  absent: z.array(z.string()),
});
export type DockerInspect = z.infer<typeof dockerInspectSchema>;

const loose = z.looseObject({});
const answer = z.looseObject({
  Id: z.string(),
  Name: z.string().default(""),
  RestartCount: z.number().optional(),
  State: z.looseObject({
    Status: z.string().default(""),
    Running: z.boolean().default(false),
    Paused: z.boolean().default(false),
    Restarting: z.boolean().default(false),
    OOMKilled: z.boolean().default(false),
    Pid: z.number().default(0),
    ExitCode: z.number().optional(),
    Error: z.string().optional(),
    StartedAt: z.string().optional(),
    FinishedAt: z.string().optional(),
    Health: z.looseObject({ Status: z.string().optional(), FailingStreak: z.number().optional() }).nullish(),
  }),
  Config: z
    .looseObject({ Image: z.string().optional(), Labels: z.record(z.string(), z.string()).nullish() })
    .optional(),
  HostConfig: z
    .looseObject({
      NetworkMode: z.string().optional(),
      Memory: z.number().optional(),
      RestartPolicy: z.looseObject({ Name: z.string().optional() }).nullish(),
    })
    .optional(),
  NetworkSettings: z
    .looseObject({
      Ports: z
        .record(
          z.string(),
          z
            .array(z.looseObject({ HostIp: z.string().default(""), HostPort: z.string().default("") }))
            .nullable(),
        )
        .nullish(),
      Networks: z
        .record(
          z.string(),
          z.looseObject({ IPAddress: z.string().default(""), Aliases: z.array(z.string()).nullish() }),
        )
        .nullish(),
    })
    .optional(),
});

/** Containers from `docker inspect ID…` (an array) or `docker inspect --format '{{json .}}' ID…` (one object a line). */
export function parseDockerInspect(output: Output): DockerInspect | undefined {
  if (!ran(output) || dockerRefusal(output.stderr) !== undefined) return undefined;
  const whole = toJson(output.stdout);
  const items: readonly unknown[] = Array.isArray(whole)
    ? whole
    : linesOf(output.stdout).map((line) => (line.startsWith("{") ? toJson(line) : undefined));
  const containers = items.flatMap((item) => containerOf(item));
  const absent = [...output.stderr.matchAll(/No such (?:object|container): (\S{1,200})/g)].map(
    (match) => match[1] ?? "",
  );
  return containers.length === 0 && absent.length === 0 ? undefined : { containers, absent };
}

function containerOf(item: unknown): Container[] {
  const parsed = answer.safeParse(loose.safeParse(item).data);
  if (!parsed.success) return [];
  const { Id, Name, RestartCount, State, Config, HostConfig, NetworkSettings } = parsed.data;
  const time = (value: string | undefined): string | undefined =>
    value === undefined || value.startsWith("0001-") ? undefined : value;
  const ports = Object.entries(NetworkSettings?.Ports ?? {}).flatMap(([key, bindings]) => {
    const [port, protocol = "tcp"] = key.split("/");
    const containerPort = Number(port);
    if (!Number.isInteger(containerPort)) return [];
    if (bindings === null || bindings.length === 0)
      return [{ containerPort, protocol, hostAddress: undefined, hostPort: undefined }];
    return bindings.map((one) => ({
      containerPort,
      protocol,
      hostAddress: one.HostIp || undefined,
      hostPort: Number(one.HostPort) || undefined,
    }));
  });
  return [
    {
      id: Id,
      name: Name.replace(/^\//, ""),
      image: Config?.Image,
      status: State.Status,
      running: State.Running,
      paused: State.Paused,
      restarting: State.Restarting,
      oomKilled: State.OOMKilled,
      pid: State.Pid,
      exitCode: State.ExitCode,
      error: State.Error || undefined,
      startedAt: time(State.StartedAt),
      finishedAt: time(State.FinishedAt),
      restartCount: RestartCount,
      restartPolicy: HostConfig?.RestartPolicy?.Name || undefined,
      health: State.Health?.Status,
      failingStreak: State.Health?.FailingStreak,
      networkMode: HostConfig?.NetworkMode,
      networks: Object.entries(NetworkSettings?.Networks ?? {}).map(([name, one]) => ({
        name,
        address: one.IPAddress,
        aliases: one.Aliases ?? [],
      })),
      ports,
      composeProject: Config?.Labels?.["com.docker.compose.project"],
      composeService: Config?.Labels?.["com.docker.compose.service"],
      memoryLimit: HostConfig?.Memory || undefined,
    },
  ];
}
