# Shared by the stacks; sourced inside the host by bash -eu. Nothing here is specific to a scenario.
lab=/usr/local/share/stacks

# vhost NAME LOCATION_BODY: one nginx server. LISTEN, LOCATION, SITE_FILE and SERVER_EXTRA vary it.
vhost() {
  local file=${SITE_FILE:-/etc/nginx/sites-enabled/$1}
  mkdir -p "$(dirname "$file")"
  cat >>"$file" <<NGINX
${HTTP_EXTRA:-}
server {
    listen ${LISTEN:-80};
    server_name $1;
    ${SERVER_EXTRA:-}
    location ${LOCATION:-/} {
        $2
    }
}
NGINX
}

# proxy_body TARGET: what stands in a proxied location.
proxy_body() {
  printf '%s\n' "proxy_pass $1;" 'proxy_set_header Host $host;' \
    'proxy_set_header X-Real-IP $remote_addr;' "${LOCATION_EXTRA:-}"
}

# serve: nginx reads what the stacks wrote.
serve() {
  nginx -t -q
  systemctl restart nginx
}

# until_true SECONDS COMMAND...: polls; the seconds are those of an idle machine, as in process.ts.
until_true() {
  local end=$((SECONDS + 4 * $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      echo "in vain: $*" >&2
      return 1
    fi
    sleep 0.1
  done
}

# listens PORT_OR_PATH
listens() {
  case $1 in
    /*) ss -Hlxn | grep -qF " $1 " ;;
    *) [ -n "$(ss -Hltn "sport = :$1")" ] ;;
  esac
}

# log_time AGO: a time as nginx writes it in error.log, for lines of the past.
log_time() { date -d "$1" '+%Y/%m/%d %H:%M:%S'; }

# apply_nginx: a reload that has taken effect: the workers of before are gone.
apply_nginx() {
  local before
  before=$(pgrep -P "$(cat /run/nginx.pid)" | sort)
  nginx -t -q
  systemctl reload nginx
  until_true 10 replaced_workers "$before"
}

replaced_workers() {
  local now
  now=$(pgrep -P "$(cat /run/nginx.pid)" | sort)
  [ -n "$now" ] && [ -z "$(comm -12 <(echo "$1") <(echo "$now"))" ]
}

# new_unit NAME COMMAND: a service of its own, started.
new_unit() {
  printf '[Unit]\nDescription=%s\n[Service]\nExecStart=%s\n[Install]\nWantedBy=multi-user.target\n' "$1" "$2" \
    >"/etc/systemd/system/$1.service"
  systemctl daemon-reload
  systemctl -q enable "$1"
  systemctl start "$1"
}
