import { existsSync } from "node:fs";
import type { Host } from "../domain/host.ts";
import { examineHost, type Finding } from "../workflows/examine-host.ts";
import type { RunWorld } from "../workflows/run-world.ts";
import type { Call } from "./call.ts";
import { type Answer, document } from "./output.ts";
import { unknownHost } from "./sudoers.ts";

type World = Pick<RunWorld, "shell" | "clock" | "runMs" | "playbooks" | "findHost" | "nearestHosts">;

/**
 * `502 doctor [HOST]`: what is missing, each with the lines that mend it. Exits 0 when nothing is, 1 when a
 * right or a tool is missing, 3 when the host cannot be reached.
 * @param own - what was found out about the bot itself
 */
export async function doctorCommand(world: World, own: readonly Finding[], call: Call): Promise<Answer> {
  const name = call.args["host"];
  if (name === undefined) return answer(own, call);
  const host = world.findHost(name);
  if (!host) return unknownHost(world, call);
  return answer([...own, ...keys(host), ...(await examineHost(world, host))], call);
}

function answer(findings: readonly Finding[], call: Call): Answer {
  const unreached = findings.some((f) => f.what === "reach" && f.outcome !== "pass");
  const exitCode = unreached ? 3 : findings.some((f) => f.outcome !== "pass") ? 1 : 0;
  if (call.json) return document({ schema: "502/doctor@1", findings }, exitCode);
  const lines = findings.flatMap(({ what, outcome, detail, mend = [] }) => [
    `${outcome.padEnd(8)} ${what}: ${detail}`,
    ...mend.map((line) => `           ${line}`),
  ]);
  return { exitCode, out: `${lines.join("\n")}\n` };
}

function keys(host: Host): Finding[] {
  if (host.refused !== undefined) return [];
  const there = host.identityFiles.filter((file) => existsSync(file));
  if (there.length > 0) return [{ what: "key", outcome: "pass", detail: there.join(", ") }];
  if (host.identityAgent !== null) return [{ what: "key", outcome: "pass", detail: "from the agent" }];
  const detail = `none of ${host.identityFiles.join(", ") || "the usual files"} exists, and no agent runs`;
  const mend = [`ssh-keygen -t ed25519; ssh-copy-id ${host.user}@${host.hostName}`];
  return [{ what: "key", outcome: "fail", detail, mend }];
}
