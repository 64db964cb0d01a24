import { ANY, type Given, type Usage } from "./usage.ts";

const NONE: Usage = {};
const NAMES: Usage = { operands: ANY };

const nginx: Usage = {
  flags: "-T -t -V -v -q -h -?",
  values: "-c -p",
  // Without one of these nginx would start a server.
  needs: "-T -t -V -v -h -?",
};

const container: Usage = {
  verbs: {
    ps: {
      flags: "-a --all --no-trunc -q --quiet -s --size -l --latest",
      values: "-f --filter --format -n --last",
    },
    inspect: { flags: "-s --size", values: "-f --format --type", operands: ANY },
    logs: {
      flags: "-t --timestamps --details",
      values: "-n --tail --since --until",
      needs: "-n --tail",
      operands: ANY,
    },
    network: {
      flags: "--no-trunc -q --quiet -v --verbose",
      values: "-f --filter --format",
      operands: ANY,
      also: ({ operands: [verb = ""] }) =>
        ["inspect", "ls", "list"].includes(verb) ? undefined : `network ${verb} is not one of inspect, ls`,
    },
    port: NAMES,
    stats: {
      flags: "--no-stream --no-trunc -a --all",
      values: "--format",
      needs: "--no-stream",
      operands: ANY,
    },
    version: { values: "-f --format" },
    info: { values: "-f --format" },
  },
};

/** Options that systemd's tools share. */
const SYSTEMD =
  "--no-pager --no-legend --no-ask-password -q --quiet -l --full --plain -a --all --version --utc";

function rpmOnlyAsks(args: readonly string[]): string | undefined {
  // In any other place -i, -e and -U mean install, erase and upgrade.
  if (!/^-q[ailfcdRs]*$|^-V$|^--version$/.test(args[0] ?? "")) return "the first word must be -q… or -V";
  const later = args.slice(1).find((word) => /^-[^-]/.test(word));
  return later === undefined ? undefined : `"${later}" must be part of the first word`;
}

export const services: Readonly<Record<string, Usage>> = {
  systemctl: {
    flags: `${SYSTEMD} --failed --value --user --system -r --recursive --reverse --after --before`,
    values: "-p -P --property -t --type --state -o --output -n --lines --timestamp",
    verbs: {
      show: NAMES,
      status: NAMES,
      "list-units": NAMES,
      "list-unit-files": NAMES,
      "list-timers": NAMES,
      "list-sockets": NAMES,
      "list-dependencies": NAMES,
      "list-jobs": NAMES,
      "is-system-running": NONE,
      "is-enabled": NAMES,
      "is-active": NAMES,
      "is-failed": NAMES,
      "get-default": NONE,
      cat: NAMES,
    },
  },
  journalctl: {
    flags: `${SYSTEMD} -r --reverse -k --dmesg -x --catalog -m --merge --no-hostname --no-full --no-tail --list-boots --disk-usage --header --system --user -N --fields`,
    values:
      "-u --unit --user-unit -n --lines -o --output -S --since -U --until -p --priority -t --identifier -g --grep --facility -F --field --output-fields",
    optional: "-b --boot --case-sensitive",
    allowed: { "-n": /^(?:\+?\d+|all)$/, "--lines": /^(?:\+?\d+|all)$/ },
    operands: ANY,
  },
  loginctl: {
    flags: `${SYSTEMD} --value`,
    values: "-p --property -o --output",
    verbs: { "list-sessions": NONE, "list-users": NONE, "show-session": NAMES, "show-user": NAMES },
  },
  coredumpctl: {
    flags: `${SYSTEMD} -r --reverse -1`,
    values: "-n -S --since -U --until",
    verbs: { list: NAMES, info: NAMES },
  },
  timedatectl: {
    flags: `${SYSTEMD} --value`,
    values: "-p --property",
    verbs: { show: NONE, status: NONE, "timesync-status": NONE, "show-timesync": NONE },
  },
  nginx,
  angie: nginx,
  openresty: nginx,
  docker: container,
  podman: container,
  supervisorctl: { values: "-c --configuration", verbs: { status: NAMES } },
  "rc-service": {
    operands: /^[A-Za-z0-9@._-]+$/,
    count: [2, 2],
    also: ({ operands }: Given) => (operands[1] === "status" ? undefined : `"${operands[1]}" is not status`),
  },
  "rc-status": { flags: "-a --all -s --servicelist -u --unused -C --nocolor", operands: /^[a-z]+$/ },
  dpkg: {
    flags: "-l --list -s --status -L --listfiles -S --search -V --verify --version",
    needs: "-l --list -s --status -L --listfiles -S --search -V --verify --version",
    operands: ANY,
  },
  "dpkg-query": {
    flags: "-W --show -l --list -s --status -L --listfiles -S --search",
    values: "-f --showformat",
    operands: ANY,
  },
  rpm: {
    flags:
      "-q -a -i -l -f -c -d -R -s -V --last --changelog --scripts --provides --requires --version --nodigest --nosignature",
    values: "--qf --queryformat",
    operands: ANY,
  },
  "apt-cache": { verbs: { policy: NAMES, show: NAMES, madison: NAMES } },
  dnf: history(),
  yum: history(),
  crontab: { flags: "-l", values: "-u", needs: "-l" },
  git: {
    flags: "--no-optional-locks --no-pager",
    values: "-C",
    verbs: {
      log: {
        flags: "-1 --oneline --no-color --no-decorate",
        values: "-n --max-count --format --date --since",
        operands: ANY,
      },
      status: { flags: "--porcelain --branch -b --short -s", needs: "--no-optional-locks" },
      "rev-parse": {
        flags: "--abbrev-ref --short --verify --is-inside-work-tree --show-toplevel",
        operands: ANY,
      },
    },
  },
};

function history(): Usage {
  return {
    flags: "-q --quiet -C --cacheonly",
    verbs: {
      history: {
        operands: /^(?:list|info|last|\d+)$/,
        count: [0, 4],
        also: ({ operands: [verb] }) =>
          verb === undefined || verb === "list" || verb === "info"
            ? undefined
            : `"${verb}" is not list or info`,
      },
    },
  };
}

/** What the table of options cannot say: the order of words. */
export const orders: Readonly<Record<string, (args: readonly string[]) => string | undefined>> = {
  rpm: rpmOnlyAsks,
};

/** php-fpm has a version in its name on Debian. */
export const PHP_FPM = /^php-fpm(?:\d+(?:\.\d+)?)?$/;
export const phpFpm: Usage = { flags: "-t -tt -v", values: "-y -c", needs: "-t -tt -v" };
