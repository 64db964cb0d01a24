import { z } from "zod";
import type { FactSet } from "./facts.ts";
import type { ContainerState, Service } from "./service.ts";

const Inspected = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  RestartCount: z.number().optional(),
  State: z.looseObject({
    Status: z.string(),
    ExitCode: z.number().optional(),
    OOMKilled: z.boolean().optional(),
    Paused: z.boolean().optional(),
    StartedAt: z.string().optional(),
    Pid: z.number().optional(),
    Health: z.looseObject({ Status: z.string() }).nullish(),
  }),
  HostConfig: z
    .looseObject({
      RestartPolicy: z.looseObject({ Name: z.string() }).optional(),
      NetworkMode: z.string().optional(),
      PortBindings: z
        .record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable())
        .nullish(),
    })
    .optional(),
  Config: z
    .looseObject({
      Labels: z.record(z.string(), z.string()).nullish(),
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
    })
    .optional(),
  NetworkSettings: z
    .looseObject({
      Ports: z
        .record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable())
        .nullish(),
      Networks: z.record(z.string(), z.looseObject({ IPAddress: z.string().optional() })).nullish(),
    })
    .optional(),
});

/** Containers from `docker inspect`, as services. */
export function containerServices(facts: FactSet): Service[] {
  return facts
    .results("container-details")
    .filter((r) => r.end === "exited" || r.end === "cut")
    .flatMap((r) => inspected(r.stdout))
    .map((c): Service => ({
      key: `docker:${c.name}`,
      kind: "docker",
      name: c.name,
      container: c,
      state: c.state,
      text: "",
      files: [],
      // `docker logs` knows them by the container's name.
      logs: [c.name],
      declared: [...c.published, ...c.bindings].map((p) => String(p.port)),
      local: true,
    }));
}

type Ports = Readonly<
  Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
>;

function portsOf(ports: Ports | null | undefined): ContainerState["published"] {
  return Object.entries(ports ?? {}).flatMap(([inside, hosts]) =>
    (hosts ?? []).map((h) => ({
      address: h.HostIp,
      port: Number(h.HostPort),
      inside: Number.parseInt(inside, 10),
    })),
  );
}

/** Of a project with one file: with several, their order counts, and what the shell's environment said. */
function composeFile(
  labels: Readonly<Record<string, string>>,
): Pick<ContainerState, "composeFile" | "composeDir"> {
  const file = labels["com.docker.compose.project.config_files"];
  const dir = labels["com.docker.compose.project.working_dir"];
  const plain = /^\/[\w./@+-]+$/;
  return file !== undefined && dir !== undefined && plain.test(file) && plain.test(dir)
    ? { composeFile: file, composeDir: dir }
    : {};
}

function inspected(stdout: string): ContainerState[] {
  let list: unknown;
  try {
    list = JSON.parse(stdout);
  } catch {
    return [];
  }
  const parsed = z.array(Inspected).safeParse(list);
  if (!parsed.success) return [];
  return parsed.data.map((c) => {
    const ports = Object.entries(c.NetworkSettings?.Ports ?? {});
    const configured = Object.keys(c.Config?.ExposedPorts ?? {});
    const labels = c.Config?.Labels ?? {};
    const startedAt = Date.parse(c.State.StartedAt ?? "");
    return {
      id: c.Id,
      name: c.Name.replace(/^\//, ""),
      state: c.State.Status,
      ...(c.State.ExitCode === undefined ? {} : { exitCode: c.State.ExitCode }),
      ...(c.RestartCount === undefined ? {} : { restarts: c.RestartCount }),
      ...(c.HostConfig?.RestartPolicy === undefined
        ? {}
        : { restartPolicy: c.HostConfig.RestartPolicy.Name }),
      ...(c.State.OOMKilled === undefined ? {} : { oomKilled: c.State.OOMKilled }),
      ...(c.State.Paused === undefined ? {} : { paused: c.State.Paused }),
      ...(c.State.Health ? { health: c.State.Health.Status } : {}),
      ...(Number.isNaN(startedAt) ? {} : { startedAt }),
      ...(c.State.Pid === undefined || c.State.Pid === 0 ? {} : { pid: c.State.Pid }),
      published: portsOf(c.NetworkSettings?.Ports),
      bindings: portsOf(c.HostConfig?.PortBindings),
      exposed: [...ports.map(([p]) => p), ...configured].map((p) => Number.parseInt(p, 10)),
      networks: Object.entries(c.NetworkSettings?.Networks ?? {}).map(([name, n]) => ({
        name,
        address: n.IPAddress ?? "",
      })),
      ...(c.HostConfig?.NetworkMode === undefined ? {} : { networkMode: c.HostConfig.NetworkMode }),
      ...(labels["com.docker.compose.project"] === undefined
        ? {}
        : { project: labels["com.docker.compose.project"] }),
      ...(labels["com.docker.compose.service"] === undefined
        ? {}
        : { service: labels["com.docker.compose.service"] }),
      ...composeFile(labels),
    };
  });
}
