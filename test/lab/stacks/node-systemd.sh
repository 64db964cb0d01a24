# A Node application under systemd behind an nginx vhost.
# UNIT, PORT or SOCKET, VHOST (empty: no vhost); ADDR, RUN_AS, UPSTREAM (a group), APP_ENV,
# UNIT_EXTRA ([Unit] lines), SERVICE_EXTRA ([Service] lines), ENABLE=no, TARGET (proxy_pass).
ADDR=${ADDR:-127.0.0.1}
dir=${APP_DIR:-/srv/$UNIT}
install -d -o "${RUN_AS:-app}" -g "${RUN_AS:-app}" "$dir"
install -m 644 $lab/server.cjs "$dir/server.js"
install -d /etc/default
printf '%s\n' "APP_NAME=$UNIT" "${SOCKET:+SOCKET=$SOCKET}${PORT:+PORT=$PORT}" "HOST=$ADDR" \
  ${APP_ENV:-} >"/etc/default/$UNIT"
cat >"/etc/systemd/system/$UNIT.service" <<UNIT
[Unit]
Description=${DESCRIPTION:-The $UNIT application}
After=network.target
${UNIT_EXTRA:-}

[Service]
User=${RUN_AS:-app}
WorkingDirectory=$dir
EnvironmentFile=/etc/default/$UNIT
ExecStart=/usr/bin/node $dir/server.js
${SERVICE_EXTRA:-Restart=on-failure}

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
[ "${ENABLE:-yes}" = no ] || systemctl -q enable "$UNIT"
systemctl start "$UNIT"
until_true 20 listens "${SOCKET:-$PORT}"
if [ -n "${VHOST:-}" ]; then
  target=${TARGET:-http://${SOCKET:+unix:$SOCKET:}${PORT:+$ADDR:$PORT}}
  if [ -n "${UPSTREAM:-}" ]; then
    HTTP_EXTRA="upstream $UPSTREAM { server ${SOCKET:+unix:$SOCKET}${PORT:+$ADDR:$PORT}; ${UPSTREAM_EXTRA:-} }"
    target=http://$UPSTREAM
  fi
  vhost "$VHOST" "$(proxy_body "$target")"
fi
