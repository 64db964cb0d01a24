# A Python application under uWSGI, spoken to in its own protocol. UNIT, SOCK (a path), VHOST; INI (lines).
dir=/opt/$UNIT
install -d "$dir"
cat >"$dir/wsgi.py" <<'PY'
import time

def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        end = time.monotonic() + 30
        while time.monotonic() < end:
            pass
    if path == "/broken":
        raise RuntimeError("no such column: price")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"uwsgi {path}\n".encode()]
PY
cat >"/etc/uwsgi/$UNIT.ini" <<INI
[uwsgi]
plugin = python3
chdir = $dir
wsgi-file = wsgi.py
socket = $SOCK
chmod-socket = 666
master = true
processes = 1
vacuum = true
die-on-term = true
${INI:-}
INI
cat >"/etc/systemd/system/$UNIT.service" <<UNIT
[Unit]
Description=uWSGI for $VHOST
After=network.target

[Service]
Type=notify
NotifyAccess=all
User=${RUN_AS:-app}
RuntimeDirectory=$UNIT
ExecStart=/usr/bin/uwsgi --ini /etc/uwsgi/$UNIT.ini

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl -q enable "$UNIT"
systemctl start "$UNIT"
until_true 20 listens "$SOCK"
vhost "$VHOST" "include uwsgi_params; ${LOCATION_EXTRA:-} uwsgi_pass ${PASS:-unix:$SOCK};"
