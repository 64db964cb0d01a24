import { ANY, type Usage } from "./usage.ts";

const TEST = "-b -c -d -e -f -g -h -L -p -r -s -S -u -w -x -O -G";

export const system: Readonly<Record<string, Usage>> = {
  ps: {
    flags: "-e -f -F -A -a -d -l -j -w -ww -L -T -H -Z -M -y --no-headers --forest --deselect",
    values: "-o -O -p -C -u -U -g -G -t -q --pid --ppid --user --group --sort --format --cols",
    operands: ANY,
    also: ({ operands }) => {
      // BSD's e prints every process's environment, where secrets are.
      const odd = operands.find((word) => /^[A-Za-z]*e[A-Za-z]*$/.test(word));
      return odd === undefined ? undefined : `"${odd}" would print environments: use -o for columns`;
    },
  },
  pgrep: { flags: "-a -f -l -x -c -n -o -v -w -i", values: "-u -U -P -g -G -s -t -d", operands: ANY },
  free: { flags: "-b -k -m -g -h -w -t --bytes --kibi --mebi --wide --total" },
  uptime: { flags: "-p -s --pretty --since" },
  uname: { flags: "-a -s -n -r -v -m -p -i -o" },
  id: { flags: "-u -g -G -n -r -z -Z", operands: ANY },
  // A bare operand sets the clock.
  date: {
    flags: "-u --utc -R --rfc-email",
    values: "-d --date",
    optional: "-I --iso-8601 --rfc-3339",
    operands: /^\+/,
  },
  hostname: { flags: "-f -s -d -i -I -A" },
  sysctl: {
    flags: "-n -a -e -N --all --values --names --ignore",
    values: "-r --pattern",
    operands: /^[A-Za-z0-9_./*-]+$/,
  },
  dmesg: {
    flags: "-T -t -k -x -P --ctime --nopager --kernel --decode --notime",
    values: "-l -f --level --facility --since --until",
  },
  getenforce: {},
  getsebool: { flags: "-a", operands: /^[a-z0-9_]+$/i },
  sestatus: { flags: "-v -b" },
  semanage: {
    verbs: {
      port: { flags: "-l --list -C --locallist -n --noheading", needs: "-l --list" },
      fcontext: { flags: "-l --list -C --locallist -n --noheading", needs: "-l --list" },
      boolean: { flags: "-l --list -C --locallist -n --noheading", needs: "-l --list" },
    },
  },
  matchpathcon: { flags: "-n -V", operands: ANY },
  restorecon: { flags: "-n -v -R -r -F", needs: "-n", operands: ANY },
  ausearch: {
    style: "single",
    flags: "-i --interpret -r --raw --input-logs --just-one",
    values:
      "-m --message -ts --start -te --end -c --comm -sv --success -p --pid -x --executable -k --key -if --input -ua -ui -se --format",
    // Without it ausearch waits for its standard input when it has no terminal.
    needs: "--input-logs -if --input",
    // The second word of "-ts DATE TIME".
    operands: /^[\d:/.-]+$/,
  },
  "aa-status": { flags: "--json --pretty-json --verbose --enabled --enforced --complaining --profiled" },
  last: {
    flags: "-x -F -i -w -a -R",
    values: "-n -s -t --since --until --limit",
    operands: /^[A-Za-z0-9._-]+$/,
  },
  lastb: {
    flags: "-x -F -i -w -a -R",
    values: "-n -s -t --since --until --limit",
    operands: /^[A-Za-z0-9._-]+$/,
  },
  lastlog: { values: "-u -b -t --user --before --time" },
  who: { flags: "-a -b -d -H -l -m -p -q -r -s -t -u" },
  w: { flags: "-h -s -i -f -u", operands: /^[A-Za-z0-9._-]+$/ },
  chronyc: { flags: "-n -c", verbs: { tracking: {}, sources: {}, sourcestats: {}, activity: {} } },
  // Without -c it edits.
  visudo: { flags: "-c -q -s --check --quiet --strict", values: "-f --file", needs: "-c --check" },
  sudo: { flags: "-l -ll -n --list --non-interactive", values: "-U --other-user", needs: "-l -ll --list" },
  test: { style: "single", flags: "", values: TEST, operands: /^!$/, count: [0, 1], needs: TEST },
};
