# An HTTPS backend with a certificate of the host's own CA. UNIT, PORT, VHOST, NAME (in the certificate);
# LOCATION_EXTRA (proxy_ssl_* lines). /etc/pki-local has ca.crt and issue.sh; server.ini has the switches:
# sni=required, client=required, tls=1.2|1.3.
pki=/etc/pki-local
dir=/srv/$UNIT
install -d $pki "$dir"
if [ ! -e $pki/ca.crt ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 900 \
    -subj '/CN=Internal CA' -keyout $pki/ca.key -out $pki/ca.crt 2>/dev/null
fi
cat >$pki/issue.sh <<'SH'
# issue.sh NAME DIR [x509 options]: a key and a certificate for NAME, signed by the host's CA.
set -eu
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
  -keyout "$2/tls.key" -out "$2/tls.csr" 2>/dev/null
printf 'subjectAltName=DNS:%s\n' "$1" >"$2/san"
name=$1 dir=$2
shift 2
[ $# -gt 0 ] || set -- -days 300
openssl x509 -req -in "$dir/tls.csr" -CA /etc/pki-local/ca.crt -CAkey /etc/pki-local/ca.key \
  -CAcreateserial -extfile "$dir/san" "$@" -out "$dir/tls.crt" 2>/dev/null
chmod 644 "$dir/tls.key"
SH
sh $pki/issue.sh "$NAME" "$dir"
printf '%s\n' ${SWITCHES:-} >"$dir/server.ini"
cat >"$dir/server.py" <<'PY'
import http.server, pathlib, ssl, sys

here = pathlib.Path(__file__).parent
switches = dict(line.split("=") for line in (here / "server.ini").read_text().split())

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"secure\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(here / "tls.crt", here / "tls.key")
if switches.get("tls") == "1.3":
    context.minimum_version = ssl.TLSVersion.TLSv1_3
if switches.get("tls") == "1.2":
    context.maximum_version = ssl.TLSVersion.TLSv1_2
if switches.get("client") == "required":
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations("/etc/pki-local/ca.crt")
if switches.get("sni") == "required":
    context.sni_callback = lambda sock, name, ctx: (
        None if name else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    )

class Server(http.server.ThreadingHTTPServer):
    def get_request(self):
        sock, address = self.socket.accept()
        return context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False), address

Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
PY
cat >"/etc/systemd/system/$UNIT.service" <<UNIT
[Unit]
Description=The $UNIT service over TLS
[Service]
User=app
ExecStart=/usr/bin/python3 $dir/server.py $PORT
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl -q enable "$UNIT"
systemctl start "$UNIT"
until_true 10 listens "$PORT"
vhost "$VHOST" "$(proxy_body "https://127.0.0.1:$PORT")"
