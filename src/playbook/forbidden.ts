/** What no fix ever does, however it is named: the first that fits says why. */
interface Never {
  readonly program: RegExp;
  /** Over the words behind the program, joined by spaces. */
  readonly words: RegExp;
  readonly because: string;
  readonly hint: string;
}

const UNINSTALLED = "packages are not installed by a fix: what is on a host is decided elsewhere";
const UNVERIFIED = "TLS is never left unverified";
const CERTIFICATE = "mend the certificate, or name the CA that signed it";
const NEVER: readonly Never[] = [
  {
    program: /^setenforce$/,
    words: /(?:^| )(?:0|permissive)(?: |$)/i,
    because: "SELinux is never switched off",
    hint: "allow the one thing that is refused: setsebool, semanage port, restorecon",
  },
  {
    program: /^semanage$/,
    words: /^permissive /,
    because: "SELinux is never switched off, for no domain either",
    hint: "allow the one thing that is refused: setsebool, semanage port, restorecon",
  },
  {
    program: /^(?:chmod|install|mkdir)$/,
    // 0777, 666, o+w, a=rwx, +w: everybody may write.
    words: /(?:^| |=)(?:[0-7]?[0-7]{2}[2367]|[ugo]*[oa][ugo]*[+=][rxXst]*w\w*|\+[rxXst]*w\w*)(?: |,|$)/,
    because: "nothing is ever made writable for everybody",
    hint: "give it to the one user or group that needs it: setfacl, chown, a group",
  },
  {
    program: /^(?:kill|pkill|killall|skill)$/,
    words: /(?:^| )(?:-(?:9|KILL|SIGKILL)|(?:-s|-n|--signal)[ =]?(?:9|KILL|SIGKILL))(?: |$)/i,
    because: "no process is ever ended without being asked",
    hint: "send TERM, and wait until it has gone",
  },
  {
    program: /^(?:systemctl|docker|podman|machinectl)$/,
    words: /^(?:-\S+ )*(?:container )?kill(?: |$)/,
    because: "no process is ever ended without being asked",
    hint: "use stop or restart, which ask first",
  },
  {
    program: /^pm2$/,
    words: /^(?:-\S+ )*kill(?: |$)/,
    because: "pm2's daemon is never ended: all its applications would go with it",
    hint: "start or restart the one application",
  },
  {
    program: /^(?:pm2|supervisorctl|systemctl|docker|podman|rc-service|monit)$/,
    words: /(?:^| )(?:re)?(?:start|load|stop)(?: .*)? (?:all|\S*\*\S*)(?: |$)|^(?:shutdown|reload)$/,
    because: "a fix is for one thing, never for all",
    hint: "name the one that is to be started",
  },
  {
    program: /^curl$/,
    words: /(?:^| )(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure|--proxy-insecure)(?: |$)/,
    because: UNVERIFIED,
    hint: CERTIFICATE,
  },
  {
    program: /^(?:wget|git|env|npm)$/,
    words:
      /(?:^| )(?:--no-check-certificate|http\.sslVerify=(?:false|0)|GIT_SSL_NO_VERIFY=\S+|NODE_TLS_REJECT_UNAUTHORIZED=0|PYTHONHTTPSVERIFY=0)(?: |$)/,
    because: UNVERIFIED,
    hint: CERTIFICATE,
  },
  {
    program: /^(?:apt|apt-get|aptitude|dnf|yum|microdnf|zypper|apk|pacman|snap|flatpak|brew|dpkg|rpm)$/,
    words:
      /(?:^| )(?:install|reinstall|add|upgrade|dist-upgrade|full-upgrade|update|remove|purge|autoremove|erase|-S\w*|-U\w*|-i\w*)(?: |$)/,
    because: UNINSTALLED,
    hint: "say it as advice",
  },
  {
    program: /^(?:npm|npx|yarn|pnpm|bun|pip\d*|pipx|uv|gem|bundle|composer|cargo|go|cpan)$/,
    words: /(?:^| )(?:install|ci|i|add|update|upgrade|require|get|sync|remove)(?: |$)/,
    because: UNINSTALLED,
    hint: "say it as advice",
  },
];

const COMPOSE = ["--no-deps", "--no-build", "--pull never"];
/** Programs that start another one, named further on. */
const STARTS = /^(?:sudo|env|runuser|su|timeout|nice|nohup|setsid|doas|ionice|stdbuf|nsenter|chroot|xargs)$/;
const SHELL = /^(?:ba|da|z|a|k)?sh$/;

export interface Forbidden {
  readonly because: string;
  readonly hint: string;
}

/** Why a command is none that a fix may run, whoever wrote the playbook; undefined: it is not on the list. */
export function forbidden(argv: readonly string[]): Forbidden | undefined {
  const first = programOf(argv[0] ?? "");
  if (SHELL.test(first)) {
    const words = argv.join(" ").split(/[\s;&|'"()]+/);
    return firstOf(words.map((_, at) => ruleFor(words.slice(at))));
  }
  return STARTS.test(first) ? firstOf(argv.map((_, at) => ruleFor(argv.slice(at)))) : ruleFor(argv);
}

function ruleFor(argv: readonly string[]): Forbidden | undefined {
  const program = programOf(argv[0] ?? "");
  const words = argv.slice(1).join(" ");
  const found = NEVER.find((never) => never.program.test(program) && never.words.test(words));
  if (found !== undefined) return { because: found.because, hint: found.hint };
  if (program !== "docker" || !/^compose (?:.* )?up(?: |$)/.test(words)) return undefined;
  const missing = COMPOSE.find((option) => !` ${words} `.includes(` ${option} `));
  return missing === undefined
    ? undefined
    : {
        because: `docker compose up without ${missing} does more than bring up the one service`,
        hint: `write: docker compose … up --detach ${COMPOSE.join(" ")} SERVICE`,
      };
}

const programOf = (word: string): string => word.slice(word.lastIndexOf("/") + 1);

function firstOf(all: readonly (Forbidden | undefined)[]): Forbidden | undefined {
  return all.find((one) => one !== undefined);
}

/** Why an edit is none that a fix may make: what its rule writes switches off what keeps others out. */
export function forbiddenEdit(rule: string): Forbidden | undefined {
  return /ssl_verify(?:_client)?\s+off/.test(rule) ? { because: UNVERIFIED, hint: CERTIFICATE } : undefined;
}
