import type { Bundle } from "../domain/bundle.ts";
import type { Command, CommandResult } from "../domain/command.ts";
import type { Diagnosis } from "../domain/diagnosis.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { FromHere } from "../domain/from-here.ts";
import type { Host } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import type { Permits } from "../diagnosis/fixes.ts";
import { baseOf } from "../model/facts.ts";
import type { HostModel } from "../model/host-model.ts";
import { collect, type LoadedPlaybook, type RunWave } from "./collect.ts";
import { withMachines } from "./collect-machines.ts";
import { conclude } from "./conclude.ts";
import { type FindNeighbour, liveMachines, recordedMachines } from "./neighbours.ts";
import type { Clock, Session, Shell } from "./ports.ts";

export interface RunInput {
  readonly runId: string;
  readonly host: Host;
  readonly vhost?: string;
  readonly url?: string;
  readonly runMs: number;
  /** What the configuration lets somebody approve on this host. */
  readonly permits?: Permits;
  /** Finds the machine of a peer in the inventory; absent: other machines are not looked at. */
  readonly neighbour?: FindNeighbour;
  /** What the site's public address answers to the bot itself. */
  readonly fromHere?: Promise<FromHere>;
}

export interface RunOutput {
  readonly diagnosis: Diagnosis;
  readonly bundle: Bundle;
  readonly bound: readonly BoundFix[];
  readonly model: HostModel | undefined;
}

/** How far a run is, for a person who waits. */
export type Progress = (text: string) => void;

/**
 * Diagnoses one host over one connection, and the machines of its failing peers each over its own. A host that cannot be reached is a verdict ("unreachable"), not an
 * exception; everything else that goes wrong is thrown.
 */
export async function executeRun(
  input: RunInput,
  loaded: LoadedPlaybook,
  world: { readonly shell: Shell; readonly clock: Clock; readonly session?: Session },
  progress: Progress = () => undefined,
): Promise<RunOutput> {
  const startedAt = world.clock.now();
  const base = bundleBase(input, loaded, startedAt);
  let session = world.session;
  const { fromHere } = input;
  try {
    progress(`connecting to ${input.host.name}`);
    session ??= await world.shell.open(input.host, { purpose: "diagnose", deadlineMs: input.runMs });
    const open = session;
    const run: RunWave = (wave, commands, onResult) => {
      progress(`looking (${wave} of 3): ${commands.length} checks`);
      return open.runWave(commands, onResult);
    };
    const request = requestOf(base);
    const own = await collect(loaded, request, run);
    const find =
      input.neighbour &&
      liveMachines(input.host, input.neighbour, { shell: world.shell, runMs: input.runMs, progress });
    const collected = find ? await withMachines(loaded, request, own, find) : own;
    const bundle: Bundle = {
      ...base,
      hostKey: open.hostKey,
      durationMs: world.clock.now() - startedAt,
      commands: [...collected.commands],
      ...(await outcome(fromHere)),
      ...(collected.machines.length === 0 ? {} : { machines: [...collected.machines] }),
    };
    return { bundle, model: collected.model, ...conclude(bundle, loaded, collected, input.permits) };
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    const { code, message, hint } = error;
    const bundle: Bundle = {
      ...base,
      durationMs: world.clock.now() - startedAt,
      ...(await outcome(fromHere)),
      unreachable: { code, message, hint },
    };
    return { bundle, model: undefined, ...conclude(bundle, loaded, undefined) };
  } finally {
    if (world.session === undefined) await session?.close();
  }
}

async function outcome(fromHere: Promise<FromHere> | undefined): Promise<Pick<Bundle, "fromHere">> {
  return fromHere === undefined ? {} : { fromHere: await fromHere };
}

