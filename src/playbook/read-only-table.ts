import type { Refusal } from "./load-environment.ts";
import { nearest } from "../domain/nearest.ts";
import { files } from "./read-only/files.ts";
import { network } from "./read-only/network.ts";
import { orders, PHP_FPM, phpFpm, services } from "./read-only/services.ts";
import { system } from "./read-only/system.ts";
import { allowedText, refuse, SAMPLE, type Usage } from "./read-only/usage.ts";
import { wrappers } from "./read-only/wrappers.ts";
import { compilePattern } from "./regex.ts";

/**
 * The one table of what a check may run (design, invariant 1): program, subcommand and options; what is not
 * listed is refused. It keeps the authors of playbooks from changing a host by mistake, and values that come
 * from a host from changing what a command does. It is not a sandbox: sudoers is.
 */
const TABLE: Readonly<Record<string, Usage>> = { ...files, ...services, ...network, ...system };

/** Where programs may lie when their path is given. */
const DIRECTORIES =
  /^\/(?:usr\/(?:local\/)?)?s?bin\/$|^\/usr\/local\/(?:nginx|angie)\/sbin\/$|^\/usr\/local\/openresty\/(?:bin|nginx\/sbin)\/$|^\/opt\/(?:nginx|angie)\/sbin\/$|^\/snap\/bin\/$/;

/** A command that 502.yml adds to the table: its arguments, joined by spaces, must match as a whole. */
export interface ExtraCommand {
  readonly program: string;
  /** RE2. */
  readonly args: string;
}

/**
 * Makes the judge of commands.
 * @param extra - what 502.yml adds
 * @throws Error when a pattern of an extra command is wrong
 */
export function commandRefusal(extra: readonly ExtraCommand[] = []): Refusal {
  for (const { args } of extra) compilePattern(`^(?:${args})$`);
  return (argv) => judge(argv, extra, 0, false);
}

function judge(
  argv: readonly string[],
  extra: readonly ExtraCommand[],
  depth: number,
  pm2Home: boolean,
): ReturnType<Refusal> {
  const [program = "", ...args] = argv;
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (extra.some((command) => matchesExtra(command, program, args))) return undefined;
  if (program.includes("/") && !DIRECTORIES.test(program.slice(0, -name.length)))
    return {
      because: `the program "${program}" lies in a directory that is not the system's`,
      hint: "write its name alone, or add it to `commands` in 502.yml",
    };
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper) {
    const unwrapped = depth < 2 ? wrapper(args) : { because: `${name} is one wrapper too many` };
    if ("because" in unwrapped) return { because: unwrapped.because, hint: "see playbooks/README.md" };
    const home = pm2Home || (name === "env" && args.some((word) => word.startsWith("PM2_HOME=")));
    return judge(unwrapped.inner, extra, depth + 1, home);
  }
  if (name === "pm2") return pm2(args, pm2Home);
  const usage = Object.hasOwn(TABLE, name) ? TABLE[name] : PHP_FPM.test(name) ? phpFpm : undefined;
  if (!usage) return unknownProgram(name);
  const because = orders[name]?.(args) ?? refuse(usage, special(name, args));
  if (because === undefined) return undefined;
  const allowed = allowedText(usage);
  return {
    because: `${name}: ${because}`,
    hint: allowed === "" ? `${name} takes no such words` : `allowed: ${allowed}`,
  };
}

function matchesExtra(command: ExtraCommand, program: string, args: readonly string[]): boolean {
  if (command.program !== program || args.some((word) => /\s/.test(word))) return false;
  if (args.some((word) => word.includes(SAMPLE))) return true;
  return compilePattern(`^(?:${command.args})$`).matcher(args.join(" ")).find();
}

/** Spellings that are no options in the table's sense, left out of what it looks at. */
function special(name: string, args: readonly string[]): readonly string[] {
  if (["head", "tail", "last", "lastb", "git"].includes(name))
    return args.filter((word) => !/^-\d+$/.test(word));
  if (name === "lsof") return args.filter((word) => !/^\+L\d?$/.test(word));
  return args;
}

/** pm2 starts a daemon where none runs, in the home it is given: it must be the one that was seen running. */
function pm2(args: readonly string[], home: boolean): ReturnType<Refusal> {
  const hint = "write: env PM2_HOME=… pm2 jlist";
  if (args[0] !== "jlist" || args.slice(1).some((word) => word !== "--silent" && word !== "-s"))
    return { because: `pm2: only jlist is allowed, not "${args.join(" ")}"`, hint };
  return home ? undefined : { because: "pm2 needs the PM2_HOME of a daemon that runs", hint };
}

function unknownProgram(name: string): ReturnType<Refusal> {
  const names = [...Object.keys(TABLE), ...Object.keys(wrappers), "pm2", "php-fpm"];
  const like = nearest(name, names);
  return {
    because:
      name === ""
        ? "a command needs a program"
        : `the program "${name}" is not in the table of read-only commands`,
    hint: `${like === undefined ? "" : `did you mean "${like}"? `}add it to \`commands\` in 502.yml if it changes nothing`,
  };
}
