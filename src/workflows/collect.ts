import type { BundledCommand, BundledMachine } from "../domain/bundle.ts";
import type { Command, CommandResult } from "../domain/command.ts";
import type { Check, Playbook } from "../domain/playbook.ts";
import { type Parse, baseOf, factSet } from "../model/facts.ts";
import { buildModel, type ModelRequest } from "../model/build.ts";
import type { OtherMachine } from "../model/machines.ts";
import type { HostModel } from "../model/host-model.ts";
import { PARSERS } from "../parsers/registry.ts";
import { redact } from "../parsers/redact.ts";
import { type CelEnvironment } from "../playbook/cel.ts";
import type { Refusal } from "../playbook/load-environment.ts";
import { renderCheck, type Withheld } from "../playbook/render.ts";

/** A playbook with what its rules are compiled against. */
export interface LoadedPlaybook {
  readonly playbook: Playbook;
  readonly environment: CelEnvironment;
  readonly refusal: Refusal;
}

export interface Collected {
  readonly commands: readonly BundledCommand[];
  readonly withheld: readonly Withheld[];
  readonly model: HostModel;
  /** The other machines that failing peers are on. */
  readonly machines: readonly BundledMachine[];
}

/** Runs one wave; over SSH, or from a bundle. */
export type RunWave = (
  wave: number,
  commands: readonly Command[],
  onResult: (r: CommandResult) => void,
) => Promise<readonly CommandResult[]>;

/**
 * Runs the waves of a playbook: each wave's checks are rendered from what the waves before showed.
 * Every output is redacted before anything reads it (design §6.7).
 */
export async function collect(
  loaded: LoadedPlaybook,
  request: ModelRequest,
  run: RunWave,
  onProgress: (done: number, planned: number) => void = () => undefined,
): Promise<Collected> {
  const commands: BundledCommand[] = [];
  const withheld: Withheld[] = [];
  const parserOf = parsersOf(loaded.playbook);
  let model = buildModel(factSet([], parserOf), request);
  for (const wave of [1, 2, 3] as const) {
    const planned = renderWave(loaded, wave, model, withheld, loaded.playbook.checks);
    if (planned.length === 0) continue;
    let done = 0;
    const read = reader(wave, parserOf);
    const results = await run(wave, planned, (r) => {
      read(r);
      onProgress(++done, planned.length);
    });
    commands.push(...results.map(read));
    model = buildModel(factSet(commands, parserOf), request);
  }
  return { commands, withheld, model, machines: [] };
}

/**
 * Runs, on the machine of a failing peer, the checks that tell who should be listening there.
 * @param own what nginx's host showed
 * @returns the commands' results, each with the machine's name
 */
export async function collectThere(
  loaded: LoadedPlaybook,
  request: ModelRequest,
  own: Collected,
  machine: OtherMachine & { readonly name: string },
  run: RunWave,
): Promise<Pick<Collected, "commands" | "withheld">> {
  const commands: BundledCommand[] = [];
  const withheld: Withheld[] = [];
  const parserOf = parsersOf(loaded.playbook);
  const facts = factSet(own.commands, parserOf);
  const checks = loaded.playbook.checks.filter((c) => c.onPeer);
  for (const wave of [1, 2, 3] as const) {
    const there = { ...machine, facts: factSet(commands, parserOf) };
    const model = buildModel(facts, request, [there]);
    const [seen] = model.machines;
    if (seen === undefined) break;
    const planned = renderWave(loaded, wave, { ...model, ...seen }, withheld, checks);
    if (planned.length === 0) continue;
    const read = reader(wave, parserOf, machine.name);
    const results = await run(wave, planned, read);
    commands.push(...results.map(read));
  }
  return { commands, withheld };
}

/** The model of nginx's host with what the other machines showed. */
export function joined(
  loaded: LoadedPlaybook,
  request: ModelRequest,
  commands: readonly BundledCommand[],
  machines: readonly BundledMachine[],
): HostModel {
  const parserOf = parsersOf(loaded.playbook);
  const of = (host: string | undefined): ReturnType<typeof factSet> =>
    factSet(
      commands.filter((c) => c.host === host),
      parserOf,
    );
  return buildModel(
    of(undefined),
    request,
    machines.map(({ name, addresses, contact, withheld, hostKey }): OtherMachine => ({
      ...(name === undefined ? {} : { name }),
      addresses,
      ...(contact === undefined ? {} : { contact }),
      ...(withheld === undefined
        ? {}
        : {
            withheld: {
              because: withheld.because,
              ...(withheld.remedy === undefined ? {} : { remedy: withheld.remedy }),
            },
          }),
      ...(hostKey === undefined || name === undefined ? {} : { facts: of(name) }),
    })),
  );
}

function renderWave(
  loaded: LoadedPlaybook,
  wave: number,
  model: Pick<HostModel, "host" | "nginx" | "plan">,
  withheld: Withheld[],
  checks: readonly Check[],
): Command[] {
  const context = loaded.environment.context({ host: model.host, nginx: model.nginx, plan: model.plan });
  return checks
    .filter((check) => check.wave === wave)
    .toSorted((a, b) => Number(a.late) - Number(b.late))
    .flatMap((check) => {
      const rendered = renderCheck(check, {
        environment: loaded.environment,
        context,
        refusal: loaded.refusal,
      });
      withheld.push(...rendered.withheld.filter((w) => w.unknown));
      return rendered.commands;
    });
}

/** What a parser made of a result: with each wave the model is built anew, from the same results. */
const made = new WeakMap<Parse, WeakMap<Parameters<Parse>[0], unknown>>();

function once(parse: Parse): Parse {
  const own = made.get(parse) ?? new WeakMap<Parameters<Parse>[0], unknown>();
  made.set(parse, own);
  return (output) => {
    if (!own.has(output)) own.set(output, parse(output));
    return own.get(output);
  };
}

/** The parser of a check's output, by the check's id. It reads each result once. */
export function parsersOf(playbook: Playbook): (check: string) => Parse | undefined {
  const names = new Map(playbook.checks.map((c) => [c.id, c.parser]));
  return (check) => {
    const name = names.get(check);
    const parser = (PARSERS as Readonly<Record<string, { parse: Parse }>>)[name ?? ""];
    return parser && once(parser.parse);
  };
}

/**
 * Redacts and parses a result, once. Called as each one arrives, so that this is done while the host works on the
 * next command.
 * @param host - the other machine that it came from
 */
function reader(
  wave: number,
  parserOf: (check: string) => Parse | undefined,
  host?: string,
): (r: CommandResult) => BundledCommand {
  const read = new Map<CommandResult, BundledCommand>();
  return (r) => {
    const before = read.get(r);
    if (before !== undefined) return before;
    const command = { ...bundled(r, wave), ...(host === undefined ? {} : { host }) };
    read.set(r, command);
    parserOf(baseOf(r.id))?.(command);
    return command;
  };
}

function bundled(r: CommandResult, wave: number): BundledCommand {
  return {
    id: r.id,
    wave,
    argv: [...r.argv],
    stdout: redact(r.stdout),
    stderr: redact(r.stderr),
    exitCode: r.exitCode,
    end: r.end,
    durationMs: r.durationMs,
    privileged: r.privileged,
  };
}
