# A Node application in a container. NAME, PORT (published on 127.0.0.1), VHOST; RUN_ARGS, APP_ENV (-e …),
# INNER_PORT (3000), INNER_HOST (0.0.0.0), PUBLISH (the -p argument; "none" for none), TARGET (proxy_pass).
# No registry is reachable: the image is Debian's own node with the libraries it needs.
if ! docker image inspect local/node >/dev/null 2>&1; then
  image=$(mktemp -d)
  for file in /usr/bin/node $(ldd /usr/bin/node | grep -o '/[^ ]*'); do
    install -D "$(readlink -f "$file")" "$image$file"
  done
  install -D $lab/server.cjs "$image/app/server.js"
  mkdir -p "$image/tmp" "$image/etc" "$image/usr/share"
  cp -a /usr/share/nodejs "$image/usr/share/" # parts of Debian's node itself
  tar -C "$image" -c . | docker import - local/node >/dev/null
  rm -r "$image"
fi
publish="-p ${PUBLISH:-127.0.0.1:$PORT:${INNER_PORT:-3000}}"
[ "${PUBLISH:-}" != none ] || publish=
docker run -d --name "$NAME" --init $publish ${RUN_ARGS:-} -e APP_NAME="$NAME" \
  -e PORT="${INNER_PORT:-3000}" -e HOST="${INNER_HOST:-0.0.0.0}" ${APP_ENV:-} \
  local/node /usr/bin/node /app/server.js >/dev/null
[ -n "${TARGET:-}" ] || until_true 20 curl -s -m 1 "http://127.0.0.1:$PORT/"
[ -z "${VHOST:-}" ] || vhost "$VHOST" "$(proxy_body "${TARGET:-http://127.0.0.1:$PORT}")"
