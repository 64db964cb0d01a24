# A Python application under gunicorn. UNIT, BIND (unix:/run/…/x.sock or ADDR:PORT), VHOST;
# RUN_AS (app), APP_PY (the module's text), ARGS, SERVICE_EXTRA, RUNDIR_LINE, BEFORE (a script).
dir=/opt/$UNIT
install -d "$dir"
eval "${BEFORE:-}"
if [ -n "${APP_PY:-}" ]; then
  printf '%s\n' "$APP_PY" >"$dir/site_app.py"
else
  cat >"$dir/site_app.py" <<'PY'
import time
from urllib.parse import parse_qs

def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        query = parse_qs(environ.get("QUERY_STRING", ""))
        end = time.monotonic() + float(query.get("s", ["60"])[0])
        while time.monotonic() < end:
            pass
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"python {path}\n".encode()]
PY
fi
cat >"/etc/systemd/system/$UNIT.service" <<UNIT
[Unit]
Description=gunicorn for $VHOST
After=network.target

[Service]
User=${RUN_AS:-app}
Group=${RUN_AS:-app}
WorkingDirectory=$dir
${RUNDIR_LINE-RuntimeDirectory=$UNIT}
ExecStart=/usr/bin/gunicorn --workers 1 ${ARGS:-} --bind $BIND site_app:application
ExecReload=/bin/kill -s HUP \$MAINPID
${SERVICE_EXTRA:-}

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl -q enable "$UNIT"
systemctl start "$UNIT"
case $BIND in
  unix:*)
    until_true 20 listens "${BIND#unix:}"
    target=http://$BIND
    ;;
  *)
    until_true 20 listens "${BIND##*:}"
    target=http://$BIND
    ;;
esac
vhost "$VHOST" "$(proxy_body "${TARGET:-$target}")"
