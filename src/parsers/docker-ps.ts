import { z } from "zod";
import { dockerDaemonSchema, dockerRefusal } from "./docker-refusal.ts";
import { linesOf, ran, toJson, type Output } from "./output.ts";

export const dockerPsSchema = z.object({
  /** With "down" the list is empty because nobody could say. */
  daemon: dockerDaemonSchema,
  containers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      image: z.string(),
      /** created, running, paused, restarting, removing, exited, dead. */
      state: z.string(),
      status: z.string(),
      ports: z.string(),
      networks: z.string(),
      composeProject: z.string().optional(),
      composeService: z.string().optional(),
    }),
  ),
});
export type DockerPs = z.infer<typeof dockerPsSchema>;

const row = z.looseObject({
  ID: z.string(),
  Names: z.union([z.string(), z.array(z.string())]),
  Image: z.string().default(""),
  State: z.string().default(""),
  Status: z.string().default(""),
  Ports: z.unknown().optional(),
  Networks: z.unknown().optional(),
  Labels: z.unknown().optional(),
});

/** Containers from `docker ps -a --no-trunc --format '{{json .}}'`, one object a line. "denied" is undefined: could not look. */
export function parseDockerPs(output: Output): DockerPs | undefined {
  if (!ran(output)) return undefined;
  const refusal = dockerRefusal(output.stderr);
  if (refusal === "denied") return undefined;
  if (refusal === "down") return { daemon: "down", containers: [] };
  const lines = linesOf(output.stdout);
  const containers = lines.flatMap((line) => {
    const parsed = row.safeParse(line.startsWith("{") ? toJson(line) : undefined);
    if (!parsed.success) return [];
    const { ID, Names, Image, State, Status, Ports, Networks, Labels } = parsed.data;
    const names = typeof Names === "string" ? Names.split(",") : Names;
    const label = (key: string): string | undefined =>
      typeof Labels === "string"
        ? new RegExp(`(?:^|,)com\\.docker\\.compose\\.${key}=([^,]{1,200})`).exec(Labels)?.[1]
        : undefined;
    return [
      {
        id: ID,
        name: names.find((name) => !name.includes("/")) ?? names[0] ?? "",
        image: Image,
        // Engines before 20.10 print no State.
        state: State || stateOf(Status),
        status: Status,
        ports: typeof Ports === "string" ? Ports : "",
        networks: typeof Networks === "string" ? Networks : "",
        composeProject: label("project"),
        composeService: label("service"),
      },
    ];
  });
  if (containers.length === 0 && (lines.length > 0 || output.exitCode !== 0)) return undefined;
  return { daemon: "answers", containers };
}

function stateOf(status: string): string {
  if (/^Up .*\(Paused\)/.test(status)) return "paused";
  return status.startsWith("Up ") ? "running" : (status.split(" ")[0] ?? "").toLowerCase();
}