/** Diagnoses from a bundle, touching no host: the same verdict, byte for byte, as the run that recorded it. */
export async function replayRun(bundle: Bundle, loaded: LoadedPlaybook): Promise<RunOutput> {
  if (bundle.unreachable) return { bundle, model: undefined, ...conclude(bundle, loaded, undefined) };
  const request = requestOf(bundle);
  const own = await collect(loaded, request, (wave, commands) =>
    Promise.resolve(fromBundle(bundle, undefined, wave, commands)),
  );
  const find = recordedMachines(bundle, (host, wave, commands) =>
    Promise.resolve(fromBundle(bundle, host, wave, commands)),
  );
  const collected = await withMachines(loaded, request, own, find);
  return { bundle, model: collected.model, ...conclude(bundle, loaded, collected) };
}

/** The recorded result of each command; one that was not recorded was not looked at. */
function fromBundle(
  bundle: Bundle,
  host: string | undefined,
  wave: number,
  commands: readonly Command[],
): CommandResult[] {
  const recorded = bundle.commands.filter((c) => c.host === host);
  return commands.flatMap((command): CommandResult[] => {
    const same = (c: Bundle["commands"][number]): boolean =>
      JSON.stringify(c.argv) === JSON.stringify(command.argv);
    const newer = recorded.filter((c) => c.wave === wave && sameInNewerWords(c.argv, command.argv));
    const found =
      recorded.find((c) => c.wave === wave && same(c)) ??
      newer.find((c) => c.id === command.id) ??
      newer.find((c) => baseOf(c.id) === baseOf(command.id)) ??
      recorded.find(same);
    if (found === undefined) return [];
    const { host: _machine, ...result } = found;
    return [{ ...result, id: command.id }];
  });
}

/** The same question in a newer version's words: another run's agent, another Host, more properties, or more of a log's end. */
function sameInNewerWords(a: readonly string[], b: readonly string[]): boolean {
  const alike = (x: string, y: string, i: number): boolean =>
    x === y ||
    x.startsWith("fiveohtwo/") ||
    (x.startsWith("Host: ") && y.startsWith("Host: ")) ||
    (x.startsWith("--property=") && y.startsWith("--property=")) ||
    (i === 2 && old?.[0] === "tail" && a[1] === "-c");
  // Either order holds the same lines, and a filter leaves some of them.
  const [old, now] = [a, b].map((argv) =>
    argv.filter((word) => argv[0] !== "journalctl" || !(word === "-r" || word.startsWith("_TRANSPORT="))),
  );
  return old?.length === now?.length && (old ?? []).every((word, i) => alike(word, now?.[i] ?? "", i));
}

function requestOf(
  b: Pick<Bundle, "host" | "runId" | "startedAt" | "health" | "vhost" | "url">,
): Parameters<typeof collect>[1] {
  return {
    host: b.host,
    runId: b.runId,
    startedAt: b.startedAt,
    health: b.health ?? { path: "/", expect: [] },
    ...fromUrl(b.url),
    ...(b.vhost === undefined ? {} : { vhost: b.vhost }),
  };
}

/** A complaint's URL names the vhost and the path; its query string is never sent. */
function fromUrl(url: string | undefined): { vhost?: string; path?: string } {
  if (url === undefined || !URL.canParse(url)) return {};
  const { hostname, pathname } = new URL(url);
  // A virtual address is no vhost's name: any of them may answer there.
  const isAddress = /^[\d.]+$|^\[/.test(hostname);
  return isAddress ? { path: pathname } : { vhost: hostname, path: pathname };
}

function bundleBase(input: RunInput, loaded: LoadedPlaybook, startedAt: number): Bundle {
  return {
    schema: "502/bundle@1",
    runId: input.runId,
    host: input.host.name,
    playbook: loaded.playbook.name,
    ...(input.vhost === undefined ? {} : { vhost: input.vhost }),
    ...(input.url === undefined ? {} : { url: input.url }),
    ...(input.host.health === undefined
      ? {}
      : { health: { path: input.host.health.path, expect: [...input.host.health.expect] } }),
    startedAt,
    durationMs: 0,
    hostKey: "",
    commands: [],
  };
}
