# A server that answers with the bytes of a file, whatever it is asked; keeps no connection unless KEEP=yes.
# UNIT, PORT, VHOST; ANSWER (printf text), LISTEN_IP. The fault rewrites /srv/$UNIT/answer.
dir=/srv/$UNIT
install -d "$dir"
printf "${ANSWER:-HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n}" >"$dir/answer"
cat >"$dir/server.py" <<'PY'
import pathlib, socketserver, sys

answer = pathlib.Path(__file__).parent / "answer"

class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while self.rfile.readline().strip():
            pass
        self.wfile.write(answer.read_bytes())

class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

Server((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
PY
cat >"/etc/systemd/system/$UNIT.service" <<UNIT
[Unit]
Description=The $UNIT service
[Service]
User=app
ExecStart=/usr/bin/python3 $dir/server.py ${LISTEN_IP:-127.0.0.1} $PORT
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl -q enable "$UNIT"
systemctl start "$UNIT"
until_true 10 listens "$PORT"
vhost "$VHOST" "$(proxy_body "http://127.0.0.1:$PORT")"
