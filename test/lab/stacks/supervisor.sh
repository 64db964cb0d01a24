# A Node application under supervisord. APP, PORT, VHOST; APP_ENV (K="v" pairs), PROGRAM_EXTRA.
dir=/srv/$APP
install -d -o app -g app "$dir"
install -m 644 $lab/server.cjs "$dir/server.js"
cat >"/etc/supervisor/conf.d/$APP.conf" <<CONF
[program:$APP]
command=/usr/bin/node $dir/server.js
directory=$dir
user=app
environment=PORT="$PORT",APP_NAME="$APP"${APP_ENV:+,$APP_ENV}
autostart=true
autorestart=true
startsecs=1
startretries=3
stdout_logfile=/var/log/supervisor/$APP.log
stderr_logfile=/var/log/supervisor/$APP-error.log
${PROGRAM_EXTRA:-}
CONF
systemctl -q enable supervisor
systemctl restart supervisor
until_true 20 listens "$PORT"
vhost "$VHOST" "$(proxy_body "http://127.0.0.1:$PORT")"
