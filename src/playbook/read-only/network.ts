import { ANY, type Given, type Usage } from "./usage.ts";

const SHOW = ["show", "list", "ls"];

const iptables: Usage = {
  flags: "-S -L -n -v -x --list --list-rules --numeric --verbose --exact --line-numbers",
  values: "-t --table",
  optional: "-w --wait",
  needs: "-S -L --list --list-rules",
  operands: /^[A-Za-z0-9_.-]+$/,
  count: [0, 2],
};
const iptablesSave: Usage = { flags: "-c --counters", values: "-t --table" };

/** A URL that changes nothing and carries nothing: no query, no credentials, no curl globbing. */
// The address from which clouds hand out credentials is none of a diagnosis' business.
const PLAIN_URL =
  /^https?:\/\/(?!169\.254\.|metadata\.|\[fd00:ec2:)(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?(?:\/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?$/;

/** ip has objects, then a verb; abbreviations are refused, as "ip r f" flushes the routes. */
function ipVerb({ operands }: Given): string | undefined {
  const [verb] = operands;
  return verb === undefined || SHOW.includes(verb) || verb === "get"
    ? undefined
    : `"${verb}" is not show or get`;
}
const ipObject: Usage = { operands: /^[A-Za-z0-9_.:/@-]+$/, also: ipVerb };

const OPENSSL_NAME = "-noout -text -dates -startdate -enddate -subject -issuer -serial -fingerprint -sha256";

export const network: Readonly<Record<string, Usage>> = {
  ss: {
    flags:
      "-l -n -t -u -p -a -x -H -O -e -i -m -o -s -r -w -d -S -4 -6 -0 -Z -z --listening --numeric --tcp --udp --unix --processes --all --no-header --oneline --extended --info --memory --options --summary --raw --ipv4 --ipv6 --resolve",
    values: "-f --family -A --query --socket",
    operands: /^[A-Za-z0-9_.:/@*[\]()=<>!%|&, -]+$/,
  },
  ip: {
    style: "single",
    flags: "-j -json -p -pretty -4 -6 -s -o -br -d -details -stats -oneline -brief",
    verbs: {
      route: ipObject,
      neigh: ipObject,
      neighbor: ipObject,
      addr: ipObject,
      address: ipObject,
      link: ipObject,
      rule: ipObject,
    },
  },
  curl: {
    flags:
      "-q --disable -s --silent -S --show-error -f --fail -i --include -I --head -k --insecure -v --verbose -4 -6 -g --globoff --haproxy-protocol -N --no-buffer --compressed --http1.0 --http1.1 --http2 --path-as-is -0",
    values:
      "-m --max-time --connect-timeout -H --header -A --user-agent -o --output -w --write-out --resolve --connect-to --unix-socket --cacert -X --request --noproxy --max-filesize",
    allowed: {
      "-X": /^(?:GET|HEAD)$/,
      "--request": /^(?:GET|HEAD)$/,
      "-o": /^\/dev\/null$/,
      "--output": /^\/dev\/null$/,
      "-w": /^(?!@)(?!.*%output)/is,
      "--write-out": /^(?!@)(?!.*%output)/is,
      "-H": /^(?:Host|Accept|User-Agent|X-Forwarded-Proto|Connection|Upgrade|Cache-Control|Range) *:[^\r\n]*$/i,
      "--header":
        /^(?:Host|Accept|User-Agent|X-Forwarded-Proto|Connection|Upgrade|Cache-Control|Range) *:[^\r\n]*$/i,
    },
    operands: PLAIN_URL,
    count: [1, 1],
  },
  openssl: {
    style: "single",
    verbs: {
      s_client: {
        flags:
          "-showcerts -brief -verify_return_error -tls1_2 -tls1_3 -no_ign_eof -status -noservername -verify_quiet",
        values: "-connect -servername -CAfile -CApath -unix -alpn -verify -verify_hostname",
      },
      x509: { flags: OPENSSL_NAME, values: "-in -checkend -checkhost -ext -nameopt -inform" },
      verify: { flags: "-show_chain", values: "-CAfile -CApath -untrusted -verify_hostname", operands: ANY },
      version: { flags: "-a -v" },
    },
  },
  dig: {
    style: "single",
    flags: "-4 -6",
    values: "-x -t -p -q",
    operands:
      /^(?:@[A-Za-z0-9.:_-]+|\+(?:no)?(?:short|stats|cmd|comments|question|answer|authority|additional|all|tcp|recurse|search|trace|ttlid|edns|dnssec|tries=\d+|time=\d+|timeout=\d+)|[A-Za-z0-9._:-]+)$/,
  },
  nslookup: {
    style: "single",
    values: "-type -query -timeout -retry -port",
    operands: /^[A-Za-z0-9._:][A-Za-z0-9._:-]*$/,
    count: [1, 2],
  },
  resolvectl: {
    flags: "--no-pager -4 -6 --legend=no",
    values: "-t --type -i --interface",
    verbs: { query: { operands: ANY }, status: { operands: ANY }, statistics: {} },
  },
  getent: {
    verbs: Object.fromEntries(
      ["hosts", "ahosts", "ahostsv4", "ahostsv6", "passwd", "group", "services", "protocols", "networks"].map(
        (db) => [db, { operands: ANY }],
      ),
    ),
  },
  "iptables-save": iptablesSave,
  "ip6tables-save": iptablesSave,
  iptables,
  ip6tables: iptables,
  nft: {
    flags: "-a -n -j -s -nn --handle --json --numeric --stateless",
    // nft joins its words and would run what follows a semicolon.
    verbs: { list: { operands: /^[A-Za-z0-9_.-]+$/, count: [1, 4] } },
  },
  "firewall-cmd": {
    flags:
      "--state --list-all --list-all-zones --get-active-zones --get-default-zone --get-zones --list-ports --list-services --list-rich-rules --list-forward-ports --list-sources --list-interfaces --permanent --direct --get-all-rules",
    values: "--zone --info-zone --info-service --query-port --query-service --query-masquerade",
    needs:
      "--state --list-all --list-all-zones --get-active-zones --get-default-zone --get-zones --list-ports --list-services --list-rich-rules --list-forward-ports --list-sources --list-interfaces --get-all-rules --info-zone --info-service --query-port --query-service --query-masquerade",
  },
  ufw: { verbs: { status: { operands: /^(?:verbose|numbered)$/ } } },
  nstat: { flags: "-a -z -s -j", operands: /^[A-Za-z0-9*]+$/ },
  conntrack: {
    flags: "-C -S --count --stats",
    needs: "-C -S --count --stats",
    operands: /^(?:conntrack|expect)$/,
  },
  lsof: {
    flags: "-n -P -U -a -t -l -w -b -V",
    values: "-p -u -c -g",
    optional: "-i -F",
    operands: ANY,
  },
};
