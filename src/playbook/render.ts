import type { Command } from "../domain/command.ts";
import type { Check, FixCommand, FixRule } from "../domain/playbook.ts";
import { evaluateBool, evaluateValue, type CelEnvironment, type Context } from "./cel.ts";
import { forEachOf } from "./for-each.ts";
import type { Refusal } from "./load-environment.ts";
import { forbidden } from "./forbidden.ts";
import { quoteArgv } from "./quote.ts";
import { compileParts } from "./template.ts";
import { compileWord, renderWords } from "./words.ts";

/** A command that was not made. `unknown`: it might have been needed, so that it is a blind spot. */
export interface Withheld {
  /** The id the command would have had. */
  readonly id: string;
  readonly because: string;
  readonly unknown: boolean;
}

export interface RenderedCheck {
  readonly commands: readonly Command[];
  readonly withheld: readonly Withheld[];
}

/** Where rules are evaluated, and what commands are allowed. */
export interface Scene {
  readonly environment: CelEnvironment;
  readonly context: Context;
  readonly refusal: Refusal;
}

const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/;
const FIX_MAX_BYTES = 65_536;
const KEPT_MAX_BYTES = 1_048_576;

/**
 * Makes the commands of a check: none, one, or one for each item of its for-each, the same command once.
 * Never throws on what a host says: what cannot be made is withheld with the reason.
 */
export function renderCheck(check: Check, scene: Scene): RenderedCheck {
  const { environment, context } = scene;
  if (check.when !== undefined) {
    const when = evaluateBool(environment.compile(check.when, ["bool"]), context);
    if (when.value === "unknown")
      return none(check.id, `${when.missing ?? when.problem ?? check.when} is not known`, true);
    if (!when.value) return none(check.id, "not needed on this host", false);
  }
  if (check.forEach === undefined) return collect(check, [context], environment, scene);
  const each = forEachOf(environment, check.forEach);
  const listed = each.contexts(context);
  if (!listed.known)
    return none(check.id, `${listed.missing ?? listed.problem ?? check.forEach} is not known`, true);
  return collect(check, listed.list, each.environment, scene);
}

function none(id: string, because: string, unknown: boolean): RenderedCheck {
  return { commands: [], withheld: [{ id, because, unknown }] };
}

function collect(
  check: Check,
  contexts: readonly Context[],
  environment: CelEnvironment,
  scene: Scene,
): RenderedCheck {
  const commands: Command[] = [];
  const withheld: Withheld[] = [];
  const seen = new Set<string>();
  for (const context of contexts) {
    const id = instance(check.id, commands.length + withheld.length);
    const made = renderOne(id, check, { ...scene, environment, context }, check);
    if ("because" in made) {
      withheld.push(made);
      continue;
    }
    const same = JSON.stringify([made.runAs, made.argv]);
    if (seen.has(same)) continue;
    seen.add(same);
    if (commands.length < check.max) commands.push(made);
    else withheld.push({ id, because: `only the first ${check.max} are looked at`, unknown: true });
  }
  return { commands, withheld };
}

function instance(id: string, index: number): string {
  return index === 0 ? id : `${id}#${index + 1}`;
}

interface Source {
  readonly argv: readonly string[];
  readonly sudo: Command["sudo"];
  readonly runAs?: string;
  readonly timeoutMs: number;
}

/** @param check - when given, the command must be a read-only one */
function renderOne(id: string, source: Source, scene: Scene, check?: Check): Command | Withheld {
  const { environment, context } = scene;
  const words = source.argv.map((word) => compileWord(environment, word));
  const rendered = renderWords(words, context);
  if (!rendered.ok) return { id, because: rendered.because, unknown: true };
  const refused = check && scene.refusal(rendered.argv);
  if (refused) return { id, because: refused.because, unknown: true };
  let runAs: string | undefined;
  if (source.runAs !== undefined) {
    const user = renderWords([compileWord(environment, source.runAs)], context);
    if (!user.ok) return { id, because: user.because, unknown: true };
    runAs = user.argv[0] ?? "";
    if (!USER.test(runAs))
      return { id, because: `${JSON.stringify(runAs)} is not a user name`, unknown: true };
  }
  return {
    id,
    argv: rendered.argv,
    sudo: source.sudo,
    ...(runAs === undefined ? {} : { runAs }),
    timeoutMs: source.timeoutMs,
    maxBytes: check?.maxBytes ?? FIX_MAX_BYTES,
    ...(check?.background ? { background: true } : {}),
    ...(check?.late ? { late: true } : {}),
  };
}

