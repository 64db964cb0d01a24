import type { BundledCommand } from "../domain/bundle.ts";
import type { Command, CommandResult } from "../domain/command.ts";
import type { Check, Playbook } from "../domain/playbook.ts";
import { type Parse, factSet } from "../model/facts.ts";
import { buildModel, type ModelRequest } from "../model/build.ts";
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
    const planned = renderWave(loaded, wave, model, withheld);
    if (planned.length === 0) continue;
    let done = 0;
    const results = await run(wave, planned, () => onProgress(++done, planned.length));
    commands.push(...results.map((r) => bundled(r, wave)));
    model = buildModel(factSet(commands, parserOf), request);
  }
  return { commands, withheld, model };
}

function renderWave(loaded: LoadedPlaybook, wave: number, model: HostModel, withheld: Withheld[]): Command[] {
  const context = loaded.environment.context({ host: model.host, nginx: model.nginx, plan: model.plan });
  return loaded.playbook.checks
    .filter((check: Check) => check.wave === wave)
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

/** The parser of a check's output, by the check's id. */
export function parsersOf(playbook: Playbook): (check: string) => Parse | undefined {
  const names = new Map(playbook.checks.map((c) => [c.id, c.parser]));
  return (check) => {
    const name = names.get(check);
    return name === undefined
      ? undefined
      : (PARSERS as Readonly<Record<string, { parse: Parse }>>)[name]?.parse;
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
