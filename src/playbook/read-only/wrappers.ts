import { fits, SAMPLE } from "./usage.ts";

/** Programs that start another: the words of the other one, or why not. */
export type Unwrapped = { readonly inner: readonly string[] } | { readonly because: string };

const ABSOLUTE = /^\/[^\n]*$/;

/** The variables a check may set. None of them makes a program load or run anything. */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  PM2_HOME: ABSOLUTE,
  PM2_DISABLE_VERSION_CHECK: /^(?:1|true)$/,
  XDG_RUNTIME_DIR: ABSOLUTE,
  DOCKER_HOST: /^unix:\/\/\/[^\n]*$/,
  LC_ALL: /^[A-Za-z0-9_.@-]+$/,
  LANG: /^[A-Za-z0-9_.@-]+$/,
  TZ: /^[A-Za-z0-9_+/-]+$/,
  NO_COLOR: /^1?$/,
  SYSTEMD_COLORS: /^[01]$/,
  GIT_OPTIONAL_LOCKS: /^0$/,
};

/**
 * pm2 lies in the folders of the user it runs as. For all other programs these would choose what is run:
 * PATH directly, HOME through git's and docker's configuration.
 */
const PM2_VARIABLES: Readonly<Record<string, RegExp>> = {
  PATH: /^\/[^:\n]*(?::\/[^:\n]*)*$/,
  HOME: ABSOLUTE,
};

const USER = /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/;

function env(args: readonly string[]): Unwrapped {
  let at = 0;
  let onlyPm2: string | undefined;
  for (; at < args.length; at++) {
    const word = args[at] ?? "";
    const equals = word.indexOf("=");
    if (equals < 0) break;
    const name = word.slice(0, equals);
    if (name.includes(SAMPLE)) return { because: "the name of a variable must be written out" };
    const isPm2s = Object.hasOwn(PM2_VARIABLES, name);
    if (isPm2s) onlyPm2 = name;
    const pattern = isPm2s
      ? PM2_VARIABLES[name]
      : Object.hasOwn(VARIABLES, name)
        ? VARIABLES[name]
        : undefined;
    if (!pattern) return { because: `env may not set ${name}, only ${Object.keys(VARIABLES).join(", ")}` };
    if (!fits(pattern, word.slice(equals + 1))) return { because: `"${word}" is not allowed` };
  }
  if (onlyPm2 !== undefined && args[at] !== "pm2") return { because: `env may set ${onlyPm2} for pm2 only` };
  return { inner: args.slice(at) };
}

function runuser(args: readonly string[]): Unwrapped {
  const [option, user = "", dashes] = args;
  if (option !== "-u" || dashes !== "--")
    return { because: "runuser is written: runuser -u USER -- COMMAND" };
  if (!fits(USER, user)) return { because: `"${user}" is not a user name` };
  return { inner: args.slice(3) };
}

function nsenter(args: readonly string[]): Unwrapped {
  const end = args.indexOf("--");
  const [target, pid = "", ...spaces] = args.slice(0, Math.max(0, end));
  if (end < 0 || target !== "-t" || !/^\d+$/.test(pid))
    return { because: "nsenter is written: nsenter -t PID -n -- COMMAND" };
  const odd = spaces.find((space) => space !== "-n" && space !== "--net");
  if (odd !== undefined || spaces.length === 0)
    return {
      // In another mount namespace the program itself would be the container's own, run with our rights.
      because: `nsenter may enter the network namespace only (-n)${odd === undefined ? "" : `, not "${odd}"`}`,
    };
  return { inner: args.slice(end + 1) };
}

export const wrappers: Readonly<Record<string, (args: readonly string[]) => Unwrapped>> = {
  env,
  runuser,
  nsenter,
};
