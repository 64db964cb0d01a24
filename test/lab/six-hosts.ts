import { type LabHost, bootHost } from "./host.ts";
import { ask } from "./play.ts";
import { until } from "./process.ts";
import type { Scenario } from "./scenario.ts";
import { install, prelude } from "./stack.ts";

const VHOST = "shop.example.test";
const UNIT = "catalog-api";

/** A certificate that ends in twelve days, and a day of an ordinary shop's requests. */
const SHARED = `
install -d /etc/nginx/tls
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 12 -subj '/CN=${VHOST}' \\
  -addext 'subjectAltName=DNS:${VHOST}' -keyout /etc/nginx/tls/shop.key -out /etc/nginx/tls/shop.crt 2>/dev/null
LISTEN='443 ssl' SITE_FILE=/etc/nginx/sites-enabled/shop-tls \\
  SERVER_EXTRA='ssl_certificate /etc/nginx/tls/shop.crt; ssl_certificate_key /etc/nginx/tls/shop.key;' \\
  vhost ${VHOST} "$(proxy_body http://127.0.0.1:3100)"
python3 - <<'PY'
import time
now = time.time()
with open("/var/log/nginx/access.log", "a") as log:
    for i in range(1200, 0, -1):
        at = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now - i * 70))
        log.write(f'203.0.113.{i % 250} - - [{at}] "GET /item/{i} HTTP/1.1" 200 {900 + i} "-" "Mozilla/5.0"\\n')
PY
`;

/** Twenty minutes of failing requests in the morning, before the service was stopped for good. */
const SICK = `
python3 - <<'PY'
import time
now = time.time()
lines = open("/var/log/nginx/access.log").read().splitlines()
with open("/var/log/nginx/access.log", "w") as log:
    for i, line in enumerate(lines):
        log.write(line.replace(" 200 ", " 502 ") + "\\n" if 400 <= i < 417 else line + "\\n")
PY
systemctl stop ${UNIT}
`;

/** Serves as well as the others, and is not like them. */
const ODD = `
printf 'gzip_comp_level 9;\\n' >/etc/nginx/conf.d/tuned-by-hand.conf
dpkg --remove less >/dev/null
new_unit debug-console '/usr/bin/python3 -m http.server --bind 127.0.0.1 9009 --directory /var/empty'
install -d /var/empty
systemctl restart debug-console
until_true 10 listens 9009
apply_nginx
`;

export interface SixHosts {
  readonly hosts: readonly LabHost[];
  readonly sick: readonly string[];
  readonly unreachable: string;
  readonly odd: string;
  /** A healthy one, to be broken later. */
  readonly watched: LabHost;
  readonly vhost: string;
  /** The hosts: of a 502.yml, all in the group web. */
  readonly inventory: string;
}

/** Six hosts of one kind: two whose service was stopped, one powered off, one that is healthy and not like its peers. */
export async function bootSix(): Promise<SixHosts> {
  const names = [1, 2, 3, 4, 5, 6].map((n) => `web-${n}`);
  const hosts: LabHost[] = [];
  // Two at a time: the machine has two cores.
  for (let i = 0; i < names.length; i += 2)
    hosts.push(...(await Promise.all(names.slice(i, i + 2).map((hostname) => prepared(hostname)))));
  const [, second, third, fourth, fifth, sixth] = hosts;
  if (!second || !third || !fourth || !fifth || !sixth) throw new Error("six hosts were asked for");
  for (const host of [second, fifth]) await fails(host);
  await sixth.sh(prelude + ODD);
  await third.cut();
  const inventory = hosts.map((h) => h.entry(h.hostname, "ops", { groups: ["web"] })).join("");
  return {
    hosts,
    sick: [second.hostname, fifth.hostname],
    unreachable: third.hostname,
    odd: sixth.hostname,
    watched: fourth,
    vhost: VHOST,
    inventory: `hosts:\n${inventory}`,
  };
}

const request: Scenario["symptom"] = {
  host: VHOST,
  path: "/",
  method: "GET",
  port: 80,
  scheme: "http",
  healthy: 200,
  status: 502,
  times: 3,
  curl: [],
  pauseMs: 0,
  some: false,
};

async function prepared(hostname: string): Promise<LabHost> {
  const host = await bootHost({ hostname });
  const stack = { use: "node-systemd", vars: { UNIT, PORT: "3100", VHOST } };
  await install(host, [stack], SHARED);
  await until(`${hostname} to serve`, 10, async () => (await ask(host, request)) === 200);
  return host;
}

async function fails(host: LabHost): Promise<void> {
  await host.sh(prelude + SICK);
  for (let n = 0; n < 5; n += 1) {
    const status = await ask(host, request);
    if (status !== 502) throw new Error(`${host.hostname} answers ${status} after its service was stopped`);
  }
}
