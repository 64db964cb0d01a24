import { posix } from "node:path";
import { ANY, type Given, type Usage } from "./usage.ts";

/** Files whose content is a secret or has no end, by their normalised path. */
const CLOSED =
  /^\/etc\/(?:g?shadow|sudoers)|^\/proc\/[^/]+\/(?:environ|mem|maps)$|^\/dev\/(?!null$|stdin$)|\/\.ssh\/|^\/etc\/ssh\/|\/private\/|\/id_(?:rsa|dsa|ecdsa|ed25519)[^/]*$|\.(?:key|p12|pfx|jks|kdbx)$|(?:^|\/)\.(?:netrc|pgpass|my\.cnf|npmrc|git-credentials|htpasswd)$|^\/proc\/kcore$|^\/proc\/kmsg$|\/trace_pipe$|\/privkey[^/]*$|[-_.]key\.pem$/;

function secret({ operands }: Given): string | undefined {
  const closed = operands.find((path) => CLOSED.test(posix.normalize(path)));
  return closed === undefined ? undefined : `"${closed}" holds secrets or has no end`;
}

/** The first operand of grep is its pattern, unless -e gives it. */
function secretOfGrep(given: Given): string | undefined {
  const patterned = given.options.has("-e") || given.options.has("--regexp");
  return secret({ ...given, operands: patterned ? given.operands : given.operands.slice(1) });
}

const FIND_TESTS =
  "-maxdepth -mindepth -name -iname -path -ipath -type -user -group -uid -gid -perm -size -mtime -mmin -ctime -cmin -atime -amin -newer -newermt -links -inum -lname -regex -samefile -fstype -context -printf";

const COUNT = /^[-+]?\d+(?:[bkKMG]B?)?$/;

const ends: Usage = {
  flags: "-q -v",
  values: "-n -c --lines --bytes",
  allowed: { "-n": COUNT, "-c": COUNT, "--lines": COUNT, "--bytes": COUNT },
  operands: ANY,
  also: secret,
};

export const files: Readonly<Record<string, Usage>> = {
  cat: { flags: "-A -b -e -E -n -s -t -T -v", operands: ANY, also: secret },
  head: ends,
  tail: ends,
  grep: {
    flags:
      "-r -R -n -h -H -E -F -w -l -L -c -a -i -v -o -q -s -x -I --recursive --text --extended-regexp --fixed-strings --no-messages --no-filename --with-filename --ignore-case --line-number --count --only-matching",
    values:
      "-e -m -A -B -C --regexp --max-count --include --exclude --exclude-dir --after-context --before-context --context",
    operands: ANY,
    also: secretOfGrep,
  },
  stat: {
    flags: "-L -f -t --dereference --file-system --terse",
    values: "-c --format --printf",
    operands: ANY,
  },
  ls: {
    flags:
      "-1 -a -A -d -F -h -H -i -l -L -n -o -p -q -r -R -s -S -t -U -Z --full-time --all --almost-all --directory --inode --numeric-uid-gid --human-readable --context",
    values: "--time-style --time --sort",
    optional: "--color",
    operands: ANY,
  },
  readlink: {
    flags: "-e -f -m -n -q -s -z --canonicalize --canonicalize-existing --canonicalize-missing",
    operands: ANY,
  },
  realpath: { flags: "-e -m -q -s -z", operands: ANY },
  namei: { flags: "-l -m -n -o -v -x --long --modes --owners --vertical", operands: ANY },
  getfacl: {
    flags: "-a -c -d -e -n -p -s -t --absolute-names --omit-header --numeric --tabular",
    operands: ANY,
  },
  getfattr: { flags: "-d -h --absolute-names --only-values", values: "-n -m", operands: ANY },
  find: {
    style: "single",
    flags:
      "-L -H -P -xdev -mount -readable -writable -executable -empty -nouser -nogroup -print -print0 -ls -quit -prune -o -a -or -and -not -depth -true -false -daystart",
    values: FIND_TESTS,
    operands: ANY,
  },
  df: {
    flags: "-a -h -H -i -k -l -m -P -T --inodes --local --portability --print-type --human-readable",
    values: "-t -x -B --type --exclude-type --block-size",
    optional: "--output",
    operands: ANY,
  },
  du: { flags: "-s -x -k -m -b -h -c -a --inodes", values: "-d --max-depth", operands: ANY },
  findmnt: { flags: "-n -r -l -P -J -D", values: "-o -t -T --target --output", operands: ANY },
  sha256sum: { operands: ANY, also: secret },
  wc: { flags: "-c -l -w -m -L", operands: ANY, also: secret },
  which: { flags: "-a", operands: /^[A-Za-z0-9._+-]+$/ },
};