/** A precondition with what its command must print. */
interface RenderedPrecondition {
  readonly name: string;
  readonly command: Command;
  readonly expect: string;
}

/** A command of a fix; `keep`: what it prints is evidence. */
export type FixStep = Command & { readonly keep?: boolean };

export type RenderedFix =
  | {
      readonly ok: true;
      readonly commands: readonly FixStep[];
      readonly rollback: readonly FixStep[];
      readonly preconditions: readonly RenderedPrecondition[];
      /** The file systems that must have more room afterwards. */
      readonly room: readonly string[];
    }
  | { readonly ok: false; readonly because: string };

/** Makes the commands of a fix, all or none: a fix with a hole in it is not offered. */
export function renderFixCommands(fix: FixRule, scene: Scene): RenderedFix {
  const refusals: Withheld[] = [];
  const make = (id: string, source: Source): Command | undefined => {
    const made = renderOne(id, source, scene);
    if (!("because" in made)) return made;
    refusals.push(made);
    return undefined;
  };
  // A value from the host may make a command what no fix may be: an application called "all".
  const allowed = (command: Command): boolean => {
    const never = forbidden(command.argv);
    if (never !== undefined) refusals.push({ id: fix.id, because: never.because, unknown: false });
    return never === undefined;
  };
  const series = (id: string, sources: readonly FixCommand[]): FixStep[] =>
    sources.flatMap((source, i) => {
      const made = make(instance(id, i), source);
      if (made === undefined || !allowed(made)) return [];
      return [source.keep === true ? { ...made, maxBytes: KEPT_MAX_BYTES, keep: true } : made];
    });
  const commands = series(fix.id, fix.commands);
  const rollback = series(`${fix.id}-rollback`, fix.rollback);
  const preconditions = fix.preconditions.flatMap((condition, i): RenderedPrecondition[] => {
    const command = make(instance(`${fix.id}-precondition`, i), { ...condition, timeoutMs: 5000 });
    const refused = command && scene.refusal(command.argv);
    if (refused) refusals.push({ id: fix.id, because: refused.because, unknown: true });
    if (!command) return [];
    const expected = expectation(condition.expect, scene);
    if (typeof expected === "string") return [{ name: condition.name, command, expect: expected }];
    refusals.push({ id: fix.id, because: expected.because, unknown: true });
    return [];
  });
  const room = renderWords(
    (fix.verify.room ?? []).map((word) => compileWord(scene.environment, word)),
    scene.context,
  );
  if (!room.ok) refusals.push({ id: fix.id, because: room.because, unknown: true });
  const [first] = refusals;
  if (first !== undefined || !room.ok) return { ok: false, because: first?.because ?? "" };
  return { ok: true, commands, rollback, preconditions, room: room.argv };
}

/** What a precondition's command must print; a fact that is not known cannot be expected. */
function expectation(template: string, scene: Scene): string | { readonly because: string } {
  let text = "";
  for (const part of compileParts(scene.environment, template, ["string", "int", "bool"])) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    const result = evaluateValue(part.program, scene.context);
    if (!result.known) return { because: `${result.missing ?? part.program.text} is not known` };
    text += String(result.value);
  }
  return text;
}

/** A command as a person would type it. */
export function commandText(command: Pick<Command, "argv" | "sudo" | "runAs">): string {
  if (command.runAs !== undefined) return quoteArgv(["sudo", "-u", command.runAs, ...command.argv]);
  return quoteArgv(command.sudo === "always" ? ["sudo", ...command.argv] : command.argv);
}
