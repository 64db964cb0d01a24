#!/bin/sh
# Records the demo's hosts anew on real ones of the lab (root, Linux): sh test/playground/record-demo.sh [FOLDER]
# Needed when a check, a fix or a precondition of playbooks/502 has changed: what was not recorded is a blind spot.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PWD/node_modules/.bin:$PATH
out=${1:-src/playground/hosts}
tmp=$(mktemp -d)
trap 'for h in shop-1 api-1 blog-1 cart-1 docs-1 rooms-1; do node test/lab/shell.ts down $h >/dev/null 2>&1 || :; done; rm -rf "$tmp"' EXIT

up() { # NAME STACK VARIABLE=…
  node test/lab/shell.ts up --name "$1" --stack "$2" "$3" ${4+"$4"} ${5+"$5"} ${6+"$6"} >"$tmp/$1.up"
  cp "$(sed -n 's/^config *//p' "$tmp/$1.up")" "$tmp/$1.yml"
  cat >>"$tmp/$1.yml" <<YML
state: $tmp/state-$1
policy:
  - who: [local:recorder, local:second]
    may: [diagnose, "approve:safe", "approve:disruptive", "approve:edit", "approve:dangerous"]
YML
}
hit() { # NAME VHOST PATH: five requests from outside
  for _ in 1 2 3 4 5; do
    curl -s -o /dev/null -H "Host: $2.example.test" "http://$(sed -n 's/^ip *//p' "$tmp/$1.up")/$3"
  done
}
on() { node test/lab/shell.ts exec "$1" "$2"; }

up shop-1 node-systemd UNIT=shop-api PORT=3000 VHOST=shop.example.test
up api-1 node-pm2 APP=orders-api PORT=4000 VHOST=api.example.test
up blog-1 php-fpm POOL=www VHOST=blog.example.test
up cart-1 node-systemd UNIT=cart-api PORT=3100 VHOST=cart.example.test SERVICE_EXTRA=Restart=on-failure
up docs-1 static VHOST=docs.example.test
# A start script that leaves its program behind: a restart ends the script alone.
up rooms-1 node-systemd UNIT=rooms-api PORT=3200 VHOST=rooms.example.test "SERVICE_EXTRA=Restart=no
KillMode=process
ExecStart=
ExecStart=/bin/sh -c '/usr/bin/node /srv/rooms-api/server.js & wait'"
for h in shop api blog cart docs rooms; do hit $h-1 $h ""; done
sleep 5

on shop-1 'systemctl stop shop-api'
on api-1 'runuser -u app -- env HOME=/home/app sh -c "cd && pm2 stop orders-api" >/dev/null'
on blog-1 'systemctl stop php8.2-fpm'
on cart-1 'systemctl stop cart-api
cat >/etc/systemd/system/metrics-relay.service <<UNIT
[Unit]
Description=Relays metrics
[Service]
ExecStart=/usr/bin/socat TCP-LISTEN:3100,bind=127.0.0.1,fork,reuseaddr SYSTEM:"exit 0"
UNIT
systemctl daemon-reload
systemctl start metrics-relay
sleep 1
systemctl start cart-api
sleep 4'
on rooms-1 'pkill -USR2 -f /srv/rooms-api/server.js
systemctl restart rooms-api
sleep 3'
for h in shop api blog cart docs rooms; do hit $h-1 $h "page"; done

record() { node test/playground/record-host.ts "$tmp/$1.yml" "$1" "$out/$1" "$2"; }
record shop-1 "the shop's service was stopped by hand and not started again"
record api-1 "the API's application was stopped in pm2"
record blog-1 "php-fpm is down and took its socket with it"
record cart-1 "another program holds the cart's port"
record docs-1 "nothing: this host is healthy"
record rooms-1 "an old process outlived its restart and holds the port"
