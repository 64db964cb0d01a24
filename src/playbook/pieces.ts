import type { CauseRule, Check, FixCommand, FixRule, Origin } from "../domain/playbook.ts";
import type { CauseYaml, CheckYaml, FixYaml } from "./schema.ts";
import { parseDuration, parseSize } from "./units.ts";

/** YAML of the right shape → the nouns of domain/playbook.ts, defaults filled in. */

/** A background command's whole output must fit (domain/command.ts). */
const BACKGROUND_BYTES = 2000;

export function checkOf(yaml: CheckYaml, origin: Origin): Check {
  const maxBytes = parseSize(yaml.maxBytes);
  return {
    id: yaml.id,
    wave: yaml.wave,
    argv: yaml.argv,
    parser: yaml.parser,
    sudo: yaml.sudo,
    ...(yaml.runAs === undefined ? {} : { runAs: yaml.runAs }),
    ...(yaml.when === undefined ? {} : { when: yaml.when }),
    ...(yaml.forEach === undefined ? {} : { forEach: yaml.forEach }),
    ...(yaml.sideEffect === undefined ? {} : { sideEffect: yaml.sideEffect }),
    max: yaml.max,
    timeoutMs: parseDuration(yaml.timeout),
    maxBytes: yaml.background ? Math.min(maxBytes, BACKGROUND_BYTES) : maxBytes,
    background: yaml.background,
    late: yaml.late,
    onPeer: yaml.onPeer,
    tells: yaml.tells,
    source: yaml.source ?? yaml.id,
    origin,
  };
}

export function causeOf(yaml: CauseYaml, origin: Origin): CauseRule {
  const { provenWhen, status, ...rest } = yaml;
  return {
    ...rest,
    ...(provenWhen === undefined ? {} : { provenWhen }),
    ...(status === undefined ? {} : { status }),
    origin,
  };
}

function commandOf(yaml: FixYaml["commands"][number]): FixCommand {
  const { argv, sudo, runAs, timeout, keep } = yaml;
  const timeoutMs = parseDuration(timeout);
  return { argv, sudo, ...(runAs === undefined ? {} : { runAs }), timeoutMs, ...(keep ? { keep } : {}) };
}

export function fixOf(yaml: FixYaml, origin: Origin): FixRule {
  const { edit, guard, verify, commands, rollback, preconditions, ...rest } = yaml;
  return {
    ...rest,
    commands: commands.map(commandOf),
    rollback: rollback.map(commandOf),
    preconditions: preconditions.map(({ runAs, ...condition }) => ({
      ...condition,
      ...(runAs === undefined ? {} : { runAs }),
    })),
    verify: {
      text: verify.text,
      successes: verify.successes,
      everyMs: parseDuration(verify.every),
      withinMs: parseDuration(verify.within),
      stableMs: parseDuration(verify.stable),
      ...(verify.room.length === 0 ? {} : { room: verify.room }),
    },
    ...(edit === undefined ? {} : { edit }),
    ...(guard === undefined ? {} : { guard }),
    origin,
  };
}
