import { z } from "zod";

/** Why docker could not answer; each asks for something else to be done. */
export const dockerDaemonSchema = z.enum(["answers", "denied", "down"]);
export type DockerDaemon = z.infer<typeof dockerDaemonSchema>;

/** Tells "no rights on the socket" from "nobody answers on it", by docker's and podman's words on standard error. */
export function dockerRefusal(stderr: string): Exclude<DockerDaemon, "answers"> | undefined {
  if (
    /permission denied while trying to connect|Got permission denied|dial unix .{1,200}: connect: permission denied/i.test(
      stderr,
    )
  )
    return "denied";
  if (
    /Cannot connect to the Docker daemon|Is the docker daemon running|unable to connect to Podman/i.test(
      stderr,
    )
  )
    return "down";
  return undefined;
}
