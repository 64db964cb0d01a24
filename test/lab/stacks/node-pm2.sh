# A Node application under pm2 behind an nginx vhost. APP, PORT, VHOST; RUN_AS (app), APP_ENV,
# BOOT=no (pm2 saved but not started at boot), PM2_ARGS; MIN_UPTIME: milliseconds under which an end counts as a
# crash (pm2's own 1000 is short where the machine is busy; only a file can say it).
user=${RUN_AS:-app}
home=$(getent passwd "$user" | cut -d: -f6)
dir=$home/$APP
install -d -o "$user" -g "$user" "$dir"
install -m 644 -o "$user" $lab/server.cjs "$dir/server.js"
cd "$dir" # pm2 cannot spawn from a folder its user may not read
as_app() { runuser -u "$user" -- env HOME="$home" PM2_DISABLE_VERSION_CHECK=true "$@"; }
if [ ! -e "/etc/systemd/system/pm2-$user.service" ]; then
  pm2 startup systemd -u "$user" --hp "$home" >/dev/null
  rm -rf /root/.pm2
  as_app pm2 save --force >/dev/null
  as_app pm2 kill >/dev/null
  # The daemon belongs to its unit, as after a boot, and not to this script.
  systemctl start "pm2-$user"
fi
what="server.js --name $APP"
if [ -n "${MIN_UPTIME:-}" ]; then
  what=ecosystem.json
  printf '{"apps":[{"script":"server.js","name":"%s","min_uptime":%s}]}\n' "$APP" "$MIN_UPTIME" >"$what"
fi
as_app env APP_NAME="$APP" PORT="$PORT" HOST=127.0.0.1 ${APP_ENV:-} pm2 start $what ${PM2_ARGS:-} >/dev/null
until_true 20 listens "$PORT"
as_app pm2 save >/dev/null
if [ "${BOOT:-yes}" = no ]; then systemctl -q disable "pm2-$user"; fi
cd /root
vhost "$VHOST" "$(proxy_body "http://127.0.0.1:$PORT")"
